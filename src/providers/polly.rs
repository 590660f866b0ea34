//! Amazon Polly: text to speech.

use http::Method;
use serde_json::{Map, Value};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::aws::{self, EnvOrder, dns_suffix};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, openai, params, url as urls};

/// The adapter of `aws_polly`. The model is one of Polly's engines.
pub(super) struct Polly;

/// Polly's voices for OpenAI's, which it does not have.
const VOICES: [(&str, &str); 6] = [
    ("alloy", "Joanna"),
    ("echo", "Matthew"),
    ("fable", "Amy"),
    ("nova", "Ivy"),
    ("onyx", "Brian"),
    ("shimmer", "Kendra"),
];

impl Adapter for Polly {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = params::wire_params(target, call);
        let mut built = signed(target, Method::POST, "v1/speech")?;
        for name in ["instructions", "speed"] {
            if request.shift_remove(name).is_some() {
                params::report(target, name, &mut built.left_out);
            }
        }
        built.body = Body::Json(body(target.model, request));
        Ok(built)
    }

    /// Polly's models are its engines; what it lists is the voices of one.
    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let mut built = signed(target, Method::GET, "v1/voices")?;
        built.url.query_pairs_mut().append_pair("Engine", target.model);
        Ok(built)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(Mode::AudioSpeech, response)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        aws::failure(response)
    }
}

fn signed(target: &Target<'_>, method: Method, path: &str) -> Result<WireRequest, BuildError> {
    let region = aws::region(target, None, None, EnvOrder::Standard);
    let params = &target.deployment.params;
    let base = params
        .str("api_base")
        .or_else(|| params.str("base_url"))
        .map_or_else(|| format!("https://polly.{region}.{}", dns_suffix(&region)), str::to_owned);
    let mut request = WireRequest::new(method, urls::join(&base, path)?);
    request.auth = aws::signature(target, "polly", region)?;
    Ok(request)
}

/// The body of `SynthesizeSpeech`. Fields of Polly's own go along as they are.
fn body(engine: &str, mut request: Map<String, Value>) -> Value {
    let mut take =
        |name: &str| request.shift_remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let text = take("input").unwrap_or_default();
    let voice = take("voice").unwrap_or_default();
    let format = take("response_format").unwrap_or_default();
    let polly = VOICES.iter().find(|(openai, _)| *openai == voice).map(|(_, polly)| (*polly).to_owned());
    let kind = if text.trim_start().starts_with("<speak>") { "ssml" } else { "text" };
    for (key, value) in [
        ("Engine", engine.to_owned()),
        ("OutputFormat", output_format(&format).to_owned()),
        ("Text", text),
        ("TextType", kind.to_owned()),
        ("VoiceId", polly.unwrap_or(voice)),
    ] {
        request.entry(key).or_insert(Value::String(value));
    }
    Value::Object(request)
}

/// Polly's format for one of OpenAI's. It makes neither AAC nor FLAC.
fn output_format(openai: &str) -> &str {
    match openai {
        "" | "aac" | "flac" => "mp3",
        "opus" => "ogg_vorbis",
        "wav" => "pcm",
        own => own,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn openais_words_become_pollys() {
        let Value::Object(request) = json!({"input": "<speak>Hi</speak>", "voice": "nova", "response_format": "opus", "LanguageCode": "en-GB"})
        else {
            panic!()
        };
        assert_eq!(
            body("neural", request),
            json!({
                "LanguageCode": "en-GB", "Engine": "neural", "OutputFormat": "ogg_vorbis",
                "Text": "<speak>Hi</speak>", "TextType": "ssml", "VoiceId": "Ivy",
            })
        );
        let Value::Object(request) = json!({"input": "Hi", "voice": "Hans"}) else { panic!() };
        assert_eq!(body("standard", request)["VoiceId"], "Hans");
    }
}
