//! The generic format: OpenAI's ideas under other names, words in capitals.

use serde_json::{Map, Value, json};

use super::{Field, add_parameters, schema, text};
use crate::providers::chat::history::{self, ToolCall};
use crate::providers::prompt::{messages, role_of};
use crate::providers::{BuildError, Target, params};

pub(super) fn chat(
    target: &Target<'_>,
    request: &Map<String, Value>,
    stream: bool,
    left_out: &mut Vec<String>,
) -> Result<Map<String, Value>, BuildError> {
    let messages = messages(request)?;
    history::refuse_all_but_images(target, messages, left_out);
    let messages: Vec<Value> = messages.iter().map(message).collect();
    let mut body = Map::from_iter([
        ("apiFormat".to_owned(), json!("GENERIC")),
        ("messages".to_owned(), Value::Array(messages)),
        ("isStream".to_owned(), json!(stream)),
    ]);
    if let Some(tools) = params::functions(target, request.get("tools"), left_out) {
        body.insert("tools".to_owned(), tools.into_iter().map(tool).collect());
    }
    add_parameters(target, request, field, &mut body, left_out);
    if let Some(choice) = body.get_mut("toolChoice") {
        *choice = tool_choice(choice);
    }
    if let Some(stop) = body.get_mut("stop") {
        *stop = params::list(stop.take());
    }
    // How many rivals of each token are told.
    if let Some(Value::Bool(wanted)) = body.get("logProbs") {
        let count = u8::from(*wanted);
        body.insert("logProbs".to_owned(), json!(count));
    }
    if let Some(format) = request.get("response_format").and_then(response_format) {
        body.insert("responseFormat".to_owned(), format);
    }
    Ok(body)
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
        "tool_choice" => Field::Named("toolChoice"),
        "reasoning_effort" => Field::Capitals("reasoningEffort"),
        "verbosity" => Field::Capitals("verbosity"),
        _ => Field::Other,
    }
}

fn message(message: &Value) -> Value {
    let role = match role_of(message) {
        "developer" => "system",
        "function" => "tool",
        role => role,
    };
    let content: Vec<Value> = match message.get("content") {
        Some(Value::Array(parts)) => parts.iter().map(part).collect(),
        Some(Value::String(text)) => vec![json!({"type": "TEXT", "text": text})],
        _ => message
            .get("refusal")
            .map(|refusal| json!({"type": "TEXT", "text": refusal}))
            .into_iter()
            .collect(),
    };
    let mut out = json!({"role": role.to_ascii_uppercase(), "content": content});
    let calls: Vec<Value> = history::tool_calls(message).map(tool_call).collect();
    if !calls.is_empty() {
        out["toolCalls"] = json!(calls);
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

fn tool_call(call: ToolCall<'_>) -> Value {
    json!({"id": call.id, "type": "FUNCTION", "name": call.name, "arguments": call.arguments})
}

fn tool(tool: &Value) -> Value {
    let function = tool.get("function").unwrap_or(&Value::Null);
    json!({
        "type": "FUNCTION",
        "name": function.get("name"),
        "description": function["description"].as_str().unwrap_or_default(),
        "parameters": function.get("parameters").map(schema::plain),
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

/// The form of the answer, in words of its own.
fn response_format(format: &Value) -> Option<Value> {
    match format["type"].as_str()? {
        "json_schema" => {
            let told = &format["json_schema"];
            let mut schema = json!({"name": told["name"], "schema": told["schema"]});
            for (openai, own) in [("description", "description"), ("strict", "isStrict")] {
                if let Some(value) = told.get(openai).filter(|value| !value.is_null()) {
                    schema[own] = value.clone();
                }
            }
            Some(json!({"type": "JSON_SCHEMA", "jsonSchema": schema}))
        }
        kind => Some(json!({"type": kind.to_ascii_uppercase()})),
    }
}
