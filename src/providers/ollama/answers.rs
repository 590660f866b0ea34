//! Answers of both endpoints: a text, or a message.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Call, Mode, WireResponse};
use crate::providers::chat::message::{self, Usage};
use crate::providers::chat::think::{self, Said, ThinkTags};
use crate::providers::chat::{
    Answers, Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk,
};
use crate::providers::framing::Event;
use crate::providers::{BuildError, ShapeError, Target, answer};

/// How the answers to a chat become OpenAI's.
pub(super) fn of(target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
    if call.mode != Mode::Chat {
        return Err(BuildError::NotCallable { provider: target.provider.slug, mode: call.mode });
    }
    let tools = call.payload.get("tools").and_then(Value::as_array).into_iter().flatten();
    let names = tools.filter_map(|tool| Some(tool.pointer("/function/name")?.as_str()?.to_owned()));
    Ok(Answers::by(Ollama { tools: names.collect() }))
}

struct Ollama {
    /// The names of the tools on offer.
    tools: Vec<String>,
}

impl Translator for Ollama {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer: Answer = answer::read(response)?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(None, &response.body));
        }
        let said = answer.said().ok_or(ShapeError::Missing("message"))?;
        let (written, text) = think::split(said.text);
        let mut calls: Vec<Value> = said.calls.iter().map(tool_call).collect();
        let mut message = Map::new();
        if let Some(call) = self.written_call(&text).filter(|_| calls.is_empty()) {
            calls.push(call);
        } else {
            message.insert("content".to_owned(), json!(text));
        }
        if let Some(thoughts) = said.thinking.map(str::to_owned).or(written) {
            message.insert("reasoning_content".to_owned(), json!(thoughts));
        }
        let finish = answer.finish(!calls.is_empty());
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), json!(calls));
        }
        Ok(message::completion(message, finish, answer.usage().as_ref()))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::json_lines(Stream::default()))
    }
}

impl Ollama {
    /// A call of a tool on offer as a model writes it whose template knows no tools: as its whole answer.
    fn written_call(&self, text: &str) -> Option<Value> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            name: String,
            #[serde(alias = "parameters")]
            arguments: Map<String, Value>,
        }
        let call: Written = serde_json::from_str(text).ok().filter(|_| !self.tools.is_empty())?;
        let arguments = Value::Object(call.arguments).to_string();
        self.tools
            .contains(&call.name)
            .then(|| message::tool_call(&message::new_tool_id(), &call.name, &arguments))
    }
}

/// An answer, or a line of a stream.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    /// Of `/api/generate`.
    response: Option<String>,
    thinking: Option<String>,
    /// Of `/api/chat`.
    message: Option<Message>,
    done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
    error: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    content: String,
    thinking: Option<String>,
    tool_calls: Vec<Value>,
}

/// What an answer says, in either endpoint.
struct Spoken<'a> {
    text: &'a str,
    thinking: Option<&'a str>,
    calls: &'a [Value],
}

impl Answer {
    fn said(&self) -> Option<Spoken<'_>> {
        let (text, thinking, calls) = match &self.message {
            Some(message) => (message.content.as_str(), &message.thinking, &message.tool_calls[..]),
            None => (self.response.as_deref()?, &self.thinking, &[][..]),
        };
        Some(Spoken { text, thinking: thinking.as_deref().filter(|text| !text.is_empty()), calls })
    }

    /// OpenAI's word for why the answer ended. Older servers don't tell.
    fn finish(&self, called: bool) -> &'static str {
        match self.done_reason.as_deref() {
            Some("length") => "length",
            _ if called => "tool_calls",
            _ => "stop",
        }
    }

    fn usage(&self) -> Option<Usage> {
        if self.prompt_eval_count.is_none() && self.eval_count.is_none() {
            return None;
        }
        Some(Usage {
            // A prompt that was in the cache is not evaluated, and not counted.
            prompt: self.prompt_eval_count.unwrap_or(0),
            completion: self.eval_count.unwrap_or(0),
            ..Usage::default()
        })
    }
}

fn tool_call(call: &Value) -> Value {
    let function = &call["function"];
    let id = call.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.map_or_else(message::new_tool_id, str::to_owned);
    let arguments = match &function["arguments"] {
        Value::String(text) => text.clone(),
        Value::Null => "{}".to_owned(),
        object => object.to_string(),
    };
    message::tool_call(&id, function["name"].as_str().unwrap_or_default(), &arguments)
}

/// A stream under way.
#[derive(Default)]
struct Stream {
    has_begun: bool,
    tags: ThinkTags,
    calls: usize,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let answer: Answer = serde_json::from_slice(&event.data)
            .map_err(|_| ShapeError::NotJson("a line of another kind".to_owned()))?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(None, &event.data));
        }
        if !self.has_begun {
            self.has_begun = true;
            chunks.push(chunk::role());
        }
        if let Some(said) = answer.said() {
            chunks.extend(said.thinking.map(chunk::reasoning));
            chunks.extend(self.tags.push(said.text).iter().map(piece));
            for call in said.calls {
                let mut call = tool_call(call);
                call["index"] = json!(self.calls);
                self.calls += 1;
                chunks.push(chunk::delta(json!({"tool_calls": [call]})));
            }
        }
        if !answer.done {
            return Ok(Progress::More);
        }
        chunks.extend(self.tags.finish().iter().map(piece));
        chunks.push(chunk::finish(answer.finish(self.calls > 0)));
        chunks.extend(answer.usage().as_ref().map(chunk::usage));
        Ok(Progress::Done)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}

fn piece(said: &Said) -> Value {
    match said {
        Said::Thought(words) => chunk::reasoning(words),
        Said::Text(words) => chunk::text(words),
    }
}
