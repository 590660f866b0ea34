//! Answers of text completions (`/v1/complete`) in OpenAI's form.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::WireResponse;
use crate::providers::chat::message::{finish_reason, of_text};
use crate::providers::chat::{
    Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, read,
};
use crate::providers::framing::Event;
use crate::providers::{ShapeError, answer};

/// Reads answers of this format, which count no tokens.
pub(super) struct Completion;

/// A whole answer, or a piece of one.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    error: answer::Kind,
    completion: Option<String>,
    stop_reason: Option<String>,
}

impl Translator for Completion {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer: Answer = answer::read(response)?;
        if answer::refuse_error(answer.error, response).is_err() {
            return Err(super::told(&response.body));
        }
        let text = answer.completion.ok_or(ShapeError::Missing("completion"))?;
        let reason = answer.stop_reason.ok_or(ShapeError::Missing("stop_reason"))?;
        Ok(of_text(text.trim_start(), finish_reason(&reason).unwrap_or(&reason), None))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Pieces { has_begun: false }))
    }
}

/// One stream.
struct Pieces {
    has_begun: bool,
}

impl StreamTranslator for Pieces {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let piece: Answer = read(event)?;
        match piece.kind.as_str() {
            "completion" => {}
            "error" => return Err(super::told(&event.data)),
            // Pings.
            _ => return Ok(Progress::More),
        }
        // The answer goes on behind the prompt, and so begins with a space.
        let mut text = piece.completion.as_deref().unwrap_or_default();
        if !self.has_begun {
            chunks.push(chunk::role());
            text = text.trim_start();
            self.has_begun = true;
        }
        if !text.is_empty() {
            chunks.push(chunk::text(text));
        }
        let Some(reason) = piece.stop_reason else { return Ok(Progress::More) };
        chunks.push(chunk::finish(finish_reason(&reason).unwrap_or(&reason)));
        Ok(Progress::Done)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_to_the_answer() {
        let mut stream = Completion.stream().unwrap().translator;
        let mut chunks = Vec::new();
        let mut ended = Progress::More;
        for data in [
            r#"{"type": "ping"}"#,
            r#"{"type": "completion", "completion": " Hi", "stop_reason": null}"#,
            r#"{"type": "completion", "completion": " there", "stop_reason": "max_tokens"}"#,
        ] {
            ended = stream.event(&Event::new(data), &mut chunks).unwrap();
        }
        assert_eq!(ended, Progress::Done);
        let texts = chunks.iter().filter_map(|c| c.pointer("/choices/0/delta/content")?.as_str());
        assert_eq!(texts.collect::<String>(), "Hi there");
        assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "length");
        let error = r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#;
        assert!(Completion.stream().unwrap().translator.event(&Event::new(error), &mut chunks).is_err());
    }
}
