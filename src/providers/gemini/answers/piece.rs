//! The parts of an answer.

use serde_json::{Map, Value, json};

use crate::providers::chat::message;

/// A part of an answer, understood. What the model sends besides, such as code that Google ran for it, has no place
/// in OpenAI's answers.
pub(super) enum Piece<'a> {
    Text {
        text: &'a str,
        signature: Option<&'a str>,
    },
    /// What the model thought.
    Thought {
        text: &'a str,
        signature: Option<&'a str>,
    },
    Call(Call<'a>),
    /// A data URL.
    Image(String),
    /// In base64.
    Sound(&'a str),
}

impl<'a> Piece<'a> {
    pub(super) fn of(part: &'a Value) -> Option<Self> {
        let signature = part.get("thoughtSignature").and_then(Value::as_str);
        if let Some(text) = part.get("text").and_then(Value::as_str) {
            let thought = part.get("thought") == Some(&Value::Bool(true));
            return Some(if thought {
                Self::Thought { text, signature }
            } else {
                Self::Text { text, signature }
            });
        }
        if let Some(call) = part.get("functionCall") {
            return Some(Self::Call(Call {
                id: call.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()),
                name: call.get("name")?.as_str()?,
                arguments: call.get("args").filter(|arguments| !arguments.is_null()),
                signature,
            }));
        }
        let inline = part.get("inlineData")?;
        let (kind, data) = (inline.get("mimeType")?.as_str()?, inline.get("data")?.as_str()?);
        Some(if kind.starts_with("audio/") {
            Self::Sound(data)
        } else {
            Self::Image(format!("data:{kind};base64,{data}"))
        })
    }

    /// The signature of the thought that led to this part, without which Gemini 3 does not go on from it.
    pub(super) fn signature(&self) -> Option<&'a str> {
        match self {
            Self::Text { signature, .. } | Self::Thought { signature, .. } => *signature,
            Self::Call(call) => call.signature,
            Self::Image(_) | Self::Sound(_) => None,
        }
    }
}

/// A call of a tool. Google tells its arguments at once, also in a stream.
pub(super) struct Call<'a> {
    id: Option<&'a str>,
    name: &'a str,
    arguments: Option<&'a Value>,
    signature: Option<&'a str>,
}

impl Call<'_> {
    /// As it stands in `tool_calls`. The signature stands where LiteLLM and where Google's own endpoint for OpenAI's
    /// clients put it; clients that send messages back as they came return it with either.
    pub(super) fn to_json(&self) -> Value {
        let arguments = self.arguments.map_or_else(|| "{}".to_owned(), Value::to_string);
        let id = self.id.map_or_else(message::new_tool_id, str::to_owned);
        let mut call = message::tool_call(&id, self.name, &arguments);
        if let Some(signature) = self.signature {
            call["provider_specific_fields"] = json!({"thought_signature": signature});
            call["extra_content"] = json!({"google": {"thought_signature": signature}});
        }
        call
    }
}

/// An image, as LiteLLM has it in a message.
pub(super) fn image(index: usize, url: &str) -> Value {
    json!({"type": "image_url", "index": index, "image_url": {"url": url, "detail": "auto"}})
}

/// The thoughts in Anthropic's form, which LiteLLM uses for all providers.
pub(super) fn thinking_blocks<'a>(pieces: impl Iterator<Item = Piece<'a>>) -> Vec<Value> {
    pieces
        .filter_map(|piece| {
            let Piece::Thought { text, signature } = piece else { return None };
            let mut block = Map::from_iter([
                ("type".to_owned(), Value::from("thinking")),
                ("thinking".to_owned(), Value::from(text)),
            ]);
            if let Some(signature) = signature {
                block.insert("signature".to_owned(), Value::from(signature));
            }
            Some(Value::Object(block))
        })
        .collect()
}

/// All signatures of an answer, where LiteLLM tells them; null when there are none.
pub(super) fn signatures(signatures: &[&str]) -> Value {
    if signatures.is_empty() { Value::Null } else { json!({"thought_signatures": signatures}) }
}
