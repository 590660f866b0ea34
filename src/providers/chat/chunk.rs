//! Pieces of a streamed answer in OpenAI's shape.

use serde_json::{Map, Value, json};

use super::message::Usage;

/// The first piece of every answer: who speaks.
#[must_use]
pub fn role() -> Value {
    delta(json!({"role": "assistant", "content": ""}))
}

/// A piece of text.
#[must_use]
pub fn text(text: &str) -> Value {
    delta(json!({"content": text}))
}

/// A piece of reasoning.
#[must_use]
pub fn reasoning(text: &str) -> Value {
    delta(json!({"reasoning_content": text}))
}

/// The beginning of a tool call. `index` counts the calls of the answer; `arguments` is a piece of JSON text.
#[must_use]
pub fn tool_start(index: usize, id: &str, name: &str, arguments: &str) -> Value {
    delta(json!({"tool_calls": [{
        "index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments},
    }]}))
}

/// A further piece of a tool call's arguments.
#[must_use]
pub fn tool_arguments(index: usize, arguments: &str) -> Value {
    delta(json!({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}))
}

/// Why the answer ended, in a piece of its own.
#[must_use]
pub fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// What the answer took.
#[must_use]
pub fn usage(usage: &Usage) -> Value {
    json!({"choices": [], "usage": usage.to_json()})
}

/// Any other piece of the answer.
#[must_use]
pub fn delta(delta: Value) -> Value {
    let choice = Map::from_iter([
        ("index".to_owned(), Value::from(0)),
        ("delta".to_owned(), delta),
        ("finish_reason".to_owned(), Value::Null),
    ]);
    Value::Object(Map::from_iter([("choices".to_owned(), Value::Array(vec![Value::Object(choice)]))]))
}

/// A whole answer as the pieces of a stream, for formats that have none.
#[must_use]
pub fn of_completion(completion: Value) -> Vec<Value> {
    let Value::Object(mut completion) = completion else { return Vec::new() };
    let usage = completion.shift_remove("usage").filter(|usage| !usage.is_null());
    let Some(Value::Array(choices)) = completion.shift_remove("choices") else { return Vec::new() };
    let mut deltas = Vec::with_capacity(choices.len());
    let mut ends = Vec::with_capacity(choices.len());
    for (place, mut choice) in choices.into_iter().enumerate() {
        let index = choice.get("index").cloned().unwrap_or_else(|| Value::from(place));
        let mut message = choice["message"].take();
        number_tool_calls(&mut message);
        let mut piece = json!({"index": index, "delta": message, "finish_reason": null});
        if let Some(logprobs) = choice.get_mut("logprobs").filter(|logprobs| !logprobs.is_null()) {
            piece["logprobs"] = logprobs.take();
        }
        deltas.push(piece);
        ends.push(json!({"index": index, "delta": {}, "finish_reason": choice["finish_reason"].take()}));
    }
    let envelope = |choices: Vec<Value>| {
        let mut chunk = completion.clone();
        chunk.shift_remove("object");
        chunk.insert("choices".to_owned(), Value::Array(choices));
        Value::Object(chunk)
    };
    let mut chunks = vec![envelope(deltas), envelope(ends)];
    if let Some(usage) = usage {
        let mut last = envelope(Vec::new());
        last["usage"] = usage;
        chunks.push(last);
    }
    chunks
}

/// Calls stand in order in a message, and are numbered in a stream.
fn number_tool_calls(message: &mut Value) {
    if let Some(Value::Array(calls)) = message.get_mut("tool_calls") {
        for (index, call) in calls.iter_mut().enumerate() {
            if let Value::Object(call) = call {
                call.insert("index".to_owned(), Value::from(index));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_answer_becomes_pieces_finish_and_usage() {
        let completion = json!({
            "id": "c-1",
            "object": "chat.completion",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": "hi", "tool_calls": [{"id": "t"}]},
                "finish_reason": "stop",
            }],
            "usage": {"total_tokens": 3},
        });
        let chunks = of_completion(completion);
        assert_eq!(
            chunks,
            [
                json!({"id": "c-1", "choices": [{
                    "index": 0,
                    "delta": {"role": "assistant", "content": "hi", "tool_calls": [{"id": "t", "index": 0}]},
                    "finish_reason": null,
                }]}),
                json!({"id": "c-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
                json!({"id": "c-1", "choices": [], "usage": {"total_tokens": 3}}),
            ]
        );
    }
}
