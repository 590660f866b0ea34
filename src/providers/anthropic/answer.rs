//! Answers of the Messages API, whole, in OpenAI's form; and what streams share with them.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Call, WireResponse};
use crate::providers::chat::message::{Usage, completion};
use crate::providers::chat::{Streaming, TranslateError, Translator};
use crate::providers::{ShapeError, answer};

use super::blocks::Whole;
use super::names::ClientTools;
use super::stream::Stream;

/// Reads answers in Anthropic's format.
pub(crate) struct Claude {
    tools: ClientTools,
}

impl Claude {
    /// A reader of the answer to this call.
    pub(crate) fn of(call: &Call) -> Self {
        Self { tools: ClientTools::of(call) }
    }
}

/// A whole answer.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    error: answer::Kind,
    content: Option<Vec<Value>>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Counts,
}

/// `usage`, in a whole answer or in an event of a stream, where later ones tell only what has changed.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    output_tokens_details: Option<Details>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Details {
    thinking_tokens: Option<u64>,
}

impl Translator for Claude {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let message: Message = answer::read(response)?;
        if answer::refuse_error(message.error, response).is_err() {
            return Err(super::told(&response.body));
        }
        let reason = message.stop_reason.ok_or(ShapeError::Missing("stop_reason"))?;
        let mut said = Whole::new(self.tools.clone());
        message.content.unwrap_or_default().iter().for_each(|block| take(&mut said, block));
        let reason = said.finish(&reason);
        let mut whole = completion(said.message(), reason, Some(&message.usage.to_usage()));
        whole["id"] = message.id;
        Ok(whole)
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Stream::new(self.tools.clone())))
    }
}

impl Counts {
    /// Takes over what a later count tells.
    pub(super) fn update(&mut self, later: Self) {
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
        self.cache_read_input_tokens = later.cache_read_input_tokens.or(self.cache_read_input_tokens);
        self.cache_creation_input_tokens =
            later.cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
    }

    /// OpenAI counts what was read from and written to a cache as part of the request.
    pub(super) fn to_usage(self) -> Usage {
        let (read, written) = (self.cache_read_input_tokens, self.cache_creation_input_tokens);
        Usage {
            prompt: self.input_tokens.unwrap_or(0) + read.unwrap_or(0) + written.unwrap_or(0),
            completion: self.output_tokens.unwrap_or(0),
            total: None,
            cached: read,
            cache_creation: written,
            reasoning: self.output_tokens_details.and_then(|details| details.thinking_tokens),
        }
    }
}

/// Takes one block of an answer.
fn take(said: &mut Whole, block: &Value) {
    let text = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "text" => {
            said.text.push_str(text("text"));
            said.citations.extend(block.get("citations").filter(|citations| citations.is_array()).cloned());
        }
        "tool_use" => said.call(text("id"), text("name"), &block["input"]),
        "thinking" | "redacted_thinking" => said.thinking.push(block.clone()),
        // Tools that the provider runs itself: their outcome is in the text.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::{Map, json};

    use super::*;
    use crate::domain::Mode;
    use crate::providers::anthropic::JSON_TOOL;

    fn read(body: &Value, tools: &Value) -> Result<Value, TranslateError> {
        let payload = Map::from_iter([("tools".to_owned(), tools.clone())]);
        let body = body.to_string().into();
        Claude::of(&Call::new(Mode::Chat, payload)).response(&WireResponse {
            status: 200,
            headers: HeaderMap::new(),
            body,
        })
    }

    #[test]
    fn the_json_tool_is_the_answer_unless_it_is_the_clients() {
        let body = json!({"stop_reason": "tool_use", "content": [
            {"type": "tool_use", "id": "t", "name": JSON_TOOL, "input": {"a": 1}},
        ]});
        let answer = read(&body, &json!([])).unwrap();
        assert_eq!(answer["choices"][0]["message"]["content"], r#"{"a":1}"#);
        assert_eq!(answer["choices"][0]["finish_reason"], "stop");
        let own = json!([{"type": "function", "function": {"name": JSON_TOOL}}]);
        let answer = read(&body, &own).unwrap();
        assert_eq!(answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"], JSON_TOOL);
        assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");
    }

    #[test]
    fn an_end_that_is_not_known_is_not_success() {
        let body = json!({"content": [], "stop_reason": "struck_by_lightning"});
        let answer = read(&body, &json!([])).unwrap();
        assert_eq!(answer["choices"][0]["finish_reason"], "struck_by_lightning");
        assert!(read(&json!({"content": []}), &json!([])).is_err());
    }

    #[test]
    fn an_error_told_as_success_has_its_own_status() {
        let body = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
        let Err(TranslateError::Failed { status, failure }) = read(&body, &json!([])) else {
            panic!("an error is no answer");
        };
        assert_eq!((status, failure.message.as_str()), (Some(529), "Overloaded"));
    }
}
