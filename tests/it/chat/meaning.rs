//! When two bodies mean the same.

use serde_json::{Map, Value, json};

use super::Case;

/// A pair of bodies in which what is free to differ does not.
pub(super) fn align(theirs: &Value, ours: &Value) -> (Value, Value) {
    let (mut theirs, mut ours) = (readable(theirs), readable(ours));
    drop_lone_empties(&mut theirs, &mut ours);
    (theirs, ours)
}

/// A value in which JSON texts are JSON, and nulls are absent.
fn readable(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str::<Value>(text).map_or_else(|_| value.clone(), |json| readable(&json))
        }
        Value::Array(items) => items.iter().map(readable).collect(),
        Value::Object(fields) => {
            let told = fields.iter().filter(|(_, value)| !value.is_null());
            told.map(|(name, value)| (name.clone(), readable(value))).collect()
        }
        other => other.clone(),
    }
}

/// Removes fields without content that the other side lacks.
fn drop_lone_empties(a: &mut Value, b: &mut Value) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            drop_empties_absent_in(b, a);
            drop_empties_absent_in(a, b);
            for (name, value) in a {
                if let Some(other) = b.get_mut(name) {
                    drop_lone_empties(value, other);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for (value, other) in a.iter_mut().zip(b) {
                drop_lone_empties(value, other);
            }
        }
        _ => {}
    }
}

fn drop_empties_absent_in(other: &Map<String, Value>, fields: &mut Map<String, Value>) {
    fields.retain(|name, value| other.contains_key(name) || !is_empty(value));
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Which figures of `usage` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// All.
    Told,
    /// All but reasoning, which LiteLLM counted itself.
    WithoutReasoning,
    /// None: LiteLLM counted all of them itself.
    Free,
}

/// Providers whose own figures LiteLLM does not use.
const COUNTED_LOCALLY: &[&str] =
    &["bedrock-invoke-titan", "bedrock-invoke-llama", "bedrock-invoke-mistral", "replicate"];

/// The same of their streams.
const STREAMS_COUNTED_LOCALLY: &[&str] = &["watsonx"];

impl Usage {
    /// What counts in a case, given what the provider said.
    pub(super) fn of(case: &Case, said: &str) -> Self {
        let tells_any = ["usage", "token", "eval_count"].iter().any(|name| said.contains(name));
        let provider = case.provider.as_str();
        let is_stream = case.id.starts_with("stream/");
        let counts_itself =
            COUNTED_LOCALLY.contains(&provider) || is_stream && STREAMS_COUNTED_LOCALLY.contains(&provider);
        if counts_itself || !tells_any {
            return Self::Free;
        }
        let tells_reasoning = ["reasoning_tokens", "thoughtsTokenCount", "reasoningTokens"]
            .iter()
            .any(|name| said.contains(name));
        if tells_reasoning { Self::Told } else { Self::WithoutReasoning }
    }
}

/// What counts of a `chat.completion`.
pub(super) fn of_answer(answer: &Value, usage: Usage) -> Value {
    let choices = answer["choices"].as_array().map_or(&[][..], Vec::as_slice);
    let choices: Vec<Value> = choices
        .iter()
        .map(|choice| json!({"finish_reason": choice["finish_reason"], "message": message(&choice["message"])}))
        .collect();
    json!({"choices": choices, "usage": counts(&answer["usage"], usage)})
}

