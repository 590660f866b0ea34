//! Runway: speech, images and videos as tasks that are taken on and polled.
//!
//! <https://docs.dev.runwayml.com/api>

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{
    Adapter, BuildError, FollowUp, ShapeError, Step, Target, UpstreamFailure, params, url as urls,
};

use super::{leave_out, post};

/// The adapter of `runwayml`.
pub(in crate::providers) struct Runway;

/// Runway's voices for OpenAI's.
const VOICES: &[(&str, &str)] = &[
    ("alloy", "Maya"),
    ("echo", "James"),
    ("fable", "Bernard"),
    ("nova", "Serene"),
    ("onyx", "Vincent"),
    ("shimmer", "Ella"),
];

/// The shape of an image that nobody gave one.
const RATIO: &str = "1920:1080";

/// Parameters of OpenAI's that Runway has nothing like.
const UNKNOWN: &[&str] = &["instructions", "n", "quality", "response_format", "speed", "style", "user"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Task {
    id: Kind,
    error: Kind,
    status: Option<String>,
    output: Kind,
    failure: Option<String>,
}

impl Adapter for Runway {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut body = params::wire_params(target, call);
        let mut left_out = Vec::new();
        leave_out(target, UNKNOWN, &mut body, &mut left_out);
        translate(call.mode, &mut body);
        body.insert("model".to_owned(), Value::from(target.model));
        params::merge_extra_body(target, &mut body);
        let path = match call.mode {
            Mode::AudioSpeech => "v1/text_to_speech",
            Mode::ImageGeneration => "v1/text_to_image",
            // Where videos are made the configured base has the version in it.
            _ if urls::configured_base(target).is_some() => "text_to_video",
            _ => "v1/text_to_video",
        };
        let url = urls::endpoint(target, path)?;
        post(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    }

    /// Waits for speech and images. A video takes minutes: that it is taken on is what can be known in time.
    fn follow_up(&self, step: &Step<'_>) -> Option<FollowUp> {
        #[derive(Deserialize)]
        struct Taken<'a> {
            id: &'a str,
        }
        if step.call.mode == Mode::VideoGeneration {
            return None;
        }
        if step.request.method == Method::GET {
            let task: Task = answer::read(step.response).ok()?;
            let is_pending = matches!(task.status.as_deref(), Some("PENDING" | "RUNNING" | "THROTTLED"));
            return is_pending.then(|| FollowUp::poll(step.request.clone()));
        }
        let taken: Taken<'_> = answer::read(step.response).ok()?;
        let mut url = step.request.url.clone();
        let (versioned, _) = step.request.url.path().rsplit_once('/')?;
        url.set_path(&format!("{versioned}/tasks/{}", urls::segment(taken.id)));
        let question = WireRequest { method: Method::GET, url, body: Body::Empty, ..step.request.clone() };
        Some(FollowUp::poll(question))
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let task: Task = answer::read(response)?;
        answer::refuse_error(task.error, response)?;
        if let Some("FAILED" | "CANCELLED") = task.status.as_deref() {
            let reason = task.failure.as_deref().unwrap_or("the task did not succeed");
            return Err(ShapeError::Error(answer::one_line(reason)));
        }
        match (call.mode, task.id, task.output) {
            (Mode::VideoGeneration, Kind::Text(true), _) | (_, _, Kind::List(true)) => Ok(()),
            (Mode::VideoGeneration, ..) => Err(ShapeError::Missing("id")),
            _ => Err(ShapeError::Missing("output")),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Says in Runway's words what is said in OpenAI's.
fn translate(mode: Mode, body: &mut Map<String, Value>) {
    let prompt = body.shift_remove("prompt").or_else(|| body.shift_remove("input"));
    if let Some(prompt) = prompt {
        body.insert("promptText".to_owned(), prompt);
    }
    if let Some(picture) = body.shift_remove("input_reference") {
        body.insert("promptImage".to_owned(), picture);
    }
    if let Some(Value::String(size)) = body.shift_remove("size") {
        body.entry("ratio").or_insert_with(|| Value::from(size.replace('x', ":")));
    }
    if mode == Mode::ImageGeneration {
        body.entry("ratio").or_insert_with(|| Value::from(RATIO));
    }
    if let Some(seconds) = body.shift_remove("seconds") {
        let number = seconds.as_str().and_then(|text| text.parse::<u64>().ok()).map(Value::from);
        body.entry("duration").or_insert(number.unwrap_or(seconds));
    }
    if let Some(voice) = body.shift_remove("voice") {
        body.insert("voice".to_owned(), preset(voice));
    }
}

/// A voice by name as one of Runway's presets.
fn preset(voice: Value) -> Value {
    let Value::String(name) = &voice else {
        return voice;
    };
    let own = VOICES.iter().find(|(openai, _)| openai == name).map_or(name.as_str(), |(_, own)| own);
    json!({"type": "runway-preset", "presetId": own})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openais_words_become_runways() {
        let Value::Object(mut body) = json!({"prompt": "x", "size": "1280x720", "seconds": "5"}) else {
            panic!()
        };
        translate(Mode::VideoGeneration, &mut body);
        assert_eq!(Value::Object(body), json!({"promptText": "x", "ratio": "1280:720", "duration": 5}));
        assert_eq!(preset(json!("Leslie"))["presetId"], "Leslie");
    }
}
