//! What every answer has besides its content, and how answers of OpenAI's own format get it without being taken apart.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::domain::Usage;
use crate::providers::answer::Kind;
use crate::providers::chat::message;

use super::usage;

/// The fields that all pieces of an answer share.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    id: String,
    created: i64,
    model: String,
    /// How many entries each list in the deltas of each choice has had.
    counts: BTreeMap<(u64, String), u64>,
}

impl Envelope {
    /// For the answer to a call of this model, as the client names it.
    pub(super) fn new(model: &str) -> Self {
        Self {
            id: format!("chatcmpl-{}", Uuid::new_v4()),
            created: Timestamp::now().as_second(),
            model: model.to_owned(),
            counts: BTreeMap::new(),
        }
    }

    /// Numbers the entries of lists in the deltas of a chunk that have no `index`, such as blocks of thinking: the
    /// official clients put lists together by it, and the one for Python fails without.
    pub(super) fn number(&mut self, chunk: &mut Value) {
        let choices = chunk.get_mut("choices").and_then(Value::as_array_mut);
        for choice in choices.into_iter().flatten() {
            let place = choice.get("index").and_then(Value::as_u64).unwrap_or_default();
            let delta = choice.get_mut("delta").and_then(Value::as_object_mut);
            for (name, entries) in delta.into_iter().flatten() {
                for entry in entries.as_array_mut().into_iter().flatten() {
                    let Value::Object(entry) = entry else { continue };
                    if !entry.contains_key("index") {
                        let count = self.counts.entry((place, name.clone())).or_default();
                        entry.insert("index".to_owned(), Value::from(*count));
                        *count += 1;
                    }
                }
            }
        }
    }

    /// A translated answer or chunk, with what its translator left out. The provider's id and time are taken from where
    /// they come first, and stay.
    pub(super) fn wrap(&mut self, object: &str, content: Value) -> Value {
        let Value::Object(content) = content else { return content };
        if let Some(id) = content.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) {
            id.clone_into(&mut self.id);
        }
        self.created = content.get("created").and_then(Value::as_i64).unwrap_or(self.created);
        let mut wrapped = Map::with_capacity(content.len() + 4);
        wrapped.insert("id".to_owned(), Value::from(self.id.as_str()));
        wrapped.insert("object".to_owned(), Value::from(object));
        wrapped.insert("created".to_owned(), Value::from(self.created));
        wrapped.insert("model".to_owned(), Value::from(self.model.as_str()));
        for (name, value) in content {
            wrapped.entry(name).or_insert(value);
        }
        Value::Object(wrapped)
    }
}

/// The parts of an answer in OpenAI's format that we look at. Everything else is passed over without being kept.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Glance<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    error: Kind,
    #[serde(rename = "choices", deserialize_with = "ends")]
    ends: Ends,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    object: Option<Text<'a>>,
    usage: usage::Told,
}

/// A text, borrowed unless it is written with escapes. Serde borrows a `Cow` in an `Option` only by a type of its own.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice<'a> {
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
    message: Option<Message>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    tool_calls: Kind,
}

impl Choice<'_> {
    fn calls_tools(&self) -> bool {
        self.message.as_ref().is_some_and(|message| message.tool_calls == Kind::List(true))
    }

    /// Whether [`message::respell_finish`] has something to do.
    fn is_misspelled(&self) -> bool {
        self.finish_reason.as_ref().is_some_and(|Text(word)| {
            message::is_foreign_finish(word) || word == "stop" && self.calls_tools()
        })
    }
}

/// What the choices say of their end.
#[derive(Clone, Copy, Default)]
struct Ends {
    /// There are choices.
    of_choices: bool,
    /// One has come to its end.
    any: bool,
    /// One says so in a word that is not OpenAI's.
    any_misspelled: bool,
}

fn ends<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Ends, D::Error> {
    let choices = Option::<Vec<Choice<'de>>>::deserialize(deserializer)?.unwrap_or_default();
    let is_end =
        |choice: &Choice<'_>| choice.finish_reason.as_ref().is_some_and(|Text(word)| !word.is_empty());
    Ok(Ends {
        of_choices: !choices.is_empty(),
        any: choices.iter().any(is_end),
        any_misspelled: choices.iter().any(Choice::is_misspelled),
    })
}

impl<'a> Glance<'a> {
    /// Looks at an answer or a chunk; `None` when it is no JSON object.
    pub(super) fn at(json: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// Whether it tells an error. vLLM's are objects of that kind.
    pub(super) fn is_error(&self) -> bool {
        self.error.is_error() || self.object.as_ref().is_some_and(|Text(object)| object == "error")
    }

    /// Whether it says why an answer ended.
    pub(super) fn is_finish(&self) -> bool {
        self.ends.any
    }

    /// What it says that the answer took.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.usage.usage()
    }

    /// Its `type`; empty where it has none.
    pub(super) fn kind(&self) -> &str {
        self.kind.as_ref().map(|Text(kind)| &**kind).unwrap_or_default()
    }

    /// Appends the same JSON with another model's name, and with OpenAI's words for why it ended.
    pub(super) fn put_renamed(&self, json: &[u8], model: &str, out: &mut BytesMut) {
        if self.model.is_none() && !self.ends.any_misspelled {
            out.put_slice(json);
        } else if self.ends.any_misspelled || !self.splice(json, model, out) {
            match serde_json::from_slice::<Map<String, Value>>(json) {
                Ok(answer) => put_respelled(answer, model, out),
                Err(_) => out.put_slice(json),
            }
        }
    }

