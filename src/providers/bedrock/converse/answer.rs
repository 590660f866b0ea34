//! Answers of Converse, whole and streamed, in OpenAI's form.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Call, WireResponse};
use crate::providers::anthropic::ClientTools;
use crate::providers::anthropic::blocks::{self, Told, Whole};
use crate::providers::aws;
use crate::providers::chat::message::{Usage, completion};
use crate::providers::chat::{
    Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, read,
};
use crate::providers::framing::{Event, Framing};
use crate::providers::{ShapeError, answer};

use super::streams;

/// Reads the answer to one call.
pub(in crate::providers::bedrock) struct Converse {
    tools: ClientTools,
    streams: bool,
}

impl Converse {
    /// A reader of the answer to this call of a model.
    pub(in crate::providers::bedrock) fn of(model: &str, call: &Call) -> Self {
        Self { tools: ClientTools::of(call), streams: streams(model, &call.payload) }
    }
}

/// A whole answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(rename = "__type", default)]
    exception: answer::Kind,
    output: Option<Output>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Counts,
    #[serde(default)]
    additional_model_response_fields: Value,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    message: Message,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    content: Vec<Value>,
}

/// Where Claude's own count of its thinking stands in what was asked for besides.
const THINKING_TOKENS: &str = "/usage/output_tokens_details/thinking_tokens";

/// `usage`, in which tokens of a cache are not part of the input.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Counts {
    #[serde(rename = "inputTokens")]
    input: u64,
    #[serde(rename = "outputTokens")]
    output: u64,
    #[serde(rename = "cacheReadInputTokens")]
    read: Option<u64>,
    #[serde(rename = "cacheWriteInputTokens")]
    written: Option<u64>,
}

impl Counts {
    /// `more` is what the model tells besides, where Claude counts its thinking.
    fn to_usage(self, more: &Value) -> Usage {
        Usage {
            reasoning: more.pointer(THINKING_TOKENS).and_then(Value::as_u64),
            prompt: self.input + self.read.unwrap_or(0) + self.written.unwrap_or(0),
            completion: self.output,
            cached: self.read,
            cache_creation: self.written,
            ..Usage::default()
        }
    }
}

impl Translator for Converse {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.exception, response)?;
        let output = answer.output.ok_or(ShapeError::Missing("output"))?;
        let reason = answer.stop_reason.ok_or(ShapeError::Missing("stopReason"))?;
        let mut said = Whole::new(self.tools.clone());
        output.message.content.iter().for_each(|block| take(&mut said, block));
        let reason = said.finish(&reason);
        Ok(completion(
            said.message(),
            reason,
            Some(&answer.usage.to_usage(&answer.additional_model_response_fields)),
        ))
    }

    fn stream(&self) -> Option<Streaming> {
        if !self.streams {
            return None;
        }
        let translator =
            Stream { told: Told::new(self.tools.clone()), has_finished: false, more: Value::Null };
        Some(Streaming { framing: Framing::AwsEvents, translator: Box::new(translator) })
    }
}

/// Takes one block of an answer.
fn take(said: &mut Whole, block: &Value) {
    let text = |pointer: &str| block.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if let Some(reasoning) = block.get("reasoningContent") {
        said.thinking.push(thinking(reasoning));
    } else if let Some(call) = block.get("toolUse") {
        said.call(text("/toolUse/toolUseId"), text("/toolUse/name"), &call["input"]);
    } else if let Some(cited) = block.get("citationsContent") {
        let pieces = cited["content"].as_array().into_iter().flatten();
        pieces.for_each(|piece| said.text.push_str(piece["text"].as_str().unwrap_or_default()));
        said.citations.extend(cited.get("citations").cloned());
    } else {
        said.text.push_str(text("/text"));
    }
}

/// A block of reasoning in Anthropic's form, in which clients bring it back.
fn thinking(reasoning: &Value) -> Value {
    if let Some(data) = reasoning.get("redactedContent") {
        return json!({"type": "redacted_thinking", "data": data});
    }
    let mut block = json!({"type": "thinking", "thinking": reasoning.pointer("/reasoningText/text")});
    if let Some(signature) = reasoning.pointer("/reasoningText/signature") {
        block["signature"] = signature.clone();
    }
    block
}

/// One stream under way.
struct Stream {
    told: Told,
    /// Why the answer ended has been told.
    has_finished: bool,
    /// What the model told besides its answer.
    more: Value,
}

/// What events tell.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Piece {
    start: Value,
    delta: Value,
    stop_reason: Option<String>,
    usage: Counts,
    additional_model_response_fields: Value,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        if event.is_exception {
            return Err(aws::told(event));
        }
        let piece: Piece = read(event)?;
        match event.name() {
            "messageStart" => chunks.push(chunk::role()),
            "contentBlockStart" => {
                let call = &piece.start["toolUse"];
                if let (Some(id), Some(name)) = (call["toolUseId"].as_str(), call["name"].as_str()) {
                    self.told.begin_call(id, name, &call["input"], chunks);
                }
            }
            "contentBlockDelta" => self.go_on(&piece.delta, chunks),
            "contentBlockStop" => self.told.close(chunks),
            "messageStop" => {
                let reason = piece.stop_reason.ok_or(ShapeError::Missing("stopReason"))?;
                chunks.push(chunk::finish(self.told.finish(&reason)));
                self.has_finished = true;
                self.more = piece.additional_model_response_fields;
            }
            "metadata" if self.has_finished => {
                chunks.push(chunk::usage(&piece.usage.to_usage(&self.more)));
                return Ok(Progress::Done);
            }
            _ => {}
        }
        Ok(Progress::More)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}

impl Stream {
    fn go_on(&mut self, delta: &Value, chunks: &mut Vec<Value>) {
        let piece = |pointer: &str| delta.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if let Some(reasoning) = delta.get("reasoningContent") {
            if let Some(data) = reasoning.get("redactedContent") {
                return blocks::redacted(data, chunks);
            }
            let text = piece("/reasoningContent/text");
            if !text.is_empty() {
                self.told.think(text, chunks);
            }
            return self.told.sign(piece("/reasoningContent/signature"));
        }
        if let Some(citation) = delta.get("citation") {
            blocks::citation(citation, chunks);
        }
        blocks::text(piece("/text"), chunks);
        self.told.input(piece("/toolUse/input"), chunks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_counted_where_claude_tells_it() {
        let more = json!({"usage": {"output_tokens_details": {"thinking_tokens": 5}}});
        let end = json!({"stopReason": "end_turn", "additionalModelResponseFields": more});
        let counts = json!({"usage": {"inputTokens": 3, "outputTokens": 7, "cacheReadInputTokens": 2}});
        let mut stream =
            Stream { told: Told::new(ClientTools::default()), has_finished: false, more: Value::Null };
        let mut chunks = Vec::new();
        for (name, data) in [("messageStop", end), ("metadata", counts)] {
            stream.event(&Event::new(data.to_string()).named(name), &mut chunks).unwrap();
        }
        let usage = &chunks.last().unwrap()["usage"];
        assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 5);
        assert_eq!((&usage["prompt_tokens"], &usage["completion_tokens"]), (&json!(5), &json!(7)));
    }
}
