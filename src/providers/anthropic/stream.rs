//! Streams of the Messages API, event by event, in OpenAI's form.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::providers::chat::{Progress, StreamTranslator, TranslateError, chunk, read};
use crate::providers::framing::Event;

use super::answer::{Counts, finish};
use super::structured::JSON_TOOL;

/// One stream under way.
pub(super) struct Stream {
    json_tool: bool,
    /// The block that is being told; blocks follow one another.
    block: Block,
    /// How many tools were called.
    calls: usize,
    /// The JSON tool was called.
    is_json: bool,
    counts: Counts,
    /// Why the answer ended has been told.
    has_finished: bool,
}

/// A block of content under way.
enum Block {
    /// Text, and what has no place in OpenAI's form.
    Other,
    /// A call of a tool.
    Call {
        index: usize,
        /// What its input is, when no pieces of it come.
        input: String,
    },
    /// The input of the JSON tool, which is the answer.
    Json { input: String },
    /// Thinking, which the client has to bring back whole and with its signature.
    Thinking { text: String, signature: String },
}

/// Any event.
#[derive(Deserialize)]
struct Told {
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
    pub(super) fn new(json_tool: bool) -> Self {
        Self {
            json_tool,
            block: Block::Other,
            calls: 0,
            is_json: false,
            counts: Counts::default(),
            has_finished: false,
        }
    }

    fn begin(&mut self, block: &Value, chunks: &mut Vec<Value>) {
        let text = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
        self.block = match text("type") {
            "tool_use" => {
                let input = block.get("input").unwrap_or(&json!({})).to_string();
                if self.json_tool && text("name") == JSON_TOOL {
                    self.is_json = true;
                    Block::Json { input }
                } else {
                    let index = self.calls;
                    self.calls += 1;
                    chunks.push(chunk::tool_start(index, text("id"), text("name"), ""));
                    Block::Call { index, input }
                }
            }
            "thinking" => {
                let thought = text("thinking");
                if !thought.is_empty() {
                    chunks.push(chunk::reasoning(thought));
                }
                Block::Thinking { text: thought.to_owned(), signature: text("signature").to_owned() }
            }
            "redacted_thinking" => {
                chunks.push(chunk::delta(json!({"reasoning_content": "", "thinking_blocks": [block]})));
                Block::Other
            }
            "text" => {
                if !text("text").is_empty() {
                    chunks.push(chunk::text(text("text")));
                }
                Block::Other
            }
            _ => Block::Other,
        };
    }

    fn go_on(&mut self, delta: &Value, chunks: &mut Vec<Value>) {
        let piece = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default();
        match (&mut self.block, piece("type")) {
            (_, "text_delta") => chunks.push(chunk::text(piece("text"))),
            (Block::Call { index, input }, "input_json_delta") => {
                let more = piece("partial_json");
                if !more.is_empty() {
                    input.clear();
                    chunks.push(chunk::tool_arguments(*index, more));
                }
            }
            (Block::Json { input }, "input_json_delta") => {
                let more = piece("partial_json");
                if !more.is_empty() {
                    input.clear();
                    chunks.push(chunk::text(more));
                }
            }
            (Block::Thinking { text, .. }, "thinking_delta") => {
                text.push_str(piece("thinking"));
                chunks.push(chunk::reasoning(piece("thinking")));
            }
            (Block::Thinking { signature, .. }, "signature_delta") => signature.push_str(piece("signature")),
            // Citations and the like.
            _ => {}
        }
    }

    fn close(&mut self, chunks: &mut Vec<Value>) {
        match std::mem::replace(&mut self.block, Block::Other) {
            Block::Call { index, input } if !input.is_empty() => {
                chunks.push(chunk::tool_arguments(index, &input));
            }
            Block::Json { input } if !input.is_empty() => chunks.push(chunk::text(&input)),
            Block::Thinking { text, signature } => {
                let block = json!({"type": "thinking", "thinking": text, "signature": signature});
                chunks.push(chunk::delta(json!({"reasoning_content": "", "thinking_blocks": [block]})));
            }
            Block::Other | Block::Call { .. } | Block::Json { .. } => {}
        }
    }
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let told: Told = read(event)?;
        match told.kind.as_str() {
            "message_start" => {
                self.counts.update(told.message.usage);
                let mut first = chunk::role();
                first["id"] = told.message.id;
                chunks.push(first);
            }
            "content_block_start" => self.begin(&told.content_block, chunks),
            "content_block_delta" => self.go_on(&told.delta, chunks),
            "content_block_stop" => self.close(chunks),
            "message_delta" => {
                self.counts.update(told.usage);
                if let Some(reason) = told.delta.get("stop_reason").and_then(Value::as_str) {
                    chunks.push(chunk::finish(finish(reason, self.is_json && self.calls == 0)));
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
