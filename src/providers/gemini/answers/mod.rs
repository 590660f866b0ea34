//! From `generateContent` to OpenAI's: whole answers, and streams of them.
//!
//! Declared reuse point: AI Studio and Vertex AI answer alike.

mod citations;
mod piece;
mod stream;
mod usage;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Call, Mode, WireResponse};
use crate::providers::chat::{Answers, Streaming, TranslateError, Translator, message};
use crate::providers::{BuildError, ShapeError, Target, answer};

use piece::Piece;
use usage::UsageMetadata;

/// How the answers of a model of Google's become OpenAI's.
///
/// # Errors
/// For any mode but chat.
pub(crate) fn answers(target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
    match call.mode {
        Mode::Chat => Ok(Answers::by(Gemini)),
        mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
    }
}

struct Gemini;

impl Translator for Gemini {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer: Answer = answer::read(response)?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(answer.error_status(), &response.body));
        }
        let choices = match (&answer.candidates[..], answer.blocked()) {
            ([], true) => vec![choice(0, Map::new(), "content_filter")],
            ([], false) => return Err(ShapeError::Missing("candidates").into()),
            (candidates, _) => candidates.iter().enumerate().map(whole).collect::<Result<_, _>>()?,
        };
        let mut completion = json!({"choices": choices});
        if let Some(id) = answer.response_id {
            completion["id"] = Value::from(id);
        }
        if let Some(usage) = answer.usage_metadata {
            completion["usage"] = usage.read().to_json();
        }
        Ok(completion)
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(stream::Stream::default()))
    }
}

/// A whole answer, or an event of a stream.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<UsageMetadata>,
    response_id: Option<String>,
    error: Value,
}

impl Answer {
    /// Whether the prompt was refused, so that there is no answer.
    fn blocked(&self) -> bool {
        self.prompt_feedback.as_ref().is_some_and(|feedback| feedback.block_reason.is_some())
    }

    /// The status in an error told with 200.
    fn error_status(&self) -> Option<u16> {
        self.error.get("code")?.as_u64()?.try_into().ok()
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Candidate {
    index: Option<usize>,
    content: Content,
    finish_reason: Option<String>,
    finish_message: Option<String>,
    grounding_metadata: Value,
    logprobs_result: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Content {
    parts: Vec<Value>,
}

impl Candidate {
    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.content.parts.iter().filter_map(Piece::of)
    }

    /// OpenAI's word for why the answer ended; `None` while it goes on. A model that calls tools has stopped to
    /// Google.
    fn finish(&self, called: bool) -> Result<Option<&'static str>, TranslateError> {
        let Some(word) = self.finish_reason.as_deref() else { return Ok(None) };
        match message::finish_reason(word) {
            Some("stop") if called => Ok(Some("tool_calls")),
            Some(reason) => Ok(Some(reason)),
            // Neither an answer nor a refusal, such as `MALFORMED_FUNCTION_CALL`.
            None => Err(TranslateError::ended(word, self.finish_message.as_deref())),
        }
    }
}

/// A candidate as a choice.
fn whole((place, candidate): (usize, &Candidate)) -> Result<Value, TranslateError> {
    let mut content: Option<String> = None;
    let mut reasoning: Option<String> = None;
    let (mut calls, mut images, mut signatures) = (Vec::new(), Vec::new(), Vec::new());
    let mut message = Map::new();
    for piece in candidate.pieces() {
        signatures.extend(piece.signature());
        match piece {
            Piece::Text { text, .. } => content.get_or_insert_default().push_str(text),
            Piece::Thought { text, .. } => reasoning.get_or_insert_default().push_str(text),
            Piece::Call(call) => calls.push(call.to_json()),
            Piece::Image(url) => images.push(piece::image(images.len(), &url)),
            Piece::Sound(data) => {
                message.insert("audio".to_owned(), json!({"data": data, "transcript": ""}));
            }
        }
    }
    let finish = candidate.finish(!calls.is_empty())?.unwrap_or("stop");
    message.insert("content".to_owned(), json!(content));
    let thoughts = piece::thinking_blocks(candidate.pieces());
    for (name, value) in [
        ("reasoning_content", json!(reasoning)),
        ("thinking_blocks", json!(thoughts)),
        ("tool_calls", json!(calls)),
        ("images", json!(images)),
        ("annotations", json!(citations::annotations(&candidate.grounding_metadata))),
        ("provider_specific_fields", piece::signatures(&signatures)),
    ] {
        if !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()) {
            message.insert(name.to_owned(), value);
        }
    }
    let mut choice = choice(candidate.index.unwrap_or(place), message, finish);
    if let Some(logprobs) = citations::logprobs(&candidate.logprobs_result) {
        choice["logprobs"] = logprobs;
    }
    Ok(choice)
}

fn choice(index: usize, mut message: Map<String, Value>, finish_reason: &str) -> Value {
    message.insert("role".to_owned(), Value::from("assistant"));
    message.entry("content").or_insert(Value::Null);
    json!({"index": index, "message": message, "finish_reason": finish_reason})
}
