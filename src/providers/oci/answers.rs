//! Answers of the generic format.

use serde_json::{Map, Value, json};

use crate::domain::WireResponse;
use crate::providers::chat::message::{self, Usage};
use crate::providers::chat::{
    Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, json as read,
};
use crate::providers::framing::Event;
use crate::providers::{ShapeError, answer};

/// Reads answers of the generic format.
pub(super) struct Generic;

impl Translator for Generic {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer = chat_response(response)?;
        let choices = answer["choices"].as_array().filter(|choices| !choices.is_empty());
        let choices = choices.ok_or(ShapeError::Missing("choices"))?;
        let choices: Vec<Value> = choices.iter().enumerate().map(choice).collect::<Result<_, _>>()?;
        let mut completion = json!({"choices": choices});
        if let Some(usage) = usage(&answer["usage"]) {
            completion["usage"] = usage.to_json();
        }
        Ok(completion)
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Stream::default()))
    }
}

/// What the model said, without what OCI says of the model.
pub(super) fn chat_response(response: &WireResponse) -> Result<Value, TranslateError> {
    let mut answer: Value = answer::read(response)?;
    let chat = answer["chatResponse"].take();
    if chat.is_object() {
        Ok(chat)
    } else if answer.get("code").is_some() {
        Err(TranslateError::told(None, &response.body))
    } else {
        Err(ShapeError::Missing("chatResponse").into())
    }
}

fn choice((place, choice): (usize, &Value)) -> Result<Value, TranslateError> {
    let said = &choice["message"];
    let mut message =
        Map::from_iter([("role".to_owned(), json!("assistant")), ("content".to_owned(), json!(text(said)))]);
    let calls: Vec<Value> = said["toolCalls"].as_array().into_iter().flatten().map(tool_call).collect();
    let finish = finish(choice["finishReason"].as_str(), !calls.is_empty())?;
    if !calls.is_empty() {
        message.insert("tool_calls".to_owned(), json!(calls));
    }
    for (own, openai) in [("reasoningContent", "reasoning_content"), ("refusal", "refusal")] {
        if let Some(words) = said[own].as_str() {
            message.insert(openai.to_owned(), json!(words));
        }
    }
    let index = choice["index"].as_u64().map_or(json!(place), |index| json!(index));
    Ok(json!({"index": index, "message": message, "finish_reason": finish}))
}

/// The text of a message; `None` when it says nothing.
fn text(message: &Value) -> Option<String> {
    let parts = message["content"].as_array().into_iter().flatten();
    let text: String = parts.filter_map(|part| part["text"].as_str()).collect();
    Some(text).filter(|text| !text.is_empty())
}

fn tool_call(call: &Value) -> Value {
    let own = |name: &str| call[name].as_str().unwrap_or_default();
    message::tool_call(own("id"), own("name"), own("arguments"))
}

/// OpenAI's word for why an answer ended.
pub(super) fn finish(word: Option<&str>, called: bool) -> Result<&'static str, TranslateError> {
    let Some(word) = word else { return Ok(if called { "tool_calls" } else { "stop" }) };
    match message::finish_reason(word) {
        Some("stop") if called => Ok("tool_calls"),
        Some(reason) => Ok(reason),
        None => Err(TranslateError::ended(word, None)),
    }
}

/// Token counts, in both formats.
pub(super) fn usage(usage: &Value) -> Option<Usage> {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64);
    Some(Usage {
        prompt: count("/promptTokens")?,
        completion: count("/completionTokens").unwrap_or(0),
        total: count("/totalTokens"),
        cached: count("/promptTokensDetails/cachedTokens"),
        reasoning: count("/completionTokensDetails/reasoningTokens"),
        ..Usage::default()
    })
}

/// An error within a stream, which stands in the place of an event.
pub(super) fn refuse_error(told: &Value, event: &Event) -> Result<(), TranslateError> {
    if told.get("code").is_none() && !told["message"].is_string() {
        return Ok(());
    }
    let status = told["code"].as_u64().and_then(|code| code.try_into().ok());
    Err(TranslateError::told(status.filter(|status| (400..600).contains(status)), &event.data))
}

/// A stream under way.
#[derive(Default)]
struct Stream {
    has_begun: bool,
    is_finished: bool,
    /// The ids of the calls so far.
    calls: Vec<String>,
    usage: Option<Usage>,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        if event.is_done() {
            self.end(chunks)?;
            return Ok(Progress::Done);
        }
        let told = read(event)?;
        refuse_error(&told, event)?;
        if !self.has_begun {
            self.has_begun = true;
            chunks.push(chunk::role());
        }
        let said = &told["message"];
        chunks.extend(said["reasoningContent"].as_str().map(chunk::reasoning));
        chunks.extend(text(said).as_deref().map(chunk::text));
        for call in said["toolCalls"].as_array().into_iter().flatten() {
            chunks.push(self.call(call));
        }
        self.usage = usage(&told["usage"]).or(self.usage);
        if let Some(word) = told["finishReason"].as_str() {
            chunks.push(chunk::finish(finish(Some(word), !self.calls.is_empty())?));
            self.is_finished = true;
        }
        Ok(Progress::More)
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        if !self.is_finished {
            return Err(TranslateError::Truncated);
        }
        chunks.extend(self.usage.as_ref().map(chunk::usage));
        Ok(())
    }
}

impl Stream {
    /// A call, or a further piece of the last one: a call has a new id.
    fn call(&mut self, call: &Value) -> Value {
        let own = |name: &str| call[name].as_str().unwrap_or_default();
        let id = own("id");
        let known = self.calls.iter().position(|known| known == id);
        match (known, self.calls.len()) {
            (Some(index), _) => chunk::tool_arguments(index, own("arguments")),
            (None, count) if id.is_empty() && count > 0 => chunk::tool_arguments(count - 1, own("arguments")),
            (None, count) => {
                self.calls.push(id.to_owned());
                chunk::tool_start(count, id, own("name"), own("arguments"))
            }
        }
    }
}
