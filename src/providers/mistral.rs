//! Mistral: OpenAI's format but for speech.

use serde_json::{Value, json};

use crate::domain::{Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai};

/// The adapter of `mistral`.
pub(super) struct Mistral;

/// Mistral's own voice for OpenAI's default one, which it does not have.
const DEFAULT_VOICE: (&str, &str) = ("alloy", "en_paul_neutral");

impl Adapter for Mistral {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        match call.mode {
            Mode::AudioSpeech => openai::post_json(target, &with_voice_id(call)),
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

fn with_voice_id(call: &Call) -> Call {
    let mut call = call.clone();
    if let Some(voice) = call.payload.shift_remove("voice") {
        let (openai, mistral) = DEFAULT_VOICE;
        let id = if voice == openai { json!(mistral) } else { voice };
        call.payload.insert("voice_id".to_owned(), id);
    }
    call
}
