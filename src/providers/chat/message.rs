//! Whole answers in OpenAI's shape.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An answer with one choice.
#[must_use]
pub fn completion(message: Map<String, Value>, finish_reason: &str, usage: Option<&Usage>) -> Value {
    let mut message = message;
    message.entry("role").or_insert_with(|| Value::from("assistant"));
    message.entry("content").or_insert(Value::Null);
    let mut answer = json!({"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]});
    if let Some(usage) = usage {
        answer["usage"] = usage.to_json();
    }
    answer
}

/// An answer that is a text and nothing else.
#[must_use]
pub fn of_text(text: &str, finish_reason: &str, usage: Option<&Usage>) -> Value {
    let message = Map::from_iter([("content".to_owned(), Value::from(text))]);
    completion(message, finish_reason, usage)
}

/// A call of a tool, as it stands in `tool_calls`. `arguments` is JSON text.
#[must_use]
pub fn tool_call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

/// An id for a call of a tool, of a provider that gives none.
#[must_use]
pub fn new_tool_id() -> String {
    format!("call_{}", Uuid::new_v4().simple())
}

/// Token counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the request, those read from and written to a cache included.
    pub prompt: u64,
    /// Of the answer, reasoning included.
    pub completion: u64,
    /// Of both, when the provider counts something else besides.
    pub total: Option<u64>,
    /// Of the request, how many were read from a cache.
    pub cached: Option<u64>,
    /// Of the request, how many were written to a cache.
    pub cache_creation: Option<u64>,
    /// Of the answer, how many were reasoning.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// OpenAI's `usage`, with the names that LiteLLM has for writes to a cache.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut usage = json!({
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.total.unwrap_or(self.prompt + self.completion),
        });
        let mut of_prompt = Map::new();
        if let Some(cached) = self.cached {
            of_prompt.insert("cached_tokens".to_owned(), Value::from(cached));
        }
        if let Some(written) = self.cache_creation {
            of_prompt.insert("cache_creation_tokens".to_owned(), Value::from(written));
        }
        if !of_prompt.is_empty() {
            usage["prompt_tokens_details"] = Value::Object(of_prompt);
        }
        if let Some(reasoning) = self.reasoning {
            usage["completion_tokens_details"] = json!({"reasoning_tokens": reasoning});
        }
        usage
    }
}

/// OpenAI's word for a provider's finish reason, of whichever provider; `None` for a word that nobody uses.
#[must_use]
pub fn finish_reason(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "stop"
        | "end_turn"
        | "stop_sequence"
        | "complete"
        | "completed"
        | "eos"
        | "eos_token"
        | "finish"
        | "finished"
        | "pause_turn"
        | "end"
        | "finish_reason_unspecified" => "stop",
        "length" | "max_tokens" | "model_length" | "model_context_window_exceeded" => "length",
        "tool_calls" | "tool_call" | "tool_use" | "function_call" => "tool_calls",
        "content_filter"
        | "content_filtered"
        | "refusal"
        | "guardrail_intervened"
        | "safety"
        | "recitation"
        | "language"
        | "other"
        | "blocklist"
        | "prohibited_content"
        | "spii"
        | "image_safety"
        | "image_prohibited_content"
        | "image_recitation"
        | "image_other"
        | "model_armor"
        | "sensitive"
        | "error_toxic" => "content_filter",
        _ => return None,
    })
}

/// OpenAI's own finish reasons.
const FINISH_REASONS: &[&str] = &["stop", "length", "tool_calls", "content_filter", "function_call"];

/// Whether a finish reason is another provider's word for one of OpenAI's.
#[must_use]
pub fn is_foreign_finish(word: &str) -> bool {
    !FINISH_REASONS.contains(&word) && finish_reason(word).is_some()
}

/// Tells why the choices of an answer ended, or of a piece of one, in OpenAI's words. Some servers say `stop` of whole
/// answers that call tools; clients wait for `tool_calls` to carry them out.
pub fn respell_finish(answer: &mut Map<String, Value>) {
    let choices = answer.get_mut("choices").and_then(Value::as_array_mut);
    for choice in choices.into_iter().flatten().filter_map(Value::as_object_mut) {
        let word = choice.get("finish_reason").and_then(Value::as_str);
        let own = match word {
            Some("stop") if calls_tools(choice) => Some("tool_calls"),
            word => word.filter(|word| is_foreign_finish(word)).and_then(finish_reason),
        };
        if let Some(own) = own {
            choice.insert("finish_reason".to_owned(), Value::from(own));
        }
    }
}

fn calls_tools(choice: &Map<String, Value>) -> bool {
    let calls = choice.get("message").and_then(|message| message["tool_calls"].as_array());
    calls.is_some_and(|calls| !calls.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_has_details_only_where_they_are_known() {
        let plain = Usage { prompt: 3, completion: 4, ..Usage::default() };
        assert_eq!(plain.to_json(), json!({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}));
        let detailed = Usage { cached: Some(2), reasoning: Some(1), ..plain };
        assert_eq!(
            detailed.to_json(),
            json!({
                "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 1},
            })
        );
    }

    #[test]
    fn a_message_always_has_a_role_and_a_content() {
        let message = Map::from_iter([("tool_calls".to_owned(), json!([tool_call("1", "f", "{}")]))]);
        let answer = completion(message, "tool_calls", None);
        assert_eq!(answer["choices"][0]["message"]["role"], "assistant");
        assert!(answer["choices"][0]["message"]["content"].is_null());
        assert!(answer.get("usage").is_none());
    }

    #[test]
    fn an_answer_that_calls_tools_says_so() {
        let finish = |word: &str, message: Value| {
            let answer = json!({"choices": [{"finish_reason": word, "message": message}]});
            let Value::Object(mut answer) = answer else { unreachable!() };
            respell_finish(&mut answer);
            answer["choices"][0]["finish_reason"].as_str().unwrap_or_default().to_owned()
        };
        let calling = json!({"tool_calls": [tool_call("1", "f", "{}")]});
        assert_eq!(finish("stop", calling.clone()), "tool_calls");
        assert_eq!(finish("length", calling), "length");
        assert_eq!(finish("stop", json!({"tool_calls": []})), "stop");
        assert_eq!(finish("function_call", json!({"function_call": {}})), "function_call");
        assert_eq!(finish("eos_token", json!({"content": "Hi"})), "stop");
        assert_eq!(finish("novel", json!({"content": "Hi"})), "novel");
    }

    #[test]
    fn finish_reasons_of_all_providers_are_known_in_any_case() {
        assert_eq!(finish_reason("MAX_TOKENS"), Some("length"));
        assert_eq!(finish_reason("end_turn"), Some("stop"));
        assert_eq!(finish_reason("MALFORMED_FUNCTION_CALL"), None);
    }
}
