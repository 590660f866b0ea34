//! Streams of the Messages API, event by event, in OpenAI's form.

use serde::Deserialize;
use serde_json::Value;

use crate::providers::chat::{Progress, StreamTranslator, TranslateError, chunk, read};
use crate::providers::framing::Event;

use super::answer::Counts;
use super::blocks::{self, Told};
use super::names::ClientTools;

/// One stream under way.
pub(super) struct Stream {
    told: Told,
    counts: Counts,
    /// Why the answer ended has been told.
    has_finished: bool,
}

/// Any event.
#[derive(Deserialize)]
struct Step {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: Opening,
    #[serde(default)]
    content_block: Value,
    #[serde(default)]
    delta: Value,
    #[serde(default)]
    usage: Counts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Opening {
    id: Value,
    usage: Counts,
}

impl Stream {
    pub(super) fn new(tools: ClientTools) -> Self {
        Self { told: Told::new(tools), counts: Counts::default(), has_finished: false }
    }

    fn begin(&mut self, block: &Value, chunks: &mut Vec<Value>) {
        let text = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "tool_use" => self.told.begin_call(text("id"), text("name"), &block["input"], chunks),
            "thinking" => {
                self.told.think(text("thinking"), chunks);
                self.told.sign(text("signature"));
            }
            "redacted_thinking" => blocks::redacted(&block["data"], chunks),
            "text" => blocks::text(text("text"), chunks),
            // Tools that the provider runs itself.
            _ => {}
        }
    }

    fn go_on(&mut self, delta: &Value, chunks: &mut Vec<Value>) {
        let piece = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default();
        match piece("type") {
            "text_delta" => blocks::text(piece("text"), chunks),
            "input_json_delta" => self.told.input(piece("partial_json"), chunks),
            "thinking_delta" => self.told.think(piece("thinking"), chunks),
            "signature_delta" => self.told.sign(piece("signature")),
            "citations_delta" => blocks::citation(&delta["citation"], chunks),
            // What may be added.
            _ => {}
        }
    }
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let step: Step = read(event)?;
        match step.kind.as_str() {
            "message_start" => {
                self.counts.update(step.message.usage);
                let mut first = chunk::role();
                first["id"] = step.message.id;
                chunks.push(first);
            }
            "content_block_start" => self.begin(&step.content_block, chunks),
            "content_block_delta" => self.go_on(&step.delta, chunks),
            "content_block_stop" => self.told.close(chunks),
            "message_delta" => {
                self.counts.update(step.usage);
                if let Some(reason) = step.delta.get("stop_reason").and_then(Value::as_str) {
                    chunks.push(chunk::finish(self.told.finish(reason)));
                    self.has_finished = true;
                }
            }
            "message_stop" if self.has_finished => {
                chunks.push(chunk::usage(&self.counts.to_usage()));
                return Ok(Progress::Done);
            }
            "message_stop" => return Err(TranslateError::Truncated),
            "error" => return Err(super::told(&event.data)),
            // Pings, and what may be added: clients are asked to live with it.
            _ => {}
        }
        Ok(Progress::More)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}
