//! Answers of containers, whole and streamed.
//!
//! A stream is what the container would send, server-sent events, cut into frames of AWS's event stream wherever it
//! happens to be cut.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::WireResponse;
use crate::providers::chat::message::{Usage, finish_reason, of_text};
use crate::providers::chat::{
    Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, read,
};
use crate::providers::framing::{Decoder, Event, Framing, Sse};
use crate::providers::{ShapeError, answer, aws};

/// Reads a format whose server-sent events come in frames.
pub(super) struct InParts<T>(pub(super) T);

impl<T: Translator> Translator for InParts<T> {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        self.0.response(response)
    }

    fn stream(&self) -> Option<Streaming> {
        let inner = self.0.stream()?.translator;
        let translator = Box::new(Parts { events: Sse::default(), inner });
        Some(Streaming { framing: Framing::AwsEvents, translator })
    }
}

/// One stream in frames.
struct Parts {
    events: Sse,
    inner: Box<dyn StreamTranslator>,
}

impl StreamTranslator for Parts {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        if event.is_exception {
            return Err(aws::told(event));
        }
        self.events.feed(&event.data);
        while let Some(event) = self.events.next()? {
            if self.inner.event(&event, chunks)? == Progress::Done {
                return Ok(Progress::Done);
            }
        }
        Ok(Progress::More)
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        if let Some(event) = self.events.finish()?
            && self.inner.event(&event, chunks)? == Progress::Done
        {
            return Ok(());
        }
        self.inner.end(chunks)
    }
}

/// Reads the answers of Hugging Face's container, which continues a text.
pub(super) struct Continuation;

/// A whole answer, or the last event of a stream.
#[derive(Deserialize)]
struct Generated {
    #[serde(rename = "generated_text")]
    text: Option<String>,
    #[serde(default)]
    details: Option<Details>,
    #[serde(default)]
    token: Token,
    #[serde(default)]
    error: answer::Kind,
}

#[derive(Deserialize)]
struct Details {
    finish_reason: Option<String>,
    #[serde(default)]
    generated_tokens: u64,
}

/// One token of a stream.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    text: String,
    /// It belongs to the model's format and is no text.
    special: bool,
}

impl Generated {
    /// Why the text ended; it is not told unless details are asked for.
    fn reason(&self) -> &str {
        let reason = self.details.as_ref().and_then(|details| details.finish_reason.as_deref());
        reason.map_or("stop", |word| finish_reason(word).unwrap_or(word))
    }

    /// Only what was written is counted.
    fn usage(&self) -> Option<Usage> {
        let details = self.details.as_ref()?;
        Some(Usage { completion: details.generated_tokens, ..Usage::default() })
    }
}

impl Translator for Continuation {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let body: Value = answer::read(response)?;
        let first = body.get(0).unwrap_or(&body).clone();
        let generated: Generated =
            serde_json::from_value(first).map_err(|_| ShapeError::Missing("generated_text"))?;
        answer::refuse_error(generated.error, response)?;
        let text = generated.text.as_deref().ok_or(ShapeError::Missing("generated_text"))?;
        Ok(of_text(text, generated.reason(), generated.usage().as_ref()))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Tokens { has_begun: false }))
    }
}

/// One stream of tokens. The last one comes with the whole text.
struct Tokens {
    has_begun: bool,
}

impl StreamTranslator for Tokens {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let generated: Generated = read(event)?;
        if !matches!(generated.error, answer::Kind::Absent) {
            return Err(TranslateError::told(None, &event.data));
        }
        if !self.has_begun {
            chunks.push(chunk::role());
            self.has_begun = true;
        }
        if !generated.token.special && !generated.token.text.is_empty() {
            chunks.push(chunk::text(&generated.token.text));
        }
        if generated.text.is_none() {
            return Ok(Progress::More);
        }
        chunks.push(chunk::finish(generated.reason()));
        chunks.extend(generated.usage().as_ref().map(chunk::usage));
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
    fn events_are_found_across_frames() {
        let body = "data:{\"token\": {\"text\": \"Hi\"}, \"generated_text\": null}\n\n\
                    data:{\"token\": {\"text\": \"</s>\", \"special\": true}, \"generated_text\": \"Hi\", \
                    \"details\": {\"finish_reason\": \"eos_token\", \"generated_tokens\": 2}}\n\n";
        for cut in 0..body.len() {
            let mut stream = InParts(Continuation).stream().unwrap().translator;
            let mut chunks = Vec::new();
            let mut ended = Progress::More;
            for part in [&body[..cut], &body[cut..]] {
                ended = stream.event(&Event::new(part.to_owned()).named("PayloadPart"), &mut chunks).unwrap();
            }
            assert_eq!(ended, Progress::Done, "cut at {cut}");
            let texts: Vec<&str> =
                chunks.iter().filter_map(|c| c.pointer("/choices/0/delta/content")?.as_str()).collect();
            assert_eq!(texts.concat(), "Hi", "cut at {cut}");
            assert_eq!(chunks[chunks.len() - 2]["choices"][0]["finish_reason"], "stop");
        }
        let mut cut_short = InParts(Continuation).stream().unwrap().translator;
        assert!(cut_short.end(&mut Vec::new()).is_err());
    }
}
