//! A chat body as one of the Responses API.

use serde_json::{Map, Value, json};

use super::super::super::{Target, params};

/// What the Responses API can't be asked for.
const UNKNOWN: &[&str] =
    &["frequency_penalty", "logit_bias", "logprobs", "n", "presence_penalty", "seed", "stop"];

/// A chat body as one of the Responses API. What can't be said there is left out, and reported; a vendor's own
/// parameters go along as they are.
#[must_use]
pub fn from_chat(
    target: &Target<'_>,
    mut chat: Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    let mut body = Map::with_capacity(chat.len());
    if let Some(Value::Array(messages)) = chat.shift_remove("messages") {
        body.insert("input".to_owned(), messages.iter().flat_map(items).collect());
    }
    for limit in ["max_completion_tokens", "max_tokens"] {
        if let Some(limit) = chat.shift_remove(limit) {
            body.entry("max_output_tokens").or_insert(limit);
        }
    }
    if let Some(effort) = chat.shift_remove("reasoning_effort") {
        body.insert("reasoning".to_owned(), json!({"effort": effort}));
    }
    if let Some(text) = text(&mut chat) {
        body.insert("text".to_owned(), text);
    }
    if let Some(Value::Array(tools)) = chat.get_mut("tools") {
        tools.iter_mut().for_each(flatten);
    }
    if let Some(choice) = chat.get_mut("tool_choice") {
        flatten(choice);
    }
    // Usage is always told.
    chat.shift_remove("stream_options");
    for name in UNKNOWN {
        params::leave_out(target, name, &mut chat, left_out);
    }
    body.extend(chat);
    body
}

/// How the answer's text is to look.
fn text(chat: &mut Map<String, Value>) -> Option<Value> {
    let mut text = Map::new();
    if let Some(mut format) = chat.shift_remove("response_format") {
        if let Some(Value::Object(schema)) = format.get_mut("json_schema").map(Value::take) {
            format = Value::Object(Map::from_iter([("type".to_owned(), json!("json_schema"))]));
            if let Value::Object(format) = &mut format {
                format.extend(schema);
            }
        }
        text.insert("format".to_owned(), format);
    }
    if let Some(verbosity) = chat.shift_remove("verbosity") {
        text.insert("verbosity".to_owned(), verbosity);
    }
    (!text.is_empty()).then_some(Value::Object(text))
}

/// A function, or the choice of one, without the object around what is said of it.
fn flatten(tool: &mut Value) {
    if let Value::Object(tool) = tool
        && let Some(Value::Object(function)) = tool.get_mut("function").map(Value::take)
    {
        tool.shift_remove("function");
        tool.extend(function);
    }
}

/// The items of a message: itself, and the calls in it.
fn items(message: &Value) -> Vec<Value> {
    let role = message["role"].as_str().unwrap_or("user");
    if role == "tool" {
        let output = match &message["content"] {
            Value::Array(parts) => {
                parts.iter().filter_map(|part| part["text"].as_str()).collect::<String>().into()
            }
            text => text.clone(),
        };
        return vec![json!({
            "type": "function_call_output", "call_id": message["tool_call_id"], "output": output,
        })];
    }
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    let content: Vec<Value> = match &message["content"] {
        Value::Array(parts) => parts.iter().map(|content| part(content, kind)).collect(),
        Value::String(text) => vec![json!({"type": kind, "text": text})],
        _ => Vec::new(),
    };
    let calls = message["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
    let mut items = Vec::with_capacity(1 + calls.len());
    if !content.is_empty() || calls.is_empty() {
        items.push(json!({"type": "message", "role": role, "content": content}));
    }
    items.extend(calls.iter().map(|call| {
        let function = &call["function"];
        json!({
            "type": "function_call", "call_id": call["id"], "name": function["name"], "arguments": function["arguments"],
        })
    }));
    items
}

fn part(content: &Value, kind: &str) -> Value {
    match content["type"].as_str() {
        Some("text") => json!({"type": kind, "text": content["text"]}),
        Some("image_url") => {
            let image = &content["image_url"];
            let mut part = json!({"type": "input_image", "image_url": image.get("url").unwrap_or(image)});
            if let Some(detail) = image.get("detail") {
                part["detail"] = detail.clone();
            }
            part
        }
        _ => content.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalog::Catalog;
    use crate::domain::{Deployment, Environment, Fields, Params};
    use crate::providers::find;

    fn translated(chat: Value) -> (Value, Vec<String>) {
        let Value::Object(chat) = chat else { unreachable!() };
        let deployment = Deployment {
            id: "1".into(),
            model_name: "m".to_owned(),
            model: "azure/gpt-5-codex".to_owned(),
            params: Params::default(),
            info: Fields::default(),
            check: Arc::default(),
            defect: None,
        };
        let (env, asked) = (Environment::default(), chat.clone());
        let target = Target {
            deployment: &deployment,
            provider: find("azure").unwrap(),
            model: "gpt-5-codex",
            env: &env,
            catalog: Catalog::embedded(),
            drop_params: false,
            asked: Some(&asked),
            azure_identity: false,
        };
        let mut left_out = Vec::new();
        let body = from_chat(&target, chat, &mut left_out);
        (Value::Object(body), left_out)
    }

    #[test]
    fn a_chat_becomes_input() {
        let (body, left_out) = translated(json!({
            "model": "gpt-5-codex",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
                ]},
                {"role": "assistant", "content": "Yes?", "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "see", "arguments": "{}"}},
                ]},
                {"role": "tool", "tool_call_id": "c1", "content": "a dot"},
            ],
            "max_completion_tokens": 16,
            "reasoning_effort": "low",
            "my_param": 1,
            "stop": "END",
        }));
        assert_eq!(
            body,
            json!({
                "model": "gpt-5-codex",
                "input": [
                    {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
                    {"type": "message", "role": "user", "content": [
                        {"type": "input_text", "text": "Look"},
                        {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"},
                    ]},
                    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes?"}]},
                    {"type": "function_call", "call_id": "c1", "name": "see", "arguments": "{}"},
                    {"type": "function_call_output", "call_id": "c1", "output": "a dot"},
                ],
                "max_output_tokens": 16,
                "reasoning": {"effort": "low"},
                "my_param": 1,
            })
        );
        assert_eq!(left_out, ["stop"]);
    }

    #[test]
    fn tools_and_schemas_lose_a_layer() {
        let (body, left_out) = translated(json!({
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}},
        }));
        assert_eq!(
            body,
            json!({
                "tools": [{"type": "function", "name": "f", "parameters": {}}],
                "tool_choice": {"type": "function", "name": "f"},
                "text": {"format": {"type": "json_schema", "name": "a", "schema": {}}},
            })
        );
        assert_eq!(left_out, <[&str; 0]>::default());
    }
}
