//! Answers of the Responses API as those of chat.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::WireResponse;

use super::super::super::chat::message::{self, Usage};
use super::super::super::chat::{
    self, Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk,
};
use super::super::super::framing::{Event, Framing};
use super::super::super::{ShapeError, answer};

/// Reads the answers of the Responses API, whole or streamed; some servers stream whatever they are asked.
pub struct ByResponses;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    id: Option<String>,
    status: String,
    output: Vec<Item>,
    incomplete_details: Option<Incomplete>,
    usage: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item {
    Message {
        content: Vec<Part>,
    },
    FunctionCall {
        call_id: String,
        name: String,
        arguments: String,
    },
    Reasoning {
        summary: Vec<Part>,
    },
    #[serde(other)]
    Other,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    text: String,
    refusal: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Incomplete {
    reason: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: Option<u64>,
    input_tokens_details: Option<Details>,
    output_tokens_details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

impl Translator for ByResponses {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let body: Value = match answer::read(response) {
            Ok(body) => body,
            Err(error) => last_response(&response.body)?.ok_or(error)?,
        };
        if body.get("error").is_some_and(|error| !error.is_null()) || body["status"] == "failed" {
            return Err(TranslateError::told(None, &Bytes::from(body.to_string())));
        }
        if !body["output"].is_array() {
            return Err(ShapeError::Missing("output").into());
        }
        let read: Response =
            serde_json::from_value(body).map_err(|_| ShapeError::NotJson(answer::what_it_is(response)))?;
        Ok(completion(read))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(ResponsesStream::default()))
    }
}

fn completion(response: Response) -> Value {
    let finish = response.finish_reason();
    let usage = response.usage.as_ref().map(Counts::usage);
    let (mut text, mut refusal, mut reasoning) = (String::new(), String::new(), String::new());
    let mut calls = Vec::new();
    for item in response.output {
        match item {
            Item::Message { content } => {
                for part in content {
                    text.push_str(&part.text);
                    refusal.push_str(&part.refusal);
                }
            }
            Item::FunctionCall { call_id, name, arguments } => {
                calls.push(message::tool_call(&call_id, &name, &arguments));
            }
            Item::Reasoning { summary } => summary.iter().for_each(|part| reasoning.push_str(&part.text)),
            Item::Other => {}
        }
    }
    let mut told = Map::new();
    for (name, text) in [("content", text), ("refusal", refusal), ("reasoning_content", reasoning)] {
        if !text.is_empty() {
            told.insert(name.to_owned(), Value::from(text));
        }
    }
    if !calls.is_empty() {
        told.insert("tool_calls".to_owned(), Value::from(calls));
    }
    let mut completion = message::completion(told, finish, usage.as_ref());
    if let Some(id) = response.id {
        completion["id"] = Value::from(id);
    }
    completion
}

impl Response {
    fn finish_reason(&self) -> &'static str {
        let incomplete = self.incomplete_details.as_ref().map(|details| details.reason.as_str());
        match incomplete {
            Some("content_filter") => "content_filter",
            Some(_) => "length",
            None if self.status == "incomplete" => "length",
            None if self.output.iter().any(|item| matches!(item, Item::FunctionCall { .. })) => "tool_calls",
            None => "stop",
        }
    }
}

impl Counts {
    fn usage(&self) -> Usage {
        Usage {
            prompt: self.input_tokens,
            completion: self.output_tokens,
            total: self.total_tokens,
            cached: self.input_tokens_details.as_ref().and_then(|details| details.cached_tokens),
            reasoning: self.output_tokens_details.as_ref().and_then(|details| details.reasoning_tokens),
            ..Usage::default()
        }
    }
}

/// The response that the last event of a stream holds, of a body that is one.
fn last_response(body: &Bytes) -> Result<Option<Value>, TranslateError> {
    let mut decoder = Framing::Sse.decoder();
    decoder.feed(body);
    let mut last = None;
    while let Some(event) = decoder.next()? {
        let mut data = chat::json(&event)?;
        match data["type"].as_str() {
            Some("response.completed" | "response.incomplete" | "response.failed") => {
                last = Some(data["response"].take());
            }
            Some("error") => return Err(TranslateError::told(None, &event.data)),
            _ => {}
        }
    }
    Ok(last)
}

/// One stream.
#[derive(Default)]
struct ResponsesStream {
    has_begun: bool,
    /// The items that are calls, by their place in the output, in order.
    calls: Vec<u64>,
}

