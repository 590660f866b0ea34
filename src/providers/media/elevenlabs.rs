//! ElevenLabs: speech by a voice that is part of the address, and transcription.
//!
//! <https://elevenlabs.io/docs/api-reference/text-to-speech/convert>

use http::Method;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, url as urls,
};

use super::{field, form, keyed, leave_out, post, text};

/// The adapter of `elevenlabs`.
pub(in crate::providers) struct ElevenLabs;

/// The ids of ElevenLabs' own voices for the names that OpenAI's clients use.
const VOICES: &[(&str, &str)] = &[
    ("alloy", "21m00Tcm4TlvDq8ikWAM"),
    ("amber", "5Q0t7uMcjvnagumLfvZi"),
    ("ash", "AZnzlk1XvdvUeBnXmlld"),
    ("august", "D38z5RcWu1voky8WS1ja"),
    ("blue", "2EiwWnXFnvU5JabPnv8n"),
    ("coral", "9BWtsMINqrJLrRacOk9x"),
    ("lily", "EXAVITQu4vr4xnSDxMaL"),
    ("onyx", "29vD33N1CtxCmqQRPOHJ"),
    ("sage", "CwhRBWXzGAHq8TQ4Fs17"),
    ("verse", "CYw3kZ02Hs0563khs1Fj"),
];

/// ElevenLabs' formats for OpenAI's.
const FORMATS: &[(&str, &str)] =
    &[("mp3", "mp3_44100_128"), ("opus", "opus_48000_128"), ("pcm", "pcm_44100")];

/// What its speech endpoint takes in the query.
const IN_QUERY: &[&str] = &["enable_logging", "optimize_streaming_latency", "output_format"];

impl Adapter for ElevenLabs {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        match call.mode {
            Mode::AudioTranscription => transcribe(target, call),
            _ => speak(target, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        keyed(target, Method::GET, urls::endpoint(target, "v1/models")?)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn speak(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut body = params::wire_params(target, call);
    let mut left_out = Vec::new();
    leave_out(target, &["instructions"], &mut body, &mut left_out);
    let voice = body.shift_remove("voice").unwrap_or_default();
    let path = ["v1/text-to-speech/", &urls::segment(voice_id(&text(&voice)))].concat();
    let mut url = urls::endpoint(target, &path)?;
    if let Some(format) = body.shift_remove("response_format") {
        body.entry("output_format").or_insert_with(|| Value::from(format_name(&text(&format))));
    }
    for name in IN_QUERY {
        if let Some(value) = body.shift_remove(*name) {
            url.query_pairs_mut().append_pair(name, &text(&value));
        }
    }
    if let Some(speed) = body.shift_remove("speed") {
        set_speed(&mut body, speed);
    }
    let input = body.shift_remove("input").unwrap_or_default();
    body.insert("text".to_owned(), input);
    body.insert("model_id".to_owned(), Value::from(target.model));
    params::merge_extra_body(target, &mut body);
    post(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
}

/// LiteLLM sends a transcription without headers of the user's.
fn transcribe(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut fields = params::wire_params(target, call);
    let mut left_out = Vec::new();
    leave_out(target, &["prompt", "response_format", "timestamp_granularities"], &mut fields, &mut left_out);
    if let Some(language) = fields.shift_remove("language") {
        fields.insert("language_code".to_owned(), language);
    }
    params::merge_extra_body(target, &mut fields);
    let mut parts = vec![field("model_id", target.model)];
    parts.extend(form(&fields));
    parts.push(openai::upload::audio(target.provider.quirks.audio_type));
    let url = urls::endpoint(target, "v1/speech-to-text")?;
    Ok(WireRequest { body: Body::Multipart(parts), left_out, ..keyed(target, Method::POST, url)? })
}

/// The id of a voice; what is no known name is one.
fn voice_id(voice: &str) -> &str {
    VOICES.iter().find(|(name, _)| name.eq_ignore_ascii_case(voice)).map_or(voice, |(_, id)| id)
}

fn format_name(format: &str) -> &str {
    FORMATS.iter().find(|(openai, _)| *openai == format).map_or(format, |(_, own)| own)
}

fn set_speed(body: &mut Map<String, Value>, speed: Value) {
    let settings = body.entry("voice_settings").or_insert_with(|| json!({}));
    if let Value::Object(settings) = settings {
        settings.entry("speed").or_insert(speed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_voices_become_ids() {
        assert_eq!(voice_id("Alloy"), "21m00Tcm4TlvDq8ikWAM");
        assert_eq!(voice_id("my-own-id"), "my-own-id");
        assert_eq!(format_name("pcm"), "pcm_44100");
        assert_eq!(format_name("ulaw_8000"), "ulaw_8000");
    }
}
