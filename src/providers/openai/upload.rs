//! Multipart bodies: transcription, image edits, videos.

use bytes::Bytes;
use serde_json::Value;

use crate::domain::{Call, Mode, Part, PartContent};

use super::super::{Target, params};
use super::body::model_name;

/// A second of a quiet tone, made for these probes.
pub const AUDIO: &[u8] = include_bytes!("../assets/audio_health_check.wav");
/// A blue circle on white, made for these probes.
pub const IMAGE: &[u8] = include_bytes!("../assets/image.png");

/// The parts of a call: its fields and the file that goes with its mode.
#[must_use]
pub fn parts(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Vec<Part> {
    let mut fields = params::wire_params(target, call);
    params::refuse(target, call.mode, &mut fields, left_out);
    params::rename(target, &mut fields);
    params::merge_extra_body(target, &mut fields);
    let mut parts = Vec::with_capacity(fields.len() + 3);
    parts.push(text("model", &model_name(target, call.mode)));
    if call.mode == Mode::AudioTranscription
        && target.model == "whisper-1"
        && !fields.contains_key("response_format")
    {
        // The one format of this model that tells the duration, which LiteLLM bills by.
        parts.push(text("response_format", "verbose_json"));
    }
    parts.extend(fields.iter().filter_map(|(name, value)| field(name, value)));
    parts.extend(file(target, call.mode));
    parts
}

/// The file that a mode uploads.
fn file(target: &Target<'_>, mode: Mode) -> Option<Part> {
    match mode {
        Mode::AudioTranscription => Some(audio(target.provider.quirks.audio_type)),
        Mode::ImageEdit => Some(Part {
            // DALL-E 2 takes one image, later models a list of them.
            name: if target.model == "dall-e-2" { "image" } else { "image[]" }.to_owned(),
            content: PartContent::File {
                filename: "image.png",
                content_type: "image/png",
                bytes: Bytes::from_static(IMAGE),
            },
        }),
        _ => None,
    }
}

/// The audio file as a part, under the media type that the provider is used to.
#[must_use]
pub fn audio(content_type: &'static str) -> Part {
    Part {
        name: "file".to_owned(),
        content: PartContent::File {
            filename: "audio_health_check.wav",
            content_type,
            bytes: Bytes::from_static(AUDIO),
        },
    }
}

fn text(name: &str, value: &str) -> Part {
    Part { name: name.to_owned(), content: PartContent::Text(value.to_owned()) }
}

/// A parameter as a form field; structures go as JSON.
fn field(name: &str, value: &Value) -> Option<Part> {
    match value {
        Value::Null => None,
        Value::String(words) => Some(text(name, words)),
        other => Some(text(name, &other.to_string())),
    }
}