    /// Whether it has choices and tells no error.
    pub(super) fn is_answer(&self) -> bool {
        self.ends.of_choices && !self.is_error()
    }

    /// The same whole answer with the model named as the client does, and OpenAI's words for why it ended.
    pub(super) fn renamed(&self, json: &Bytes, model: &str) -> Bytes {
        let is_fit = self.model.as_ref().is_none_or(|Text(name)| name == model);
        if is_fit && !self.ends.any_misspelled {
            return json.clone();
        }
        let mut out = BytesMut::new();
        self.put_renamed(json, model, &mut out);
        out.freeze()
    }

    /// Appends the same JSON with another model's name in the place of the old one. False when there is none, or it is
    /// written with escapes: then nothing was appended.
    fn splice(&self, json: &[u8], model: &str, out: &mut BytesMut) -> bool {
        let Some(Text(Cow::Borrowed(name))) = self.model else {
            return false;
        };
        let start = name.as_ptr() as usize - json.as_ptr() as usize;
        out.reserve(json.len() + model.len());
        // The quotes go with the name, since the new one may need escapes.
        out.put_slice(&json[..start - 1]);
        put_json_text(out, model);
        out.put_slice(&json[start + name.len() + 1..]);
        true
    }
}

/// Appends an answer with another model's name, where it has any, and OpenAI's finish reasons.
fn put_respelled(mut answer: Map<String, Value>, model: &str, out: &mut BytesMut) {
    if let Some(name) = answer.get_mut("model") {
        *name = Value::from(model);
    }
    message::respell_finish(&mut answer);
    // Writing into memory does not fail.
    let _ = write!(out, "{}", Value::Object(answer));
}

fn put_json_text(out: &mut BytesMut, text: &str) {
    // Writing into memory does not fail.
    let _ = write!(out, "{}", Value::from(text));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_renamed_answer_differs_in_nothing_else() {
        let answer = br#"{ "id":"c","model" : "gpt-4o-2024","choices":[{"message":{"model":"x"}}],"usage":{"prompt_tokens":3},"n":1.50}"#;
        let renamed = |json: &'static [u8], model: &str| {
            let json = Bytes::from_static(json);
            Glance::at(&json).unwrap().renamed(&json, model)
        };
        assert_eq!(
            renamed(answer, "my \"model\""),
            br#"{ "id":"c","model" : "my \"model\"","choices":[{"message":{"model":"x"}}],"usage":{"prompt_tokens":3},"n":1.50}"#
                .as_slice()
        );
        let usage = Glance::at(answer).unwrap().usage().unwrap();
        assert_eq!((usage.input, usage.output), (3, 0));
        assert_eq!(renamed(br#"{"model":"a\/b","n":1}"#, "m"), br#"{"model":"m","n":1}"#.as_slice());
        assert_eq!(
            renamed(br#"{"choices":[{"finish_reason":"eos"}],"model":"x"}"#, "m"),
            br#"{"choices":[{"finish_reason":"stop"}],"model":"m"}"#.as_slice()
        );
        for nameless in [&b"{}"[..], br#"{"model":null}"#] {
            assert_eq!(renamed(nameless, "m"), nameless);
        }
        assert!(Glance::at(b"[1]").is_none() && Glance::at(b"no json").is_none());
    }

    #[test]
    fn an_answer_has_choices_and_no_error() {
        let is_answer = |json: &str| Glance::at(json.as_bytes()).unwrap().is_answer();
        assert!(is_answer(r#"{"choices":[{}],"error":null}"#));
        for other in [r#"{"choices":[]}"#, r#"{"data":[1]}"#, r#"{"choices":[{}],"error":{"message":"x"}}"#] {
            assert!(!is_answer(other), "{other}");
        }
    }

    #[test]
    fn entries_of_lists_are_numbered_all_along_a_stream() {
        let mut envelope = Envelope::new("m");
        let numbered = |envelope: &mut Envelope, delta: Value| {
            let mut chunk = json!({"choices": [{"index": 0, "delta": delta}]});
            envelope.number(&mut chunk);
            chunk["choices"][0]["delta"].take()
        };
        let thought = |text: &str| json!({"content": "x", "thinking_blocks": [{"thinking": text}]});
        let first = numbered(&mut envelope, thought("a"));
        assert_eq!(first["thinking_blocks"], json!([{"thinking": "a", "index": 0}]));
        let second = numbered(&mut envelope, thought("b"));
        assert_eq!(second["thinking_blocks"], json!([{"thinking": "b", "index": 1}]));
        for kept in [json!({"tool_calls": [{"index": 0}]}), json!({"signatures": ["s"]}), json!({})] {
            assert_eq!(numbered(&mut envelope, kept.clone()), kept);
        }
    }

    #[test]
    fn an_envelope_keeps_the_first_id_and_names_the_model() {
        let mut envelope = Envelope::new("m");
        let first =
            envelope.wrap("chat.completion.chunk", json!({"id": "c-1", "choices": [], "model": "other"}));
        assert_eq!((&first["id"], &first["model"]), (&json!("c-1"), &json!("m")));
        let second = envelope.wrap("chat.completion.chunk", json!({"choices": []}));
        assert_eq!((&second["id"], &second["created"]), (&json!("c-1"), &first["created"]));
    }
}