fn message(message: &Value) -> Value {
    let own = |name: &str| {
        let field = message.get(name).filter(|value| !value.is_null());
        field.or_else(|| message["provider_specific_fields"].get(name)).cloned().unwrap_or_default()
    };
    let calls = message["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
    let calls: Vec<Value> = calls
        .iter()
        .map(|call| {
            let function = &call["function"];
            json!({"id": call_id(&call["id"]), "name": function["name"], "arguments": arguments(&function["arguments"])})
        })
        .collect();
    json!({
        "role": message["role"].as_str().unwrap_or("assistant"),
        "content": message["content"],
        "tool_calls": calls,
        "refusal": own("refusal"),
        "reasoning_content": own("reasoning_content"),
        "thinking_blocks": own("thinking_blocks"),
        "annotations": own("annotations"),
        "images": own("images"),
    })
}

/// An id that the provider gave; those made up are free.
fn call_id(id: &Value) -> Value {
    match id.as_str() {
        Some(text) if text.starts_with("call_") || text.contains('<') || text.len() > 30 => {
            json!("<made up>")
        }
        _ => id.clone(),
    }
}

fn arguments(text: &Value) -> Value {
    let parsed = text.as_str().and_then(|text| serde_json::from_str(text).ok());
    parsed.unwrap_or_else(|| text.clone())
}

fn counts(told: &Value, usage: Usage) -> Value {
    let count = |pointer: &str| {
        let count = told.pointer(pointer).cloned().unwrap_or_default();
        if count == 0 { Value::Null } else { count }
    };
    if usage == Usage::Free {
        return Value::Null;
    }
    let mut counts = json!({
        "prompt": count("/prompt_tokens"),
        "completion": count("/completion_tokens"),
        "total": count("/total_tokens"),
        "cached": count("/prompt_tokens_details/cached_tokens"),
        "written": count("/prompt_tokens_details/cache_creation_tokens"),
    });
    if usage == Usage::Told {
        counts["reasoning"] = count("/completion_tokens_details/reasoning_tokens");
    }
    counts
}

/// The answer that the chunks of a stream add up to.
pub(super) fn folded(chunks: &[Value]) -> Value {
    let mut messages: Vec<(Map<String, Value>, Value)> = Vec::new();
    let mut usage = Value::Null;
    for chunk in chunks {
        if let Some(told) = chunk.get("usage").filter(|told| !told.is_null()) {
            usage = told.clone();
        }
        for choice in chunk["choices"].as_array().map_or(&[][..], Vec::as_slice) {
            let index = usize::try_from(choice["index"].as_u64().unwrap_or(0)).unwrap();
            if messages.len() <= index {
                messages.resize_with(index + 1, Default::default);
            }
            let (message, finish) = &mut messages[index];
            for (name, value) in choice["delta"].as_object().into_iter().flatten() {
                add(message, name, value);
            }
            if let Some(reason) = choice.get("finish_reason").filter(|reason| !reason.is_null()) {
                *finish = reason.clone();
            }
        }
    }
    let choices: Vec<Value> = messages
        .into_iter()
        .map(|(message, finish)| json!({"message": message, "finish_reason": finish}))
        .collect();
    json!({"choices": choices, "usage": usage})
}

fn add(message: &mut Map<String, Value>, name: &str, value: &Value) {
    let field = message.entry(name).or_insert(Value::Null);
    match (field, value) {
        (_, Value::Null) => {}
        (Value::String(text), Value::String(piece)) if name != "role" => text.push_str(piece),
        (field, Value::Array(calls)) if name == "tool_calls" => {
            for call in calls {
                add_call(field, call);
            }
        }
        (field, Value::Array(blocks)) if name == "thinking_blocks" => {
            // Pieces are told as reasoning too; a block counts when it is whole.
            let whole = blocks.iter().filter(|block| block.get("signature").or(block.get("data")).is_some());
            extend(field, whole.cloned().collect());
        }
        (field, Value::Array(items)) => extend(field, items.clone()),
        (field, value) => *field = value.clone(),
    }
}

fn extend(field: &mut Value, more: Vec<Value>) {
    match field {
        Value::Array(items) => items.extend(more),
        _ => *field = Value::Array(more),
    }
}

/// Puts a piece of a tool call to the call that it belongs to.
fn add_call(calls: &mut Value, piece: &Value) {
    if !calls.is_array() {
        *calls = json!([]);
    }
    let Value::Array(calls) = calls else { return };
    let index = piece["index"].as_u64();
    if !calls.iter().any(|call| call["index"].as_u64() == index) {
        calls.push(json!({"index": index, "function": {"arguments": ""}}));
    }
    let Some(call) = calls.iter_mut().find(|call| call["index"].as_u64() == index) else { return };
    for name in ["/id", "/function/name"] {
        if let Some(told) =
            piece.pointer(name).filter(|told| told.as_str().is_some_and(|text| !text.is_empty()))
        {
            match name {
                "/id" => call["id"] = told.clone(),
                _ => call["function"]["name"] = told.clone(),
            }
        }
    }
    if let (Some(arguments), Some(more)) =
        (call["function"]["arguments"].as_str(), piece["function"]["arguments"].as_str())
    {
        call["function"]["arguments"] = Value::from(format!("{arguments}{more}"));
    }
}
