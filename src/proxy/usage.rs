//! Reads from an answer in OpenAI's format what it took. Whatever a provider writes there, the answer is passed on.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::domain::Usage;

/// A `usage`, or a part of one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Told {
    /// Nothing that we count.
    #[default]
    Nothing,
    /// A number of tokens.
    Count(u64),
    /// An object with some.
    Usage(Usage),
}

impl Told {
    /// What was told, if it is a `usage`.
    pub(super) fn usage(self) -> Option<Usage> {
        match self {
            Self::Usage(usage) => Some(usage),
            Self::Nothing | Self::Count(_) => None,
        }
    }

    fn count(self) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Nothing | Self::Usage(_) => 0,
        }
    }
}

/// What a whole answer or a chunk says that it took.
pub(super) fn of(answer: &Value) -> Option<Usage> {
    Told::deserialize(answer.get("usage")?).ok()?.usage()
}

/// What the last event of a stream of the Responses API says that it took.
pub(super) fn of_response_event(event: &[u8]) -> Option<Usage> {
    #[derive(serde::Deserialize)]
    struct Event {
        response: Response,
    }
    #[derive(serde::Deserialize)]
    struct Response {
        #[serde(default)]
        usage: Told,
    }
    serde_json::from_slice::<Event>(event).ok()?.response.usage.usage()
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    #[serde(alias = "input_tokens")]
    PromptTokens,
    #[serde(alias = "output_tokens")]
    CompletionTokens,
    CachedTokens,
    ReasoningTokens,
    #[serde(
        alias = "input_tokens_details",
        alias = "completion_tokens_details",
        alias = "output_tokens_details"
    )]
    PromptTokensDetails,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ToldVisitor)
    }
}

struct ToldVisitor;

impl<'de> Visitor<'de> for ToldVisitor {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_str<E>(self, _: &str) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_u64<E>(self, count: u64) -> Result<Told, E> {
        Ok(Told::Count(count))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_f64<E>(self, count: f64) -> Result<Told, E> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some servers write 12.0; the conversion saturates"
        )]
        let count = count as u64;
        Ok(Told::Count(count))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Told, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Told::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Told, A::Error> {
        let mut usage = Usage::default();
        while let Some(key) = fields.next_key()? {
            match key {
                Key::PromptTokens => usage.input = fields.next_value::<Told>()?.count(),
                Key::CompletionTokens => usage.output = fields.next_value::<Told>()?.count(),
                Key::CachedTokens => usage.cached = fields.next_value::<Told>()?.count(),
                Key::ReasoningTokens => usage.reasoning = fields.next_value::<Told>()?.count(),
                Key::PromptTokensDetails => {
                    if let Some(details) = fields.next_value::<Told>()?.usage() {
                        usage.cached = usage.cached.max(details.cached);
                        usage.reasoning = usage.reasoning.max(details.reasoning);
                    }
                }
                Key::Other => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Told::Usage(usage))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_apis_of_openai_are_read() {
        let chat = json!({"usage": {
            "prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21,
            "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 7, "x": [1, {"y": 2}]},
        }});
        let due = Usage { input: 9, output: 12, cached: 4, reasoning: 7 };
        assert_eq!(of(&chat), Some(due));
        let responses = json!({"usage": {
            "input_tokens": 9, "output_tokens": 12.0,
            "input_tokens_details": {"cached_tokens": 4},
            "output_tokens_details": {"reasoning_tokens": 7},
        }});
        assert_eq!(of(&responses), Some(due));
        let event = json!({"type": "response.completed", "response": responses});
        assert_eq!(of_response_event(event.to_string().as_bytes()), Some(due));
    }

    #[test]
    fn what_is_no_usage_says_nothing() {
        for other in [json!(null), json!(3), json!("x"), json!([{"prompt_tokens": 1}]), json!(true)] {
            assert_eq!(of(&json!({"usage": other})), None);
        }
        let odd = json!({"usage": {
            "prompt_tokens": "9", "completion_tokens": -1, "prompt_tokens_details": null, "input_tokens": 3,
        }});
        assert_eq!(of(&odd), Some(Usage { input: 3, ..Usage::default() }));
    }
}
