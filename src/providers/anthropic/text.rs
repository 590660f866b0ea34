//! The body of a text completion (`/v1/complete`): the conversation as one prompt.

use serde_json::{Map, Value, json};

use super::messages::{FOREIGN, stop_sequences};
use crate::providers::{Target, params};

/// `max_tokens_to_sample` is mandatory.
const DEFAULT_MAX_TOKENS: u32 = 4096;

/// What the Messages API has and this one has not.
const NEWER: [&str; 5] =
    ["parallel_tool_calls", "reasoning_effort", "response_format", "tool_choice", "tools"];

/// Translates an OpenAI chat request; unknown parameters go along as they are, and what can't be said goes
/// to `left_out`.
pub(super) fn to_complete(
    target: &Target<'_>,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    let limit = request.get("max_tokens").or_else(|| request.get("max_completion_tokens"));
    let mut body = Map::from_iter([
        ("model".to_owned(), json!(target.model)),
        ("prompt".to_owned(), json!(prompt(request))),
        ("max_tokens_to_sample".to_owned(), limit.cloned().unwrap_or_else(|| json!(DEFAULT_MAX_TOKENS))),
    ]);
    for (key, value) in request.iter().filter(|(_, value)| !value.is_null()) {
        match key.as_str() {
            "stop" => {
                body.insert("stop_sequences".to_owned(), stop_sequences(value));
            }
            "user" => {
                body.insert("metadata".to_owned(), json!({"user_id": value}));
            }
            key if FOREIGN.contains(&key) || NEWER.contains(&key) => params::report(target, key, left_out),
            "messages" | "max_tokens" | "max_completion_tokens" | "stream_options" => {}
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
    params::merge_extra_body(target, &mut body);
    body
}

/// The dialogue form that these models are trained on, ending where the model shall go on.
fn prompt(request: &Map<String, Value>) -> String {
    let messages = request.get("messages").and_then(Value::as_array);
    let mut prompt = String::new();
    let mut last = None;
    for message in messages.into_iter().flatten() {
        let role = message.get("role").and_then(Value::as_str);
        prompt.push_str(match role {
            Some("assistant") => "\n\nAssistant: ",
            Some("system" | "developer") => "",
            _ => "\n\nHuman: ",
        });
        prompt.push_str(&message.get("content").map(text).unwrap_or_default());
        last = role;
    }
    if last != Some("assistant") {
        prompt.push_str("\n\nAssistant: ");
    }
    prompt
}

/// The text of content in any form; other parts have no place in a prompt.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text").unwrap_or(part).as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_becomes_a_dialogue() {
        let request = json!({"messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "Bye"},
        ]});
        let request = request.as_object().unwrap();
        assert_eq!(
            prompt(request),
            "Be brief.\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Bye\n\nAssistant: "
        );
    }
}
