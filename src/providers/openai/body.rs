//! JSON bodies: chat, completion, embedding, responses, speech, image generation, rerank, OCR.

use serde_json::{Map, Value, json};

use crate::domain::{Call, Mode};

use super::super::{Effort, Target, params};
use super::reasoning;

/// The body of a call: its payload, the deployment's own parameters, `model`, and `extra_body` on top, after
/// the provider's departures. Parameters of the user's that can't be sent go to `left_out`.
#[must_use]
pub fn json_body(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut body = params::wire_params(target, call);
    body.insert("model".to_owned(), Value::from(target.model));
    match call.mode {
        Mode::Chat => {
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
    params::refuse(target, &mut body, left_out);
    params::rename(target, &mut body);
    params::merge_extra_body(target, &mut body);
    body
}

/// Says `reasoning_effort` as the provider takes it, or leaves it out.
fn set_effort(target: &Target<'_>, body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    if !body.contains_key("reasoning_effort") {
        return;
    }
    let reasons =
        || target.catalog.lookup_for(target.provider.slug, target.model).map(|facts| facts.reasoning);
    let takes = match target.provider.quirks.effort {
        Effort::Always => true,
        Effort::KnownReasoners => reasons() == Some(true),
        Effort::UnlessKnownNot => reasons() != Some(false),
        Effort::Thinking => {
            let effort = body.shift_remove("reasoning_effort");
            if effort.is_some_and(|effort| effort != "none") {
                body.entry("thinking").or_insert_with(|| json!({"type": "enabled"}));
            }
            return;
        }
    };
    if !takes {
        body.shift_remove("reasoning_effort");
        params::report(target, "reasoning_effort", left_out);
    }
}
