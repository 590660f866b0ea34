//! Answers of hosts that speak OpenAI's format, each with an accent.
//!
//! OpenAI's own answers pass as they are. Others tell reasoning under several names or as parts of the content, have
//! finish reasons of their own, and usage where OpenAI has none; here all of it gets OpenAI's form.

use serde_json::{Map, Value, json};

use crate::domain::{Call, Mode, WireResponse};

use super::super::answer;
use super::super::chat::{
    Answers, Progress, StreamTranslator, Streaming, TranslateError, Translator, message, think,
};
use super::super::framing::Event;
use super::super::{BuildError, MessageRule, ShapeError, Target};
use super::structured;

/// What OpenAI says after the last chunk of a stream.
const DONE: &[u8] = b"[DONE]";

/// The answers of a provider of OpenAI's format, in the modes whose bodies are text: OpenAI's own as they are, others'
/// by [`Accent`] where they chat.
///
/// # Errors
/// For a mode that clients can't call here.
pub fn answers(target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
    let quirks = &target.provider.quirks;
    let is_plain = quirks.openai_models || quirks.messages.contains(&MessageRule::AsTheyAre);
    if call.mode == Mode::Chat && !is_plain {
        let keeps_thoughts = quirks.messages.contains(&MessageRule::ThoughtsInText);
        return Ok(Answers::by(Accent { keeps_thoughts, ..Accent::default() }));
    }
    plain_answers(target, call)
}

/// The answers of OpenAI's own servers.
///
/// # Errors
/// As [`answers`].
pub fn plain_answers(target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
    match call.mode {
        Mode::Chat | Mode::Completion | Mode::Embedding | Mode::Responses => Ok(Answers::AsTheyAre),
        mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
    }
}

/// Reads OpenAI's format as the world speaks it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Accent {
    /// The call of [`structured::TOOL`] is the answer's text.
    pub by_tool: bool,
    /// Thoughts within the text are its model's own affair.
    pub keeps_thoughts: bool,
}

impl Translator for Accent {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let mut answer: Map<String, Value> = answer::read(response)?;
        if tells_error(&answer) {
            return Err(TranslateError::told(status_in(&answer), &response.body));
        }
        let Some(Value::Array(choices)) =
            answer.get_mut("choices").filter(|choices| choices.as_array().is_some_and(|all| !all.is_empty()))
        else {
            return Err(ShapeError::Missing("choices").into());
        };
        for choice in choices.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::Object(message)) = choice.get_mut("message") {
                self.put_right(message);
                if !self.keeps_thoughts {
                    part_thoughts(message);
                }
            }
        }
        self.put_finish_right(&mut answer);
        if let Some(Value::Object(usage)) = answer.get_mut("usage") {
            put_usage_right(usage);
        }
        Ok(Value::Object(answer))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(AccentStream { accent: *self, usage: None, is_finished: false }))
    }
}

impl Accent {
    /// Gives a message, or a piece of one, OpenAI's form.
    fn put_right(self, message: &mut Map<String, Value>) {
        if let Some(Value::Array(parts)) = message.get("content") {
            let parts = Parts::of(parts);
            parts.put_into(message);
        }
        if !message.contains_key("reasoning_content")
            && let Some(Value::String(reasoning)) = message.get("reasoning")
        {
            let reasoning = reasoning.clone();
            message.insert("reasoning_content".to_owned(), Value::from(reasoning));
        }
        if self.by_tool {
            answer_by_tool(message);
        }
    }

    /// Where a tool stands for the answer, its call is the end of one.
    fn put_finish_right(self, answer: &mut Map<String, Value>) {
        message::respell_finish(answer);
        let choices = answer.get_mut("choices").and_then(Value::as_array_mut);
        for choice in choices.into_iter().flatten().filter(|_| self.by_tool) {
            if choice["finish_reason"] == "tool_calls" {
                choice["finish_reason"] = Value::from("stop");
            }
        }
    }
}

/// One stream. Usage is told once, at the end: some hosts repeat it with every chunk.
struct AccentStream {
    accent: Accent,
    usage: Option<Value>,
    is_finished: bool,
}

impl StreamTranslator for AccentStream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let data = event.data.trim_ascii();
        if data == DONE {
            self.tell_usage(chunks);
            return Ok(Progress::Done);
        }
        let Ok(Value::Object(mut chunk)) = serde_json::from_slice::<Value>(data) else {
            return Err(ShapeError::NotJson("an event of another kind".to_owned()).into());
        };
        if tells_error(&chunk) {
            return Err(TranslateError::told(status_in(&chunk), &event.data));
        }
        if let Some(usage) = chunk.shift_remove("usage").filter(|usage| !usage.is_null()) {
            self.usage = Some(usage);
        }
        self.accent.put_finish_right(&mut chunk);
        let Some(Value::Array(choices)) = chunk.get_mut("choices") else {
            return Ok(Progress::More);
        };
        for choice in choices.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::Object(delta)) = choice.get_mut("delta") {
                self.accent.put_right(delta);
            }
            self.is_finished |= choice.get("finish_reason").is_some_and(|reason| !reason.is_null());
        }
        if !choices.is_empty() {
            chunks.push(Value::Object(chunk));
        }
        Ok(Progress::More)
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        if !self.is_finished {
            return Err(TranslateError::Truncated);
        }
        self.tell_usage(chunks);
        Ok(())
    }
}

