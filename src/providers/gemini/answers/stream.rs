//! Streams: each event is an answer with what is new in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::providers::chat::{Progress, StreamTranslator, TranslateError, chunk};
use crate::providers::framing::Event;
use crate::providers::{ShapeError, chat};

use super::piece::{self, Piece};
use super::usage::UsageMetadata;
use super::{Answer, Candidate, citations};

/// A stream under way.
#[derive(Default)]
pub(super) struct Stream {
    /// What is known of each candidate.
    choices: BTreeMap<usize, Choice>,
    /// The latest counts, which are of the whole.
    usage: Option<UsageMetadata>,
}

#[derive(Default)]
struct Choice {
    calls: usize,
    images: usize,
    is_finished: bool,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let answer: Answer = serde_json::from_value(chat::json(event)?)
            .map_err(|_| ShapeError::NotJson("an event of another shape".to_owned()))?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(answer.error_status(), &event.data));
        }
        let first = chunks.len();
        if answer.candidates.is_empty() && answer.blocked() {
            self.begin(0, chunks);
            chunks.push(chunk::finish("content_filter"));
            self.choices.entry(0).or_default().is_finished = true;
        }
        for (place, candidate) in answer.candidates.iter().enumerate() {
            self.candidate(candidate.index.unwrap_or(place), candidate, chunks)?;
        }
        if let Some(id) = answer.response_id {
            for chunk in &mut chunks[first..] {
                chunk["id"] = Value::from(id.as_str());
            }
        }
        self.usage = answer.usage_metadata.or(self.usage);
        Ok(Progress::More)
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        if self.choices.is_empty() || self.choices.values().any(|choice| !choice.is_finished) {
            return Err(TranslateError::Truncated);
        }
        if let Some(usage) = self.usage {
            chunks.push(chunk::usage(&usage.read()));
        }
        Ok(())
    }
}

impl Stream {
    /// Says who speaks, once.
    fn begin(&mut self, index: usize, chunks: &mut Vec<Value>) {
        self.choices.entry(index).or_insert_with(|| {
            chunks.push(of_choice(index, chunk::role()));
            Choice::default()
        });
    }

    fn candidate(
        &mut self,
        index: usize,
        candidate: &Candidate,
        chunks: &mut Vec<Value>,
    ) -> Result<(), TranslateError> {
        self.begin(index, chunks);
        let choice = self.choices.entry(index).or_default();
        for piece in candidate.pieces() {
            let signature = piece.signature();
            let mut delta = match piece {
                Piece::Text { text: "", .. } if signature.is_none() => continue,
                Piece::Text { text, .. } => json!({"content": text}),
                Piece::Thought { text, .. } => json!({
                    "reasoning_content": text,
                    "thinking_blocks": piece::thinking_blocks(std::iter::once(piece)),
                }),
                Piece::Call(call) => {
                    let mut call = call.to_json();
                    call["index"] = Value::from(choice.calls);
                    choice.calls += 1;
                    json!({"tool_calls": [call]})
                }
                Piece::Image(url) => {
                    choice.images += 1;
                    json!({"images": [piece::image(choice.images - 1, &url)]})
                }
                Piece::Sound(data) => json!({"audio": {"data": data}}),
            };
            if let Some(signature) = signature {
                delta["provider_specific_fields"] = piece::signatures(&[signature]);
            }
            chunks.push(of_choice(index, chunk::delta(delta)));
        }
        let annotations = citations::annotations(&candidate.grounding_metadata);
        if !annotations.is_empty() {
            chunks.push(of_choice(index, chunk::delta(json!({"annotations": annotations}))));
        }
        if let Some(logprobs) = citations::logprobs(&candidate.logprobs_result) {
            let mut sure = of_choice(index, chunk::delta(json!({})));
            sure["choices"][0]["logprobs"] = logprobs;
            chunks.push(sure);
        }
        if let Some(reason) = candidate.finish(choice.calls > 0)?
            && !choice.is_finished
        {
            choice.is_finished = true;
            chunks.push(of_choice(index, chunk::finish(reason)));
        }
        Ok(())
    }
}

/// A piece of one of several answers.
fn of_choice(index: usize, mut chunk: Value) -> Value {
    chunk["choices"][0]["index"] = Value::from(index);
    chunk
}
