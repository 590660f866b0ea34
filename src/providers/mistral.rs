//! Mistral: OpenAI's format but for speech and a few words of chat.

use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, find, openai, params, url as urls,
};

/// The adapter of `mistral`.
pub(super) struct Mistral;

/// Mistral's own voice for OpenAI's default one, which it does not have.
const DEFAULT_VOICE: (&str, &str) = ("alloy", "en_paul_neutral");

impl Adapter for Mistral {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        match call.mode {
            Mode::AudioSpeech => openai::post_json(target, &with_voice_id(call)),
            Mode::Chat => {
                let url = urls::endpoint(target, target.provider.path(Mode::Chat))?;
                let mut left_out = Vec::new();
                let body = chat_body(target, call, &mut left_out);
                openai::finish(target, Mode::Chat, url, Body::Json(Value::Object(body)), left_out)
            }
            _ => openai::OpenAi.build(target, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        openai::OpenAi.list_models(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        // Mistral tells speech as base64 in JSON.
        if call.mode == Mode::AudioSpeech && response.body.trim_ascii_start().first() == Some(&b'{') {
            let body: Value = answer::read(response)?;
            return match body.get("audio_data").and_then(Value::as_str) {
                Some(audio) if !audio.is_empty() => Ok(()),
                _ => Err(ShapeError::Missing("audio_data")),
            };
        }
        openai::verify(call.mode, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The body of a chat with a model of Mistral's, whoever serves it: OpenAI's but for an effort, which is for models that reason a mode of their prompt.
pub(super) fn chat_body(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let provider = find("mistral").unwrap_or(target.provider);
    let target = &Target { provider, ..*target };
    let mut body = openai::json_body(target, call, left_out);
    if !target.model.contains("magistral") {
        params::leave_out(target, "reasoning_effort", &mut body, left_out);
    } else if body.shift_remove("reasoning_effort").is_some() {
        body.insert("prompt_mode".to_owned(), json!("reasoning"));
    }
    body
}

fn with_voice_id(call: &Call) -> Call {
    let mut call = call.clone();
    if let Some(voice) = call.payload.shift_remove("voice") {
        let (openai, mistral) = DEFAULT_VOICE;
        let id = if voice == openai { json!(mistral) } else { voice };
        call.payload.insert("voice_id".to_owned(), id);
    }
    call
}
