//! Chat by way of the orchestration: a template without anything to be filled in, and OpenAI's answers in an envelope.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::domain::{Call, WireResponse};
use crate::providers::chat::history;
use crate::providers::chat::{Progress, StreamTranslator, Streaming, TranslateError, Translator};
use crate::providers::framing::Event;
use crate::providers::openai::{self, Accent};
use crate::providers::{ShapeError, Target, answer, params};

pub(super) fn body(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Value {
    let messages = call.payload.get("messages").and_then(Value::as_array);
    history::refuse_all_but_images(target, messages.map_or(&[], Vec::as_slice), left_out);
    let mut asked = openai::json_body(target, call, left_out);
    for name in ["stream", "stream_options"] {
        asked.shift_remove(name);
    }
    // Which is what happens anyway, and not every model behind the service knows the word.
    if asked.get("tool_choice").is_some_and(|choice| choice == "auto") {
        asked.shift_remove("tool_choice");
    }
    let mut prompt = Map::new();
    if let Some(Value::Array(messages)) = asked.shift_remove("messages") {
        prompt.insert("template".to_owned(), messages.into_iter().map(turn).collect());
    }
    if let Some(tools) = params::functions(target, asked.shift_remove("tools").as_ref(), left_out) {
        prompt.insert("tools".to_owned(), tools.into_iter().map(tool).collect());
    }
    if let Some(format) = asked.shift_remove("response_format") {
        prompt.insert("response_format".to_owned(), format);
    }
    let model = super::model(target, asked);
    let mut config = json!({"modules": {"prompt_templating": {"prompt": prompt, "model": model}}});
    if call.stream {
        config["stream"] = json!({"enabled": true});
    }
    json!({"config": config})
}

/// What the messages of a template have.
const MESSAGE_FIELDS: &[&str] = &["role", "content", "tool_calls", "tool_call_id", "refusal"];

/// A message without what other vendors' clients put into theirs; only what a user says may be in parts.
fn turn(mut message: Value) -> Value {
    if let Value::Object(fields) = &mut message {
        fields.retain(|name, _| MESSAGE_FIELDS.contains(&name.as_str()));
    }
    for call in message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
        let function = &call["function"];
        let function = json!({"name": function["name"], "arguments": function["arguments"]});
        *call = json!({"id": call["id"], "type": "function", "function": function});
    }
    if message["role"] != "user"
        && let Some(parts) = message["content"].as_array()
    {
        let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        message["content"] = json!(texts.join("\n"));
    }
    message
}

/// A tool, of which all has to be told.
fn tool(tool: &Value) -> Value {
    let mut tool = tool.clone();
    if let Some(Value::Object(function)) = tool.get_mut("function") {
        function.entry("parameters").or_insert_with(|| json!({"type": "object", "properties": {}}));
        function.entry("strict").or_insert(json!(false));
    }
    tool
}

/// Reads what the orchestration passes on of a model's answers.
pub(super) struct Orchestrated;

/// An answer, or an event of a stream, around OpenAI's.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, alias = "orchestration_result")]
    final_result: Option<&'a RawValue>,
    error: Option<IgnoredAny>,
    code: Option<IgnoredAny>,
}

impl Envelope<'_> {
    /// What is in it. `body` is what it was read from.
    fn open(&self, body: &Bytes) -> Result<Option<Bytes>, TranslateError> {
        if self.error.is_some() || self.code.is_some() {
            return Err(TranslateError::told(None, body));
        }
        Ok(self.final_result.map(|result| body.slice_ref(result.get().as_bytes())))
    }
}

impl Translator for Orchestrated {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let envelope: Envelope<'_> = answer::read(response)?;
        let body = envelope.open(&response.body)?.ok_or(ShapeError::Missing("final_result"))?;
        Accent::default().response(&WireResponse { body, ..response.clone() })
    }

    fn stream(&self) -> Option<Streaming> {
        let inner = Accent::default().stream()?;
        Some(Streaming { framing: inner.framing, translator: Box::new(Stream(inner.translator)) })
    }
}

/// A stream under way, of OpenAI's chunks in envelopes.
struct Stream(Box<dyn StreamTranslator>);

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        if event.is_done() {
            return self.0.event(event, chunks);
        }
        let envelope: Envelope<'_> = serde_json::from_slice(&event.data)
            .map_err(|_| ShapeError::NotJson("an event of another kind".to_owned()))?;
        match envelope.open(&event.data)? {
            Some(chunk) => self.0.event(&Event::new(chunk), chunks),
            // What another module than the model has to say.
            None => Ok(Progress::More),
        }
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        self.0.end(chunks)
    }
}
