//! Ollama's own API: `/api/generate` continues a text, `/api/chat` takes turns, `/api/embed` embeds.

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::prompt::{self, messages, role_of, text_of};
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, openai, params, url as urls,
};

/// The adapter of `ollama`: chat as one text.
pub(super) struct Generate;

/// The adapter of `ollama_chat`.
pub(super) struct Chat;

/// Ollama's names for OpenAI's parameters. All of them are options of the model but those of [`TOP_LEVEL`].
const NAMES: &[(&str, &str)] = &[
    ("max_tokens", "num_predict"),
    ("max_completion_tokens", "num_predict"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("seed", "seed"),
    ("stop", "stop"),
    ("reasoning_effort", "think"),
    ("response_format", "format"),
];

/// What else `/api/generate` is given.
const GENERATE_NAMES: &[(&str, &str)] = &[("frequency_penalty", "frequency_penalty")];

/// What else `/api/chat` is given.
const CHAT_NAMES: &[(&str, &str)] = &[("frequency_penalty", "repeat_penalty"), ("tools", "tools")];

/// Parameters that are no options of the model, in both endpoints.
const TOP_LEVEL: &[&str] = &["think", "format"];

/// Besides those, in `/api/chat`. LiteLLM leaves `keep_alive` among the options of `/api/generate`.
const CHAT_TOP_LEVEL: &[&str] = &["tools", "keep_alive"];

/// The parameters that `/api/embed` has itself.
const EMBED_TOP_LEVEL: &[&str] = &["model", "input", "truncate", "options", "keep_alive", "dimensions"];

impl Adapter for Generate {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode == Mode::Embedding {
            return embed(target, call);
        }
        let mut request = params::wire_params(target, call);
        let mut body = Map::from_iter([("model".to_owned(), json!(target.model))]);
        if call.mode == Mode::Completion {
            body.insert("prompt".to_owned(), request.shift_remove("prompt").unwrap_or_default());
        } else {
            let messages = messages(&request)?;
            body.insert("prompt".to_owned(), json!(headed(messages)));
            body.insert("images".to_owned(), messages.iter().flat_map(images).collect());
            request.shift_remove("messages");
        }
        finish(target, call, "api/generate", body, request, (GENERATE_NAMES, &[]))
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        tags(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        verify(call.mode, response, |answer| ("response", matches!(answer.response, Kind::Text(_))))
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

impl Adapter for Chat {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = params::wire_params(target, call);
        let turns: Value = messages(&request)?.iter().map(turn).collect();
        request.shift_remove("messages");
        let body =
            Map::from_iter([("model".to_owned(), json!(target.model)), ("messages".to_owned(), turns)]);
        finish(target, call, "api/chat", body, request, (CHAT_NAMES, CHAT_TOP_LEVEL))
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        tags(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        verify(call.mode, response, |answer| ("message", answer.message == Kind::Object(true)))
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The fields by which answers are recognised.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: Kind,
    response: Kind,
    message: Kind,
    embeddings: Kind,
}

fn verify(
    mode: Mode,
    response: &WireResponse,
    text: impl Fn(&Answer) -> (&'static str, bool),
) -> Result<(), ShapeError> {
    let answer: Answer = answer::read(response)?;
    answer::refuse_error(answer.error, response)?;
    let (name, holds) = match mode {
        Mode::Embedding => ("embeddings", answer.embeddings == Kind::List(true)),
        _ => text(&answer),
    };
    if holds { Ok(()) } else { Err(ShapeError::Missing(name)) }
}

/// The models that the server has.
fn tags(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let url = urls::join(urls::base(target)?, "api/tags")?;
    let mut request = WireRequest::new(Method::GET, url);
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = keys::auth_plan(target)?;
    Ok(request)
}

/// Puts what is asked besides the content where an endpoint has it, and posts it. `extras` are the endpoint's own
/// names, and its own parameters that are no options.
fn finish(
    target: &Target<'_>,
    call: &Call,
    path: &str,
    mut body: Map<String, Value>,
    request: Map<String, Value>,
    extras: (&[(&str, &str)], &[&str]),
) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let names = [NAMES, extras.0].concat();
    let mut options = params::options(target, request, &names, &mut left_out);
    for name in TOP_LEVEL.iter().chain(extras.1) {
        if let Some(value) = options.shift_remove(*name) {
            body.insert((*name).to_owned(), value);
        }
    }
    if let Some(effort) = body.get_mut("think") {
        *effort = think(target.model, effort.take());
    }
    if let Some(format) = body.shift_remove("format").and_then(format) {
        body.insert("format".to_owned(), format);
    }
    body.insert("options".to_owned(), Value::Object(options));
    body.insert("stream".to_owned(), json!(false));
    params::merge_extra_body(target, &mut body);
    let url = urls::join(urls::base(target)?, path)?;
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
}

fn embed(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut request = params::wire_params(target, call);
    request.insert("model".to_owned(), json!(target.model));
    let (mut body, others): (Map<_, _>, Map<_, _>) =
        request.into_iter().partition(|(key, _)| EMBED_TOP_LEVEL.contains(&key.as_str()));
    if !others.is_empty() {
        let options = body.entry("options").or_insert_with(|| json!({}));
        if let Value::Object(options) = options {
            options.extend(others);
        }
    }
    params::merge_extra_body(target, &mut body);
    let url = urls::join(urls::base(target)?, "api/embed")?;
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), Vec::new())
}

/// Whether to think; how much is for GPT-OSS alone to tell.
fn think(model: &str, effort: Value) -> Value {
    if model.starts_with("gpt-oss") || effort.is_boolean() {
        return effort;
    }
    json!(matches!(effort.as_str(), Some("low" | "medium" | "high")))
}

/// OpenAI's `response_format`: `json`, or a schema.
fn format(mut wanted: Value) -> Option<Value> {
    match wanted.get("type").and_then(Value::as_str) {
        Some("json_object") => Some(json!("json")),
        Some("json_schema") => wanted.pointer_mut("/json_schema/schema").map(Value::take),
        Some(_) => None,
        // Ollama's own parameter has the same name.
        None => Some(wanted),
    }
}

/// A conversation as one text, each turn under the name of who speaks.
fn headed(messages: &[Value]) -> String {
    let mut text = String::new();
    for (role, words) in prompt::turns(messages) {
        let speaker = match role {
            "system" | "developer" => "System",
            "assistant" => "Assistant",
            _ => "User",
        };
        prompt::add(&mut text, format_args!("### {speaker}:\n{words}\n\n"));
    }
    text
}

/// A message with its pictures beside the text.
fn turn(message: &Value) -> Value {
    let mut turn = json!({
        "role": role_of(message),
        "content": text_of(message),
        "images": images(message).collect::<Vec<_>>(),
    });
    if let Some(Value::Array(calls)) = message.get("tool_calls") {
        turn["tool_calls"] = calls.iter().map(tool_call).collect();
    }
    turn
}

/// A call of a tool, whose arguments are not text here.
fn tool_call(call: &Value) -> Value {
    let function = &call["function"];
    let arguments = match &function["arguments"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| json!({})),
        other => other.clone(),
    };
    json!({"function": {"name": function["name"], "arguments": arguments}})
}

/// The pictures of a message in base64, without the rest of the data URL.
fn images(message: &Value) -> impl Iterator<Item = Value> {
    let parts = message.get("content").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    parts.iter().filter_map(|part| {
        let image = part.get("image_url")?;
        let url = image.get("url").unwrap_or(image).as_str()?;
        Some(json!(url.split_once(";base64,").map_or(url, |(_, data)| data)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_pictures_and_tool_calls() {
        let picture = json!({"role": "user", "content": [
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        ]});
        assert_eq!(turn(&picture), json!({"role": "user", "content": "What is it?", "images": ["QUJD"]}));
        let call = json!({"role": "assistant", "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}},
        ]});
        assert_eq!(turn(&call)["tool_calls"], json!([{"function": {"name": "f", "arguments": {"x": 1}}}]));
        assert_eq!(headed(&[picture, call]), "### User:\nWhat is it?\n\n### Assistant:\n\n\n");
    }

    #[test]
    fn efforts_and_formats_are_said_in_other_words() {
        assert_eq!(think("gpt-oss:20b", json!("low")), json!("low"));
        assert_eq!(think("qwen3", json!("high")), json!(true));
        assert_eq!(think("qwen3", json!("none")), json!(false));
        assert_eq!(format(json!({"type": "json_object"})), Some(json!("json")));
        assert_eq!(
            format(json!({"type": "json_schema", "json_schema": {"schema": {"type": "object"}}})),
            Some(json!({"type": "object"}))
        );
        assert_eq!(format(json!({"type": "text"})), None);
    }
}
