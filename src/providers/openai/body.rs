//! JSON bodies: chat, completion, embedding, responses, speech, image generation, rerank, OCR.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::domain::{Call, Mode};

use super::super::{Effort, Target, params};
use super::{messages, reasoning};

/// What speech has besides input and voice.
const SPEECH_PARAMS: &[&str] = &["instructions", "model", "response_format", "speed"];

/// The body of a call: its payload, the deployment's own parameters, `model`, and `extra_body` on top, after
/// the provider's departures. Parameters of the user's that can't be sent go to `left_out`.
#[must_use]
pub fn json_body(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut body = params::wire_params(target, call);
    body.insert("model".to_owned(), Value::from(model_name(target, call.mode)));
    if call.stream {
        body.insert("stream".to_owned(), Value::Bool(true));
    }
    match call.mode {
        Mode::Chat => {
            messages::adapt(target, &mut body, left_out);
            if !target.provider.quirks.takes_user {
                body.shift_remove("user");
            }
            if target.provider.quirks.openai_models {
                reasoning::adapt(target, &mut body, left_out);
            }
            set_effort(target, &mut body, left_out);
        }
        // The Responses API has another name for the limit; LiteLLM sends none.
        Mode::Responses => {
            body.shift_remove("max_tokens");
            body.shift_remove("max_completion_tokens");
        }
        _ => {}
    }
    if call.mode == Mode::AudioSpeech {
        keep_speech_params(target, call, &mut body, left_out);
    }
    params::refuse(target, call.mode, &mut body, left_out);
    params::rename(target, &mut body);
    for (_, name, value) in target.provider.quirks.flags.iter().filter(|(mode, ..)| *mode == call.mode) {
        if !(call.stream && *name == "stream") {
            body.insert((*name).to_owned(), Value::from(*value));
        }
    }
    body.retain(|name, _| target.provider.quirks.has_field(call.mode, name));
    if call.mode != Mode::AudioSpeech {
        params::merge_extra_body(target, &mut body);
    }
    body
}

/// Takes out of a speech call what OpenAI's does not have. LiteLLM passes nothing else on, in real traffic either.
fn keep_speech_params(
    target: &Target<'_>,
    call: &Call,
    body: &mut Map<String, Value>,
    left_out: &mut Vec<String>,
) {
    body.retain(|name, _| {
        let is_kept = SPEECH_PARAMS.contains(&name.as_str()) || call.payload.contains_key(name);
        if !is_kept {
            params::report(target, name, left_out);
        }
        is_kept
    });
}

/// The model as the provider names it in a mode.
pub(super) fn model_name<'a>(target: &Target<'a>, mode: Mode) -> Cow<'a, str> {
    match target.provider.quirks.model_name {
        Some(name) => Cow::Owned(name(mode, target.model)),
        None => Cow::Borrowed(target.model),
    }
}

/// Says `reasoning_effort` as the provider takes it, or leaves it out.
fn set_effort(target: &Target<'_>, body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    if !body.contains_key("reasoning_effort") {
        return;
    }
    let takes = match target.provider.quirks.effort {
        Effort::Always => true,
        Effort::KnownReasoners => target.reasons() == Some(true),
        Effort::UnlessKnownNot => target.reasons() != Some(false),
        Effort::Thinking => return think(body),
        Effort::ThinkingIfKnown if target.reasons() == Some(true) => return think(body),
        Effort::Never | Effort::ThinkingIfKnown => false,
    };
    if !takes {
        params::leave_out(target, "reasoning_effort", body, left_out);
    }
}

/// Says whether an effort is wanted to providers that know thinking and not thinking only.
fn think(body: &mut Map<String, Value>) {
    if let Some(effort) = body.shift_remove("reasoning_effort") {
        let kind = if effort == "none" { "disabled" } else { "enabled" };
        body.entry("thinking").or_insert_with(|| json!({"type": kind}));
    }
}
