//! Cohere's format: the last message stands apart from those before it.

use serde_json::{Map, Value, json};

use super::{Field, add_parameters, text};
use crate::providers::Target;

pub(super) fn chat(
    target: &Target<'_>,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    let messages = request.get("messages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (system, spoken): (Vec<&Value>, Vec<&Value>) =
        messages.iter().partition(|message| matches!(role(message), "system" | "developer"));
    let (last, before) = spoken.split_last().map_or((&Value::Null, &[][..]), |(last, rest)| (*last, rest));
    let history: Vec<Value> = before.iter().map(|message| turn(message)).collect();
    let mut body = Map::from_iter([
        ("message".to_owned(), json!(text(last.get("content")))),
        ("apiFormat".to_owned(), json!("COHERE")),
        ("chatHistory".to_owned(), Value::Array(history)),
    ]);
    if !system.is_empty() {
        let words: Vec<String> = system.iter().map(|message| text(message.get("content"))).collect();
        body.insert("preambleOverride".to_owned(), json!(words.join("\n")));
    }
    if request.get("stream") == Some(&json!(true)) {
        body.insert("isStream".to_owned(), json!(true));
    }
    if let Some(tools) = request.get("tools").and_then(Value::as_array) {
        body.insert("tools".to_owned(), tools.iter().map(tool).collect());
    }
    add_parameters(target, request, field, &mut body, left_out);
    body
}

fn field(name: &str) -> Field {
    match name {
        "max_tokens" | "max_completion_tokens" => Field::Named("maxTokens"),
        "temperature" => Field::Named("temperature"),
        "top_p" => Field::Named("topP"),
        "top_k" => Field::Named("topK"),
        "frequency_penalty" => Field::Named("frequencyPenalty"),
        "presence_penalty" => Field::Named("presencePenalty"),
        "seed" => Field::Named("seed"),
        "stop" => Field::Named("stopSequences"),
        _ => Field::Other,
    }
}

fn role(message: &Value) -> &str {
    message.get("role").and_then(Value::as_str).unwrap_or("user")
}

fn turn(message: &Value) -> Value {
    let role = if role(message) == "assistant" { "CHATBOT" } else { "USER" };
    json!({"role": role, "message": text(message.get("content"))})
}

/// A function, whose parameters are told one by one instead of by a schema.
fn tool(tool: &Value) -> Value {
    let function = tool.get("function").unwrap_or(&Value::Null);
    let required = function.pointer("/parameters/required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
    let properties = function.pointer("/parameters/properties").and_then(Value::as_object);
    let parameters: Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let kind = schema.get("type").cloned().unwrap_or_else(|| json!("string"));
            let description = schema.get("description");
            let definition =
                json!({"type": kind, "description": description, "isRequired": is_required(name)});
            (name.clone(), definition)
        })
        .collect();
    json!({
        "name": function.get("name"),
        "description": function.get("description"),
        "parameterDefinitions": parameters,
    })
}
