//! Answers of Cohere's format.

use serde_json::{Map, Value, json};

use crate::domain::WireResponse;
use crate::providers::ShapeError;
use crate::providers::chat::{
    Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, json as read, message,
};
use crate::providers::framing::Event;

use super::answers::{chat_response, finish, refuse_error, usage};

/// Reads answers of Cohere's format.
pub(super) struct Cohere;

impl Translator for Cohere {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer = chat_response(response)?;
        let text = answer["text"].as_str().ok_or(ShapeError::Missing("text"))?;
        let calls: Vec<Value> = calls(&answer).collect();
        let reason = finish(answer["finishReason"].as_str(), !calls.is_empty())?;
        let mut message = Map::from_iter([("content".to_owned(), json!(text))]);
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), json!(calls));
        }
        Ok(message::completion(message, reason, usage(&answer["usage"]).as_ref()))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Stream::default()))
    }
}

/// The calls of tools, which have no ids here.
fn calls(answer: &Value) -> impl Iterator<Item = Value> {
    let calls = answer.get("toolCalls").and_then(Value::as_array).into_iter().flatten();
    calls.map(|call| {
        let arguments = call.get("parameters").map_or_else(|| "{}".to_owned(), Value::to_string);
        let name = call["name"].as_str().unwrap_or_default();
        message::tool_call(&message::new_tool_id(), name, &arguments)
    })
}

/// A stream under way.
#[derive(Default)]
struct Stream {
    has_begun: bool,
    /// How much text has come, in bytes: the last event has all of it again.
    told: usize,
    calls: usize,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        if event.is_done() {
            return Err(TranslateError::Truncated);
        }
        let told = read(event)?;
        refuse_error(&told, event)?;
        if !self.has_begun {
            self.has_begun = true;
            chunks.push(chunk::role());
        }
        let reason = told["finishReason"].as_str();
        let text = told["text"].as_str().unwrap_or_default();
        let new = if reason.is_some() { text.get(self.told..).unwrap_or_default() } else { text };
        if !new.is_empty() {
            self.told += new.len();
            chunks.push(chunk::text(new));
        }
        // The last event repeats these as well.
        if reason.is_none() || self.calls == 0 {
            for mut call in calls(&told) {
                call["index"] = json!(self.calls);
                self.calls += 1;
                chunks.push(chunk::delta(json!({"tool_calls": [call]})));
            }
        }
        if reason.is_none() {
            return Ok(Progress::More);
        }
        chunks.push(chunk::finish(finish(reason, self.calls > 0)?));
        chunks.extend(usage(&told["usage"]).as_ref().map(chunk::usage));
        Ok(Progress::Done)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}
