//! Chat as Ollama is asked: a conversation as one text, or in turns.

use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest};
use crate::providers::chat::history;
use crate::providers::prompt::{self, messages, role_of};
use crate::providers::{BuildError, Target, openai, params, url as urls};

/// Ollama's names for OpenAI's parameters. All of them are options of the model but those of [`TOP_LEVEL`].
const NAMES: &[(&str, &str)] = &[
    ("frequency_penalty", "frequency_penalty"),
    ("max_tokens", "num_predict"),
    ("max_completion_tokens", "num_predict"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("seed", "seed"),
    ("stop", "stop"),
    ("reasoning_effort", "think"),
    ("thinking", "think"),
    ("response_format", "format"),
];

/// Parameters that are no options of the model, in both endpoints.
const TOP_LEVEL: &[&str] = &["think", "format"];

/// Besides those, in `/api/chat`. LiteLLM leaves `keep_alive` among the options of `/api/generate`.
const CHAT_TOP_LEVEL: &[&str] = &["tools", "keep_alive"];

/// A conversation as one text, for `/api/generate`. That knows nothing of tools, so a conversation with tools is
/// asked in turns.
pub(super) fn generate(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut request = params::wire_params(target, call);
    let mut body = Map::from_iter([("model".to_owned(), json!(target.model))]);
    if call.mode == Mode::Completion {
        body.insert("prompt".to_owned(), request.shift_remove("prompt").unwrap_or_default());
    } else {
        let messages = messages(&request)?;
        let has_tools = request.get("tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty());
        if has_tools || messages.iter().any(speaks_of_tools) {
            return chat(target, call);
        }
        history::refuse_all_but_images(target, messages, &mut left_out);
        body.insert("prompt".to_owned(), json!(headed(messages)));
        body.insert("images".to_owned(), messages.iter().flat_map(images).collect());
        request.shift_remove("messages");
    }
    // Without tools there is no choice among them.
    request.retain(|name, _| !matches!(name.as_str(), "tools" | "tool_choice"));
    let options = params::options(target, request, NAMES, &mut left_out);
    post(target, call, "api/generate", body, (options, &[]), left_out)
}

/// A conversation in turns, for `/api/chat`.
pub(super) fn chat(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut request = params::wire_params(target, call);
    let messages = messages(&request)?;
    history::refuse_all_but_images(target, messages, &mut left_out);
    let turns: Value = messages.iter().map(turn).collect();
    request.shift_remove("messages");
    let body = Map::from_iter([("model".to_owned(), json!(target.model)), ("messages".to_owned(), turns)]);
    let tools = request.shift_remove("tools");
    let choice = request.shift_remove("tool_choice");
    let mut options = params::options(target, request, NAMES, &mut left_out);
    match choice.as_ref().map(|choice| choice.as_str().unwrap_or_default()) {
        // The model may always choose: that it may not is said by giving it no tools.
        Some("none") => {}
        choice => {
            if choice.is_some_and(|choice| choice != "auto") {
                params::report(target, "tool_choice", &mut left_out);
            }
            options.extend(tools.map(|tools| ("tools".to_owned(), tools)));
        }
    }
    post(target, call, "api/chat", body, (options, CHAT_TOP_LEVEL), left_out)
}

/// Whether a message calls a tool or tells what one gave.
fn speaks_of_tools(message: &Value) -> bool {
    matches!(role_of(message), "tool" | "function") || history::tool_calls(message).next().is_some()
}

/// Puts what is asked besides the content where an endpoint has it, and posts it. `asked` is what is asked, and the
/// endpoint's own parameters that are no options.
fn post(
    target: &Target<'_>,
    call: &Call,
    path: &str,
    mut body: Map<String, Value>,
    asked: (Map<String, Value>, &[&str]),
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let (mut options, own) = asked;
    for name in TOP_LEVEL.iter().chain(own) {
        if let Some(value) = options.shift_remove(*name) {
            body.insert((*name).to_owned(), value);
        }
    }
    if let Some(effort) = body.get_mut("think") {
        *effort = think(target.model, effort);
    }
    if let Some(format) = body.shift_remove("format").and_then(format) {
        body.insert("format".to_owned(), format);
    }
    if let Some(stop) = options.get_mut("stop") {
        *stop = params::list(stop.take());
    }
    body.insert("options".to_owned(), Value::Object(options));
    body.insert("stream".to_owned(), json!(call.stream));
    params::merge_extra_body(target, &mut body);
    let url = urls::join(urls::base(target)?, path)?;
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
}

/// Whether to think, asked in OpenAI's words, Anthropic's or Ollama's own; how much is for GPT-OSS alone to tell.
fn think(model: &str, asked: &Value) -> Value {
    if asked.is_boolean() {
        return asked.clone();
    }
    if let Some(kind) = asked.get("type") {
        return json!(kind != "disabled");
    }
    let effort = asked.as_str().or_else(|| asked.get("effort")?.as_str()).unwrap_or_default();
    match effort {
        "none" | "disable" => json!(false),
        _ if !model.starts_with("gpt-oss") => {
            json!(matches!(effort, "low" | "medium" | "high" | "xhigh" | "max"))
        }
        "minimal" => json!("low"),
        "xhigh" | "max" => json!("high"),
        word => json!(word),
    }
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

/// A conversation as one text, each turn under the name of who speaks. What one says in several messages is one turn.
fn headed(messages: &[Value]) -> String {
    let mut turns: Vec<(&str, String)> = Vec::new();
    for message in messages {
        let speaker = match role_of(message) {
            "system" | "developer" => "System",
            "assistant" => "Assistant",
            _ => "User",
        };
        let words = text(message);
        match turns.last_mut() {
            Some((last, said)) if *last == speaker => said.push_str(&words),
            _ => turns.push((speaker, words)),
        }
    }
    let mut prompt = String::new();
    for (speaker, words) in turns.iter().filter(|(_, words)| !words.is_empty()) {
        prompt::add(&mut prompt, format_args!("### {speaker}:\n{words}\n\n"));
    }
    prompt
}

/// The texts of a message, joined as they are.
fn text(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

/// A message with its pictures beside the text.
fn turn(message: &Value) -> Value {
    let role = match role_of(message) {
        "developer" => "system",
        "function" => "tool",
        role => role,
    };
    let mut turn =
        json!({"role": role, "content": text(message), "images": images(message).collect::<Vec<_>>()});
    let calls: Vec<Value> = history::tool_calls(message)
        .map(|call| json!({"function": {"name": call.name, "arguments": call.object()}}))
        .collect();
    if !calls.is_empty() {
        turn["tool_calls"] = json!(calls);
    }
    for (openai, own) in [("reasoning_content", "thinking"), ("tool_call_id", "tool_call_id")] {
        if let Some(value) = message.get(openai).filter(|value| value.is_string()) {
            turn[own] = value.clone();
        }
    }
    turn
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
        assert_eq!(headed(&[picture, call]), "### User:\nWhat is it?\n\n");
    }

    #[test]
    fn efforts_and_formats_are_said_in_other_words() {
        for (model, asked, thinks) in [
            ("gpt-oss:20b", json!("low"), json!("low")),
            ("gpt-oss:20b", json!("minimal"), json!("low")),
            ("gpt-oss:20b", json!("none"), json!(false)),
            ("qwen3", json!("high"), json!(true)),
            ("qwen3", json!("none"), json!(false)),
            ("qwen3", json!(true), json!(true)),
            ("qwen3", json!({"type": "enabled", "budget_tokens": 1024}), json!(true)),
            ("qwen3", json!({"type": "disabled"}), json!(false)),
            ("qwen3", json!({"effort": "low"}), json!(true)),
        ] {
            assert_eq!(think(model, &asked), thinks, "{model} {asked}");
        }
        assert_eq!(format(json!({"type": "json_object"})), Some(json!("json")));
        assert_eq!(
            format(json!({"type": "json_schema", "json_schema": {"schema": {"type": "object"}}})),
            Some(json!({"type": "object"}))
        );
        assert_eq!(format(json!({"type": "text"})), None);
    }
}