impl StreamTranslator for ResponsesStream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let mut data = chat::json(event)?;
        let delta = data["delta"].as_str().unwrap_or_default();
        match data["type"].as_str().unwrap_or_default() {
            "response.output_text.delta" => self.push(chunk::text(delta), chunks),
            "response.reasoning_summary_text.delta" => self.push(chunk::reasoning(delta), chunks),
            "response.refusal.delta" => {
                self.push(chunk::delta(json!({"refusal": delta})), chunks);
            }
            "response.output_item.added" if data["item"]["type"] == "function_call" => {
                let item = &data["item"];
                self.calls.push(data["output_index"].as_u64().unwrap_or_default());
                let text = |name: &str| item[name].as_str().unwrap_or_default();
                let started =
                    chunk::tool_start(self.calls.len() - 1, text("call_id"), text("name"), text("arguments"));
                self.push(started, chunks);
            }
            "response.function_call_arguments.delta" => {
                let place = data["output_index"].as_u64().unwrap_or_default();
                let index = self.calls.iter().position(|call| *call == place).unwrap_or_default();
                self.push(chunk::tool_arguments(index, delta), chunks);
            }
            "response.completed" | "response.incomplete" => {
                let response: Response = serde_json::from_value(data["response"].take())
                    .map_err(|_| ShapeError::Missing("response"))?;
                self.push(chunk::finish(response.finish_reason()), chunks);
                if let Some(counts) = &response.usage {
                    chunks.push(chunk::usage(&counts.usage()));
                }
                return Ok(Progress::Done);
            }
            "response.failed" => {
                let told = Bytes::from(data["response"].to_string());
                return Err(TranslateError::told(None, &told));
            }
            "error" => return Err(TranslateError::told(None, &event.data)),
            _ => {}
        }
        Ok(Progress::More)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}

impl ResponsesStream {
    fn push(&mut self, piece: Value, chunks: &mut Vec<Value>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            chunks.push(chunk::role());
        }
        chunks.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn whole(body: &str) -> Result<Value, TranslateError> {
        ByResponses.response(&WireResponse {
            status: 200,
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
        })
    }

    fn streamed(events: &[Value]) -> (Vec<Value>, Result<Progress, TranslateError>) {
        let mut stream = ResponsesStream::default();
        let mut chunks = Vec::new();
        for event in events {
            let event = Event::new(event.to_string());
            match stream.event(&event, &mut chunks) {
                Ok(Progress::More) => {}
                ended => return (chunks, ended),
            }
        }
        let ended = stream.end(&mut chunks).map(|()| Progress::Done);
        (chunks, ended)
    }

    fn response(status: &str, output: &Value) -> Value {
        json!({
            "id": "resp_1",
            "status": status,
            "output": output,
            "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12,
                      "input_tokens_details": {"cached_tokens": 2},
                      "output_tokens_details": {"reasoning_tokens": 3}},
        })
    }

    #[test]
    fn an_answer_has_text_thoughts_calls_and_counts() {
        let output = json!([
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "web_search_call", "id": "w"},
        ]);
        let answer = whole(&response("completed", &output).to_string()).unwrap();
        assert_eq!(
            answer["choices"][0],
            json!({"index": 0, "finish_reason": "tool_calls", "message": {
                "content": "Hi",
                "reasoning_content": "Hm.",
                "tool_calls": [message::tool_call("c1", "f", "{}")],
                "role": "assistant",
            }})
        );
        assert_eq!(answer["usage"]["prompt_tokens_details"]["cached_tokens"], 2);
        assert_eq!(answer["usage"]["completion_tokens_details"]["reasoning_tokens"], 3);
    }

    #[test]
    fn an_answer_may_come_as_a_stream_unasked() {
        let last = json!({"type": "response.incomplete", "response": response("incomplete", &json!([]))});
        let answer =
            whole(&format!("event: a\ndata: {{\"type\": \"a\"}}\n\nevent: b\ndata: {last}\n\n")).unwrap();
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
    }

    #[test]
    fn what_failed_is_an_error() {
        assert!(whole("data: {\"type\": \"response.created\"}\n\n").is_err());
        assert!(whole("<html></html>").is_err());
        let failed = r#"{"status": "failed", "error": {"message": "over capacity"}, "output": []}"#;
        assert!(matches!(whole(failed), Err(TranslateError::Failed { .. })));
    }

    #[test]
    fn a_stream_becomes_chunks() {
        let (chunks, ended) = streamed(&[
            json!({"type": "response.created"}),
            json!({"type": "response.output_text.delta", "delta": "Hi"}),
            json!({"type": "response.output_item.added", "output_index": 1,
                   "item": {"type": "function_call", "call_id": "c1", "name": "f", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{}"}),
            json!({"type": "response.completed", "response": response("completed", &json!([
                {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            ]))}),
        ]);
        assert_eq!(ended, Ok(Progress::Done));
        assert_eq!(
            chunks[..5],
            [
                chunk::role(),
                chunk::text("Hi"),
                chunk::tool_start(0, "c1", "f", ""),
                chunk::tool_arguments(0, "{}"),
                chunk::finish("tool_calls"),
            ]
        );
        assert_eq!(chunks[5]["usage"]["total_tokens"], 12);
    }

    #[test]
    fn a_stream_without_its_end_is_cut_off() {
        let (_, ended) = streamed(&[json!({"type": "response.output_text.delta", "delta": "Hi"})]);
        assert_eq!(ended, Err(TranslateError::Truncated));
        let (_, ended) = streamed(&[json!({"type": "error", "message": "over capacity"})]);
        assert!(matches!(ended, Err(TranslateError::Failed { .. })));
    }
}
