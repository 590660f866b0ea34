//! `MiniMax`: speech has a format of its own.
//!
//! Source: <https://platform.minimax.io/docs>, "T2A v2".

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::openai::{self, Departure, OpenAi};
use crate::providers::{Adapter, BuildError, ShapeError, Target, params, url as urls};

/// The departure of `minimax`.
pub(in crate::providers) struct MiniMax;

/// OpenAI's voices, which `MiniMax` does not have, and the ones of its own that stand in for them.
const VOICES: &[(&str, &str)] = &[
    ("alloy", "male-qn-qingse"),
    ("echo", "male-qn-jingying"),
    ("fable", "female-shaonv"),
    ("nova", "female-yujie"),
    ("onyx", "male-qn-badao"),
    ("shimmer", "female-tianmei"),
];
/// The formats that it writes; MP3 for others.
const FORMATS: &[&str] = &["flac", "mp3", "pcm", "wav"];

impl Departure for MiniMax {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode != Mode::AudioSpeech {
            return OpenAi.build(target, call);
        }
        let mut asked = params::wire_params(target, call);
        params::merge_extra_body(target, &mut asked);
        let body = speech(target.model, &mut asked);
        let mut left_out = Vec::new();
        for name in asked.keys() {
            params::report(target, name, &mut left_out);
        }
        let url = urls::endpoint(target, target.provider.path(call.mode))?;
        openai::finish(target, call.mode, url, Body::Json(body), left_out)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        if call.mode != Mode::AudioSpeech {
            return OpenAi.verify(call, response);
        }
        let answer: Speech = answer::read(response)?;
        // Errors are told with status 200.
        if answer.base_resp.status_code != 0 {
            return Err(ShapeError::Error(answer::one_line(&answer.base_resp.status_msg)));
        }
        let data = answer.data.unwrap_or_default();
        let is_there = matches!((data.audio, data.audio_url), (Kind::Text(true), _) | (_, Kind::Text(true)));
        if is_there { Ok(()) } else { Err(ShapeError::Missing("data.audio")) }
    }
}

/// The body of a speech call; what it uses is taken out of the parameters.
fn speech(model: &str, asked: &mut Map<String, Value>) -> Value {
    let mut take = |name: &str, default: Value| asked.shift_remove(name).unwrap_or(default);
    let text = take("input", Value::Null);
    let format = take("response_format", Value::Null);
    let format = format.as_str().filter(|name| FORMATS.contains(name)).unwrap_or("mp3");
    let speed = take("speed", Value::Null).as_f64().unwrap_or(1.0).clamp(0.5, 2.0);
    let voice = take("voice", Value::from("alloy"));
    let voice = voice.as_str().map_or("", str::trim);
    let voice =
        VOICES.iter().find(|(openai, _)| openai.eq_ignore_ascii_case(voice)).map_or(voice, |(_, own)| own);
    json!({
        "model": model,
        "text": text,
        "stream": false,
        "output_format": take("output_format", Value::from("hex")),
        "voice_setting": {
            "voice_id": voice,
            "speed": speed,
            "vol": take("vol", Value::from(1.0)),
            "pitch": take("pitch", Value::from(0)),
        },
        "audio_setting": {
            "sample_rate": take("sample_rate", Value::from(32000)),
            "bitrate": take("bitrate", Value::from(128_000)),
            "format": format,
            "channel": take("channel", Value::from(1)),
        },
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Speech {
    base_resp: BaseResp,
    data: Option<Data>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BaseResp {
    status_code: i64,
    status_msg: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    audio: Kind,
    audio_url: Kind,
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn verdict(body: &'static str) -> Result<(), ShapeError> {
        let response = WireResponse {
            status: 200,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        MiniMax.verify(&Call::new(Mode::AudioSpeech, Map::new()), &response)
    }

    #[test]
    fn speech_is_hex_or_an_address_and_errors_come_with_200() {
        assert_eq!(verdict(r#"{"data": {"audio": "ff"}, "base_resp": {"status_code": 0}}"#), Ok(()));
        assert_eq!(verdict(r#"{"data": {"audio_url": "https://x"}}"#), Ok(()));
        let refused = r#"{"base_resp": {"status_code": 1004, "status_msg": "login fail"}}"#;
        assert_eq!(verdict(refused), Err(ShapeError::Error("login fail".to_owned())));
        for body in ["{}", r#"{"data": null}"#, r#"{"data": {"audio": ""}}"#, "<html></html>", ""] {
            assert!(verdict(body).is_err(), "{body:?} passed");
        }
    }
}
