//! Cohere's Command R: the last message, and the conversation before it.

use serde_json::{Map, Value, json};

use crate::providers::prompt::{messages, text_of, unsayable};
use crate::providers::{BuildError, Target, params};

use super::super::model::base;
use super::completion::results_of_tools;
use super::list;

/// Whether a model of Cohere's takes chats.
pub(super) fn is_chat(model: &str) -> bool {
    base(model).starts_with("cohere.command-r")
}

/// Translates a chat request.
pub(super) fn body(
    target: &Target<'_>,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Value, BuildError> {
    let mut body = Map::new();
    for (key, value) in request.iter().filter(|(_, value)| !value.is_null()) {
        let (name, value) = match key.as_str() {
            "messages" | "stream" | "stream_options" => continue,
            "max_completion_tokens" => ("max_tokens", value.clone()),
            "top_p" => ("p", value.clone()),
            "stop" => ("stop_sequences", list(value)),
            same @ ("max_tokens" | "temperature" | "frequency_penalty" | "presence_penalty" | "seed") => {
                (same, value.clone())
            }
            foreign if params::is_openai_chat(foreign) => {
                params::report(target, foreign, left_out);
                continue;
            }
            own => (own, value.clone()),
        };
        body.insert(name.to_owned(), value);
    }
    let messages = messages(request)?;
    for place in unsayable(messages).into_iter().chain(results_of_tools(messages)) {
        params::report_part(target, place, left_out);
    }
    let (last, before) = match messages {
        [before @ .., last] => (text_of(last), before),
        [] => (String::new(), &[][..]),
    };
    body.insert("message".to_owned(), Value::String(last));
    body.insert("chat_history".to_owned(), before.iter().map(turn).collect());
    Ok(Value::Object(body))
}

fn turn(message: &Value) -> Value {
    let role = match message.get("role").and_then(Value::as_str) {
        Some("assistant") => "CHATBOT",
        Some("system" | "developer") => "SYSTEM",
        _ => "USER",
    };
    json!({"role": role, "message": text_of(message)})
}
