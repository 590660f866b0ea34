//! What text generation answers, in OpenAI's form.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::WireResponse;

use super::super::chat::message::{self, Usage};
use super::super::chat::{Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk};
use super::super::framing::Event;
use super::super::{ShapeError, answer};

/// How a stream says that more is to come.
const NOT_FINISHED: &str = "not_finished";

/// Reads the answers of text generation.
pub(super) struct Generated;

/// An answer, or a piece of one.
#[derive(Deserialize)]
struct Answer {
    results: Vec<Piece>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Piece {
    generated_text: String,
    /// So far.
    generated_token_count: u64,
    /// In the first piece of a stream only.
    input_token_count: u64,
    stop_reason: Option<String>,
}

impl Piece {
    /// `None` while more is to come.
    fn finish_reason(&self) -> Result<Option<&'static str>, TranslateError> {
        let word = self.stop_reason.as_deref().filter(|word| !word.eq_ignore_ascii_case(NOT_FINISHED));
        let Some(word) = word else { return Ok(None) };
        match word.to_ascii_lowercase().as_str() {
            // That of the model, and of the request.
            "token_limit" | "time_limit" => Ok(Some("length")),
            // `error` and `cancelled` are no ends of an answer.
            _ => message::finish_reason(word).map(Some).ok_or_else(|| TranslateError::ended(word, None)),
        }
    }
}

impl Translator for Generated {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        super::verify_results(response)?;
        let answer: Answer = answer::read(response)?;
        let piece = answer.results.into_iter().next().ok_or(ShapeError::Missing("results"))?;
        let usage = Usage {
            prompt: piece.input_token_count,
            completion: piece.generated_token_count,
            ..Usage::default()
        };
        let finish = piece.finish_reason()?.unwrap_or("stop");
        let text = Map::from_iter([("content".to_owned(), Value::from(piece.generated_text))]);
        Ok(message::completion(text, finish, Some(&usage)))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(GeneratedStream::default()))
    }
}

#[derive(Default)]
struct GeneratedStream {
    usage: Usage,
    has_begun: bool,
    is_finished: bool,
}

impl StreamTranslator for GeneratedStream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let Ok(answer) = serde_json::from_slice::<Answer>(&event.data) else {
            return Err(TranslateError::told(None, &event.data));
        };
        for piece in answer.results {
            self.usage.prompt = self.usage.prompt.max(piece.input_token_count);
            self.usage.completion = self.usage.completion.max(piece.generated_token_count);
            if !std::mem::replace(&mut self.has_begun, true) {
                chunks.push(chunk::role());
            }
            if !piece.generated_text.is_empty() {
                chunks.push(chunk::text(&piece.generated_text));
            }
            if let Some(reason) = piece.finish_reason()? {
                self.is_finished = true;
                chunks.push(chunk::finish(reason));
            }
        }
        Ok(Progress::More)
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        if !self.is_finished {
            return Err(TranslateError::Truncated);
        }
        chunks.push(chunk::usage(&self.usage));
        Ok(())
    }
}
