//! What an answer in blocks says in OpenAI's form: text, thinking, calls of tools.
//!
//! Declared reuse point: Bedrock's Converse answers in the same blocks, told in other words.

use serde_json::{Map, Value, json};

use crate::providers::chat::chunk;
use crate::providers::chat::message::{finish_reason, tool_call};

use super::names::ClientTools;

/// OpenAI's word for why an answer ended. A word that is not known is passed on, since it does not tell success.
/// An answer by the JSON tool is an answer like any other.
fn finish(reason: &str, is_json: bool) -> &str {
    match finish_reason(reason) {
        Some("tool_calls") if is_json => "stop",
        known => known.unwrap_or(reason),
    }
}

/// The blocks of a whole answer.
#[derive(Default)]
pub(crate) struct Whole {
    tools: ClientTools,
    /// All text.
    pub(crate) text: String,
    /// The input of the JSON tool.
    json: Option<String>,
    calls: Vec<Value>,
    /// Thinking, in Anthropic's form.
    pub(crate) thinking: Vec<Value>,
    /// Where pieces of the text come from, a list for each such piece, where LiteLLM's clients look for them.
    pub(crate) citations: Vec<Value>,
}

impl Whole {
    /// No block yet.
    pub(crate) fn new(tools: ClientTools) -> Self {
        Self { tools, ..Self::default() }
    }

    /// A call of a tool.
    pub(crate) fn call(&mut self, id: &str, name: &str, input: &Value) {
        let input = if input.is_null() { "{}".to_owned() } else { input.to_string() };
        if self.tools.is_answer(name) {
            self.json = Some(input);
        } else {
            self.calls.push(tool_call(id, self.tools.own_name(name), &input));
        }
    }

    /// OpenAI's word for why the answer ended.
    pub(crate) fn finish<'r>(&self, reason: &'r str) -> &'r str {
        finish(reason, self.json.is_some() && self.calls.is_empty())
    }

    /// The message.
    pub(crate) fn message(self) -> Map<String, Value> {
        let mut message = Map::new();
        let content = self.json.unwrap_or(self.text);
        if !content.is_empty() {
            message.insert("content".to_owned(), Value::from(content));
        }
        if !self.calls.is_empty() {
            message.insert("tool_calls".to_owned(), Value::Array(self.calls));
        }
        if !self.citations.is_empty() {
            message.insert("provider_specific_fields".to_owned(), json!({"citations": self.citations}));
        }
        if !self.thinking.is_empty() {
            let thoughts = self.thinking.iter().filter_map(|block| block.get("thinking")?.as_str());
            message.insert("reasoning_content".to_owned(), Value::from(thoughts.collect::<String>()));
            message.insert("thinking_blocks".to_owned(), Value::Array(self.thinking));
        }
        message
    }
}

/// Tells a piece of text.
pub(crate) fn text(piece: &str, chunks: &mut Vec<Value>) {
    if !piece.is_empty() {
        chunks.push(chunk::text(piece));
    }
}

/// Tells where the text comes from.
pub(crate) fn citation(citation: &Value, chunks: &mut Vec<Value>) {
    chunks.push(chunk::delta(json!({"provider_specific_fields": {"citation": citation}})));
}

/// Tells thinking that only the provider can read.
pub(crate) fn redacted(data: &Value, chunks: &mut Vec<Value>) {
    chunks.push(whole(&json!({"type": "redacted_thinking", "data": data})));
}

/// A whole block of thinking, for the client to bring back.
fn whole(block: &Value) -> Value {
    chunk::delta(json!({"reasoning_content": "", "thinking_blocks": [block]}))
}

/// The blocks of a stream, which follow one another.
pub(crate) struct Told {
    tools: ClientTools,
    open: Block,
    /// How many tools were called.
    calls: usize,
    /// The JSON tool was called.
    is_json: bool,
}

/// The block that is being told.
enum Block {
    /// Text, and what has no place in OpenAI's form.
    Other,
    /// A call of a tool, with its input when no pieces of it come.
    Call { index: usize, input: String },
    /// The input of the JSON tool, which is the answer.
    Json { input: String },
    /// Thinking, which the client has to bring back whole and with its signature.
    Thinking { text: String, signature: String },
}

impl Told {
    /// No block yet.
    pub(crate) fn new(tools: ClientTools) -> Self {
        Self { tools, open: Block::Other, calls: 0, is_json: false }
    }

    /// A tool is called. `input` is what it is called with, if no pieces of that come.
    pub(crate) fn begin_call(&mut self, id: &str, name: &str, input: &Value, chunks: &mut Vec<Value>) {
        let input = if input.is_null() { "{}".to_owned() } else { input.to_string() };
        self.open = if self.tools.is_answer(name) {
            self.is_json = true;
            Block::Json { input }
        } else {
            let index = self.calls;
            self.calls += 1;
            chunks.push(chunk::tool_start(index, id, self.tools.own_name(name), ""));
            Block::Call { index, input }
        };
    }

    /// A piece of a tool's input.
    pub(crate) fn input(&mut self, piece: &str, chunks: &mut Vec<Value>) {
        if piece.is_empty() {
            return;
        }
        match &mut self.open {
            Block::Call { index, input } => {
                input.clear();
                chunks.push(chunk::tool_arguments(*index, piece));
            }
            Block::Json { input } => {
                input.clear();
                chunks.push(chunk::text(piece));
            }
            Block::Other | Block::Thinking { .. } => {}
        }
    }

    /// A piece of thinking.
    pub(crate) fn think(&mut self, piece: &str, chunks: &mut Vec<Value>) {
        if !piece.is_empty() {
            chunks.push(chunk::reasoning(piece));
        }
        match &mut self.open {
            Block::Thinking { text, .. } => text.push_str(piece),
            open => *open = Block::Thinking { text: piece.to_owned(), signature: String::new() },
        }
    }

    /// A piece of the signature below the thinking.
    pub(crate) fn sign(&mut self, piece: &str) {
        if let Block::Thinking { signature, .. } = &mut self.open {
            signature.push_str(piece);
        }
    }

    /// The block has ended.
    pub(crate) fn close(&mut self, chunks: &mut Vec<Value>) {
        match std::mem::replace(&mut self.open, Block::Other) {
            Block::Call { index, input } if !input.is_empty() => {
                chunks.push(chunk::tool_arguments(index, &input));
            }
            Block::Json { input } => text(&input, chunks),
            Block::Thinking { text, signature } if !signature.is_empty() => {
                chunks.push(whole(&json!({"type": "thinking", "thinking": text, "signature": signature})));
            }
            Block::Other | Block::Call { .. } | Block::Thinking { .. } => {}
        }
    }

    /// OpenAI's word for why the answer ended.
    pub(crate) fn finish<'r>(&self, reason: &'r str) -> &'r str {
        finish(reason, self.is_json && self.calls == 0)
    }
}
