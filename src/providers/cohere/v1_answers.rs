//! Answers of version 1.

use serde_json::{Map, Value, json};

use crate::domain::WireResponse;
use crate::providers::chat::message::{self, Usage};
use crate::providers::chat::{
    Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, json as read,
};
use crate::providers::framing::Event;
use crate::providers::{ShapeError, answer};

use super::answers::{finish, whole};

/// Reads answers of chat.
pub(super) struct Chat;

impl Translator for Chat {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer: Value = answer::read(response)?;
        let text = answer["text"].as_str().ok_or(ShapeError::Missing("text"))?;
        let calls: Vec<Value> = calls(&answer).collect();
        let finish = finish(answer["finish_reason"].as_str(), None)?;
        let finish = if calls.is_empty() { finish } else { "tool_calls" };
        let content = Some(text).filter(|text| calls.is_empty() || !text.is_empty());
        let mut message = Map::from_iter([("content".to_owned(), json!(content))]);
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), json!(calls));
        }
        let annotations = annotations(&answer["citations"], &answer["documents"]);
        if !annotations.is_empty() {
            message.insert("annotations".to_owned(), json!(annotations));
        }
        let mut completion = message::completion(message, finish, usage(&answer["meta"]).as_ref());
        if let Some(id) = answer.get("response_id") {
            completion["id"] = id.clone();
        }
        Ok(completion)
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::json_lines(Stream::default()))
    }
}

/// The calls in an answer or event, which have no ids here.
fn calls(answer: &Value) -> impl Iterator<Item = Value> {
    let calls = answer.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    calls.map(|call| {
        let arguments = call.get("parameters").map_or_else(|| "{}".to_owned(), Value::to_string);
        let name = call["name"].as_str().unwrap_or_default();
        message::tool_call(&message::new_tool_id(), name, &arguments)
    })
}

/// What is paid for, which is what version 1 counts in all of its answers.
fn usage(meta: &Value) -> Option<Usage> {
    let billed = meta.get("billed_units")?;
    let count = |name: &str| billed.get(name).and_then(Value::as_f64).map(whole);
    Some(Usage {
        prompt: count("input_tokens")?,
        completion: count("output_tokens").unwrap_or(0),
        ..Usage::default()
    })
}

/// Passages with the documents that they rest on.
fn annotations(citations: &Value, documents: &Value) -> Vec<Value> {
    let list = |value: &'static str, of: &Value| {
        of.get(value).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let mut found = Vec::new();
    for citation in citations.as_array().into_iter().flatten() {
        for id in list("document_ids", citation) {
            let document = documents.as_array().into_iter().flatten().find(|one| one["id"] == id);
            let of_document = |name: &str| document?.get(name)?.as_str();
            let id = id.as_str().unwrap_or_default();
            found.push(json!({"type": "url_citation", "url_citation": {
                "start_index": citation["start"],
                "end_index": citation["end"],
                "title": of_document("title").unwrap_or(id),
                "url": of_document("url").map_or_else(|| format!("source:{id}"), str::to_owned),
            }}));
        }
    }
    found
}

/// A stream under way.
#[derive(Default)]
struct Stream {
    calls: usize,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let told = read(event)?;
        match told["event_type"].as_str() {
            Some("stream-start") => chunks.push(chunk::role()),
            Some("text-generation") => chunks.extend(told["text"].as_str().map(chunk::text)),
            // Comes whole after its pieces.
            Some("tool-calls-generation") => {
                let text = told["text"].as_str().filter(|text| !text.is_empty());
                chunks.extend(text.map(chunk::text));
                for mut call in calls(&told) {
                    call["index"] = json!(self.calls);
                    self.calls += 1;
                    chunks.push(chunk::delta(json!({"tool_calls": [call]})));
                }
            }
            Some("stream-end") => {
                let reason = finish(told["finish_reason"].as_str(), told["error"].as_str())?;
                let reason = if self.calls > 0 { "tool_calls" } else { reason };
                let answer = &told["response"];
                let annotations = annotations(&answer["citations"], &answer["documents"]);
                if !annotations.is_empty() {
                    chunks.push(chunk::delta(json!({"annotations": annotations})));
                }
                chunks.push(chunk::finish(reason));
                chunks.extend(usage(&answer["meta"]).as_ref().map(chunk::usage));
                return Ok(Progress::Done);
            }
            Some(_) => {}
            None => return Err(TranslateError::told(None, &event.data)),
        }
        Ok(Progress::More)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}