impl AccentStream {
    fn tell_usage(&mut self, chunks: &mut Vec<Value>) {
        if let Some(mut usage) = self.usage.take() {
            if let Value::Object(usage) = &mut usage {
                put_usage_right(usage);
            }
            chunks.push(json!({"choices": [], "usage": usage}));
        }
    }
}

/// Content in parts, told apart.
#[derive(Default)]
struct Parts {
    text: String,
    reasoning: String,
    thoughts: Vec<Value>,
}

impl Parts {
    /// Reads Mistral's parts (`thinking`), Databricks' (`reasoning`) and plain text.
    fn of(parts: &[Value]) -> Self {
        let mut told = Self::default();
        for part in parts {
            match part["type"].as_str() {
                Some("thinking") => told.reasoning.push_str(&texts(&part["thinking"])),
                Some("reasoning") => {
                    for summary in part["summary"].as_array().into_iter().flatten() {
                        let text = summary["text"].as_str().unwrap_or_default();
                        told.reasoning.push_str(text);
                        let signature = summary["signature"].as_str().unwrap_or_default();
                        told.thoughts
                            .push(json!({"type": "thinking", "thinking": text, "signature": signature}));
                    }
                }
                _ => told.text.push_str(part["text"].as_str().unwrap_or_default()),
            }
        }
        told
    }

    fn put_into(self, message: &mut Map<String, Value>) {
        message.insert("content".to_owned(), Value::from(self.text));
        if !self.reasoning.is_empty() {
            message.insert("reasoning_content".to_owned(), Value::from(self.reasoning));
        }
        if !self.thoughts.is_empty() {
            message.insert("thinking_blocks".to_owned(), Value::from(self.thoughts));
        }
    }
}

/// The text of what is a text, or a list of parts with texts.
fn texts(value: &Value) -> String {
    match value {
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => value.as_str().unwrap_or_default().to_owned(),
    }
}

/// Parts the thoughts with which a text begins from the text.
fn part_thoughts(message: &mut Map<String, Value>) {
    let Some(content) = message.get("content").and_then(Value::as_str) else { return };
    let (Some(thoughts), text) = think::split(content) else { return };
    message.insert("content".to_owned(), Value::from(text));
    message.entry("reasoning_content").or_insert_with(|| Value::from(thoughts));
}

/// What the tool was called with that stands for the answer, as the answer's text.
fn answer_by_tool(message: &mut Map<String, Value>) {
    let Some(Value::Array(calls)) = message.get("tool_calls") else {
        return;
    };
    let own = |call: &&Value| call["function"]["name"].as_str().is_none_or(|name| name == structured::TOOL);
    if !calls.iter().all(|call| own(&call)) {
        return;
    }
    let text: String = calls.iter().filter_map(|call| call["function"]["arguments"].as_str()).collect();
    message.shift_remove("tool_calls");
    message.insert("content".to_owned(), Value::from(text));
}

/// Counts reasoning among the output where a host leaves it out, and cached input where it has another name for it.
fn put_usage_right(usage: &mut Map<String, Value>) {
    let count = |name: &str| usage.get(name).and_then(Value::as_u64);
    if let (Some(prompt), Some(completion), Some(total)) =
        (count("prompt_tokens"), count("completion_tokens"), count("total_tokens"))
    {
        let reasoning = usage
            .get("completion_tokens_details")
            .and_then(|details| details["reasoning_tokens"].as_u64())
            .unwrap_or_default();
        if reasoning > 0 && prompt + completion + reasoning == total {
            usage.insert("completion_tokens".to_owned(), Value::from(completion + reasoning));
        }
    }
    if !usage.contains_key("prompt_tokens_details")
        && let Some(cached) = usage.get("prompt_cache_hit_tokens").and_then(Value::as_u64)
    {
        usage.insert("prompt_tokens_details".to_owned(), json!({"cached_tokens": cached}));
    }
}

/// Whether a body, or an event, is an error: one with words, or marked as one.
fn tells_error(body: &Map<String, Value>) -> bool {
    let is_marked = body.get("object").is_some_and(|object| object == "error");
    is_marked
        || match body.get("error") {
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            _ => false,
        }
}

/// The HTTP status that an error in a body names.
fn status_in(body: &Map<String, Value>) -> Option<u16> {
    let error = body.get("error").unwrap_or(&Value::Null);
    let code = [&error["code"], &error["status"]].into_iter().find_map(Value::as_u64)?;
    u16::try_from(code).ok().filter(|code| (400..600).contains(code))
}
