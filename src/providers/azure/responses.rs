//! Chat by way of the Responses API, for models that Azure serves nowhere else.

use serde_json::{Map, Value, json};

use crate::domain::Mode;
use crate::providers::Target;

/// The prefix by which an owner says that a deployment is to be asked this way.
pub(super) const PREFIX: &str = "responses/";

/// Whether a chat with the model has to take this way: the catalog says so, or the prefix of a deployment
/// whose mode is not configured.
pub(super) fn is_only_way(target: &Target<'_>) -> bool {
    let facts = target.catalog.lookup_for(target.provider.slug, target.model);
    facts.is_some_and(|facts| facts.mode == Some(Mode::Responses))
        || target.model.starts_with(PREFIX) && target.deployment.check.mode.is_none()
}

/// A chat body as one of the Responses API. What has no other name there goes along as it is.
pub(in crate::providers) fn from_chat(mut chat: Map<String, Value>) -> Map<String, Value> {
    let mut body = Map::with_capacity(chat.len());
    if let Some(Value::Array(messages)) = chat.shift_remove("messages") {
        body.insert("input".to_owned(), messages.iter().map(message).collect());
    }
    for limit in ["max_completion_tokens", "max_tokens"] {
        if let Some(limit) = chat.shift_remove(limit) {
            body.entry("max_output_tokens").or_insert(limit);
        }
    }
    if let Some(effort) = chat.shift_remove("reasoning_effort") {
        body.insert("reasoning".to_owned(), json!({"effort": effort}));
    }
    body.extend(chat);
    body
}

fn message(message: &Value) -> Value {
    let role = message.get("role").and_then(Value::as_str).unwrap_or("user");
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    let content: Vec<Value> = match message.get("content") {
        Some(Value::Array(parts)) => parts.iter().map(|content| part(content, kind)).collect(),
        Some(Value::String(text)) => vec![json!({"type": kind, "text": text})],
        _ => Vec::new(),
    };
    json!({"type": "message", "role": role, "content": content})
}

fn part(content: &Value, kind: &str) -> Value {
    match content.get("type").and_then(Value::as_str) {
        Some("text") => json!({"type": kind, "text": content.get("text")}),
        Some("image_url") => {
            let image = content.get("image_url").unwrap_or(&Value::Null);
            json!({"type": "input_image", "image_url": image.get("url").unwrap_or(image)})
        }
        _ => content.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_becomes_input() {
        let chat = json!({
            "model": "gpt-5-codex",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                ]},
                {"role": "assistant", "content": "Yes?"},
            ],
            "max_completion_tokens": 16,
            "reasoning_effort": "low",
            "my_param": 1,
        });
        let Value::Object(chat) = chat else { unreachable!() };
        assert_eq!(
            Value::Object(from_chat(chat)),
            json!({
                "model": "gpt-5-codex",
                "input": [
                    {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
                    {"type": "message", "role": "user", "content": [
                        {"type": "input_text", "text": "Look"},
                        {"type": "input_image", "image_url": "data:image/png;base64,AA"},
                    ]},
                    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes?"}]},
                ],
                "max_output_tokens": 16,
                "reasoning": {"effort": "low"},
                "my_param": 1,
            })
        );
    }
}
