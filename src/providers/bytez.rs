//! Bytez: turns with typed parts, and all parameters in an object of their own.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::{Answers, TranslateError, Translator, message};
use super::prompt::{messages, role_of, text_of};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, url as urls};

/// The adapter of `bytez`.
pub(super) struct Bytez;

/// Where it is, whatever base is configured.
const BASE: &str = "https://api.bytez.com/models/v2";

/// Bytez' names for OpenAI's parameters.
const NAMES: &[(&str, &str)] = &[
    ("max_tokens", "max_new_tokens"),
    ("max_completion_tokens", "max_new_tokens"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("n", "num_return_sequences"),
];

impl Adapter for Bytez {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        if urls::deployment_base(target).is_some() {
            left_out.push("api_base".to_owned());
        }
        let mut request = params::wire_params(target, call);
        let turns: Value = messages(&request)?.iter().map(turn).collect();
        request.shift_remove("messages");
        let options = params::options(target, request, NAMES, &mut left_out);
        let mut body = Map::from_iter([
            ("messages".to_owned(), turns),
            ("stream".to_owned(), json!(false)),
            ("params".to_owned(), Value::Object(options)),
        ]);
        params::merge_extra_body(target, &mut body);
        // Models are called `owner/name`.
        let url = urls::join(BASE, &urls::segments(target.model))?;
        openai::finish(target, Mode::Chat, url, Body::Json(Value::Object(body)), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            output: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        match answer.output {
            Kind::Object(true) | Kind::Text(_) => Ok(()),
            _ => Err(ShapeError::Missing("output")),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(Said)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Reads what a model said: a message, or a bare text. Bytez neither tells why it ended, nor counts.
struct Said;

impl Translator for Said {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Value,
            output: Value,
        }
        let answer: Answer = answer::read(response)?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(None, &response.body));
        }
        let text = match &answer.output {
            Value::String(text) => text.clone(),
            Value::Object(message) if message.contains_key("content") => text_of(&answer.output),
            _ => return Err(ShapeError::Missing("output").into()),
        };
        Ok(message::of_text(&text, "stop", None))
    }
}

fn turn(message: &Value) -> Value {
    let content = match message.get("content") {
        Some(Value::Array(parts)) => parts.iter().map(part).collect(),
        Some(text) => json!([{"type": "text", "text": text}]),
        None => json!([]),
    };
    json!({"role": role_of(message), "content": content})
}

/// A part with its content under the name that Bytez has for its kind.
fn part(part: &Value) -> Value {
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
    let url = |kind: &str, field: &str| {
        let inner = &part[field];
        json!({"type": kind, "url": inner.get("url").or_else(|| inner.get("data")).unwrap_or(inner)})
    };
    match kind {
        "image_url" => url("image", kind),
        "input_audio" => url("audio", kind),
        "video_url" => url("video", kind),
        _ => part.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_by_what_they_are() {
        let message = json!({"role": "user", "content": [
            {"type": "text", "text": "Look"},
            {"type": "image_url", "image_url": {"url": "https://h/i.png"}},
        ]});
        assert_eq!(
            turn(&message)["content"],
            json!([{"type": "text", "text": "Look"}, {"type": "image", "url": "https://h/i.png"}])
        );
    }
}
