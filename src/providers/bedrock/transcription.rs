//! Speech to text: a model that hears is asked for the transcript by Converse.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::domain::{Call, WireRequest};
use crate::providers::aws::EnvOrder;
use crate::providers::openai::upload::AUDIO;
use crate::providers::{BuildError, Target};

use super::endpoint::{Access, Endpoint};
use super::model::{Model, PathForm};

/// The most that a transcript of the probe's second of sound could be.
const MAX_TOKENS: u32 = 4096;

/// A chat whose only message is the sound and what to do with it.
pub(super) fn build(target: &Target<'_>, model: &Model<'_>, _call: &Call) -> Result<WireRequest, BuildError> {
    let sound = json!({"audio": {"format": "wav", "source": {"bytes": STANDARD.encode(AUDIO)}}});
    let task = json!({"text": "Transcribe the audio. Respond with only the transcript."});
    let body = json!({
        "system": [{"text": "You are a transcription assistant."}],
        "messages": [{"role": "user", "content": [sound, task]}],
        "inferenceConfig": {"maxTokens": MAX_TOKENS},
    });
    let name = model.name.strip_prefix("converse/").unwrap_or(&model.name);
    let id = super::id_in_path(target, name, PathForm::Colons);
    let runtime = Endpoint::runtime(target, model, EnvOrder::Standard);
    runtime.post(target, &["model/", &id, "/converse"].concat(), body, Access::KeyOrSignature)
}
