//! The generic format: OpenAI's ideas under other names, words in capitals.

use serde_json::{Map, Value, json};

use super::{Field, add_parameters, text};
use crate::providers::Target;

pub(super) fn chat(
    target: &Target<'_>,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    let messages = request.get("messages").and_then(Value::as_array);
    let messages: Vec<Value> = messages.into_iter().flatten().map(message).collect();
    let mut body = Map::from_iter([
        ("apiFormat".to_owned(), json!("GENERIC")),
        ("messages".to_owned(), Value::Array(messages)),
        ("isStream".to_owned(), request.get("stream").cloned().unwrap_or(json!(false))),
    ]);
    if let Some(tools) = request.get("tools").and_then(Value::as_array) {
        body.insert("tools".to_owned(), tools.iter().map(tool).collect());
    }
    add_parameters(target, request, field, &mut body, left_out);
    if let Some(choice) = body.get_mut("toolChoice") {
        *choice = tool_choice(choice);
    }
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
        "stop" => Field::Named("stop"),
        "n" => Field::Named("numGenerations"),
        "logprobs" => Field::Named("logProbs"),
        "logit_bias" => Field::Named("logitBias"),
        "parallel_tool_calls" => Field::Named("isParallelToolCalls"),
        "tool_choice" => Field::Named("toolChoice"),
        "reasoning_effort" => Field::Capitals("reasoningEffort"),
        "verbosity" => Field::Capitals("verbosity"),
        _ => Field::Other,
    }
}

fn message(message: &Value) -> Value {
    let role = message.get("role").and_then(Value::as_str).unwrap_or("user");
    let content: Vec<Value> = match message.get("content") {
        Some(Value::Array(parts)) => parts.iter().map(part).collect(),
        Some(Value::String(text)) => vec![json!({"type": "TEXT", "text": text})],
        _ => Vec::new(),
    };
    let mut out = json!({"role": role.to_ascii_uppercase(), "content": content});
    if let Some(calls) = message.get("tool_calls").and_then(Value::as_array) {
        out["toolCalls"] = calls.iter().map(tool_call).collect();
    }
    if let Some(id) = message.get("tool_call_id") {
        out["toolCallId"] = id.clone();
    }
    out
}

fn part(part: &Value) -> Value {
    match part.get("image_url") {
        Some(image) => {
            let url = image.get("url").unwrap_or(image);
            json!({"type": "IMAGE", "imageUrl": {"url": url}})
        }
        None => json!({"type": "TEXT", "text": text(Some(&json!([part])))}),
    }
}

fn tool_call(call: &Value) -> Value {
    let function = call.get("function").unwrap_or(&Value::Null);
    json!({
        "id": call.get("id"),
        "type": "FUNCTION",
        "name": function.get("name"),
        "arguments": function.get("arguments"),
    })
}

fn tool(tool: &Value) -> Value {
    let function = tool.get("function").unwrap_or(&Value::Null);
    json!({
        "type": "FUNCTION",
        "name": function.get("name"),
        "description": function.get("description"),
        "parameters": function.get("parameters"),
    })
}

/// `auto`, `none`, `required`, or one function.
fn tool_choice(choice: &Value) -> Value {
    match (choice.as_str(), choice.pointer("/function/name")) {
        (Some(word), _) => json!({"type": word.to_ascii_uppercase()}),
        (None, Some(name)) => json!({"type": "FUNCTION", "name": name}),
        (None, None) => choice.clone(),
    }
}
