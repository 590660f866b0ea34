//! Answers of version 2.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::WireResponse;
use crate::providers::chat::message::{self, Usage};
use crate::providers::chat::{
    Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, json as read,
};
use crate::providers::framing::Event;
use crate::providers::{ShapeError, answer};

/// Reads answers of chat.
pub(super) struct Chat;

impl Translator for Chat {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer: Value = answer::read(response)?;
        let told = answer.get("message").filter(|message| message.is_object());
        let told = told.ok_or(ShapeError::Missing("message"))?;
        let list = |name: &str| told.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let join = |field: &str| {
            let texts = list("content").iter().filter_map(|part| part.get(field)?.as_str());
            Some(texts.collect::<String>()).filter(|text| !text.is_empty())
        };
        let mut message = Map::from_iter([("content".to_owned(), json!(join("text")))]);
        if let Some(thoughts) = join("thinking") {
            message.insert("reasoning_content".to_owned(), json!(thoughts));
        }
        let calls = list("tool_calls");
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), calls.iter().map(tool_call).collect());
        }
        let annotations: Vec<Value> = list("citations").iter().flat_map(annotations).collect();
        if !annotations.is_empty() {
            message.insert("annotations".to_owned(), json!(annotations));
        }
        let finish = finish(answer["finish_reason"].as_str(), None)?;
        let usage = usage(&answer["usage"]);
        let mut completion = message::completion(message, finish, usage.as_ref());
        if let Some(id) = answer.get("id") {
            completion["id"] = id.clone();
        }
        Ok(completion)
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Stream::default()))
    }
}

/// OpenAI's word for why an answer ended.
pub(super) fn finish(word: Option<&str>, words: Option<&str>) -> Result<&'static str, TranslateError> {
    let word = word.unwrap_or_default();
    message::finish_reason(word).ok_or_else(|| TranslateError::ended(word, words))
}

/// Token counts: all tokens, else those that are paid for.
fn usage(usage: &Value) -> Option<Usage> {
    #[derive(Default, Deserialize)]
    struct Counts {
        input_tokens: f64,
        output_tokens: f64,
    }
    let counts = ["tokens", "billed_units"].iter().find_map(|kind| usage.get(*kind));
    let counts = Counts::deserialize(counts?).ok()?;
    Some(Usage {
        prompt: whole(counts.input_tokens),
        completion: whole(counts.output_tokens),
        cached: usage.get("cached_tokens").and_then(Value::as_f64).map(whole),
        ..Usage::default()
    })
}

/// Cohere's counts are written as decimals.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
pub(super) fn whole(count: f64) -> u64 {
    count as u64
}

fn tool_call(call: &Value) -> Value {
    let text = |path: &str| call.pointer(path).and_then(Value::as_str).unwrap_or_default();
    message::tool_call(text("/id"), text("/function/name"), text("/function/arguments"))
}

/// A passage of the answer with each of its sources. What is no page of the web has no address but a name.
fn annotations(citation: &Value) -> impl Iterator<Item = Value> {
    let sources = citation.get("sources").and_then(Value::as_array).into_iter().flatten();
    sources.map(|source| {
        let document = source.get("document").or_else(|| source.get("tool_output"));
        let of_document = |name: &str| document?.get(name)?.as_str();
        let id = source.get("id").and_then(Value::as_str).unwrap_or_default();
        json!({"type": "url_citation", "url_citation": {
            "start_index": citation["start"],
            "end_index": citation["end"],
            "title": of_document("title").unwrap_or(id),
            "url": of_document("url").map_or_else(|| format!("source:{id}"), str::to_owned),
        }})
    })
}

/// A stream under way.
#[derive(Default)]
struct Stream {
    calls: usize,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        if event.is_done() {
            return Err(TranslateError::Truncated);
        }
        let told = read(event)?;
        let text = |path: &str| told.pointer(path).and_then(Value::as_str);
        match told["type"].as_str() {
            Some("message-start") => {
                let mut start = chunk::role();
                start["id"] = told["id"].clone();
                chunks.push(start);
            }
            Some("content-start" | "content-delta") => {
                let thoughts = text("/delta/message/content/thinking").map(chunk::reasoning);
                let words = text("/delta/message/content/text").filter(|text| !text.is_empty());
                chunks.extend(thoughts.into_iter().chain(words.map(chunk::text)));
            }
            Some("tool-call-start") => {
                let call =
                    |path: &str| text(&["/delta/message/tool_calls", path].concat()).unwrap_or_default();
                let (id, name) = (call("/id"), call("/function/name"));
                chunks.push(chunk::tool_start(self.calls, id, name, call("/function/arguments")));
                self.calls += 1;
            }
            Some("tool-call-delta") => {
                if let Some(arguments) = text("/delta/message/tool_calls/function/arguments") {
                    chunks.push(chunk::tool_arguments(self.calls.saturating_sub(1), arguments));
                }
            }
            Some("citation-start") => {
                let citation = told.pointer("/delta/message/citations").unwrap_or(&Value::Null);
                let annotations: Vec<Value> = annotations(citation).collect();
                chunks.push(chunk::delta(json!({"annotations": annotations})));
            }
            Some("message-end") => {
                let reason = finish(text("/delta/finish_reason"), text("/delta/error"))?;
                chunks.push(chunk::finish(reason));
                chunks.extend(usage(&told["delta"]["usage"]).as_ref().map(chunk::usage));
                return Ok(Progress::Done);
            }
            // Events that only say where something ends, and what the model plans to do with tools.
            Some(_) => {}
            None => return Err(TranslateError::told(None, &event.data)),
        }
        Ok(Progress::More)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}
