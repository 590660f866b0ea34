//! Streams for clients that show text only (`merge_reasoning_content_in_choices`): what the model thinks comes in the
//! text, between `<think>` and `</think>`.

use serde_json::Value;

use crate::domain::WireResponse;

use super::super::framing::Event;
use super::{Progress, StreamTranslator, Streaming, TranslateError, Translator};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Reads as another translator does, and puts thoughts of streams into their text. Whole answers stay as they are.
pub(super) struct Merged(pub(super) Box<dyn Translator>);

impl Translator for Merged {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        self.0.response(response)
    }

    fn stream(&self) -> Option<Streaming> {
        let Streaming { framing, translator } = self.0.stream()?;
        let translator = Box::new(MergedStream { inner: translator, is_thinking: false });
        Some(Streaming { framing, translator })
    }
}

struct MergedStream {
    inner: Box<dyn StreamTranslator>,
    /// A thought has begun and not ended.
    is_thinking: bool,
}

impl StreamTranslator for MergedStream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let old = chunks.len();
        let progress = self.inner.event(event, chunks);
        chunks[old..].iter_mut().for_each(|chunk| self.merge(chunk));
        progress
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        let old = chunks.len();
        let end = self.inner.end(chunks);
        chunks[old..].iter_mut().for_each(|chunk| self.merge(chunk));
        end
    }
}

impl MergedStream {
    /// The first choice only: others may think at the same time.
    fn merge(&mut self, chunk: &mut Value) {
        let Some(choice) = chunk.pointer_mut("/choices/0") else { return };
        let is_last = choice["finish_reason"].is_string();
        let Some(Value::Object(delta)) = choice.get_mut("delta") else { return };
        delta.shift_remove("thinking_blocks");
        let thought = delta.shift_remove("reasoning_content");
        let thought = thought.as_ref().and_then(Value::as_str).unwrap_or_default();
        let content = delta.get("content").and_then(Value::as_str).unwrap_or_default();
        let mut merged = String::new();
        if !thought.is_empty() {
            if !std::mem::replace(&mut self.is_thinking, true) {
                merged.push_str(OPEN);
            }
            merged.push_str(thought);
        }
        let goes_on = !is_last && content.is_empty() && !delta.contains_key("tool_calls");
        if self.is_thinking && !goes_on {
            self.is_thinking = false;
            merged.push_str(CLOSE);
        }
        if !merged.is_empty() {
            merged.push_str(content);
            delta.insert("content".to_owned(), Value::from(merged));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::chunk;
    use super::*;

    /// Tells its events as they are.
    struct Echo;

    impl StreamTranslator for Echo {
        fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
            chunks.push(super::super::json(event)?);
            Ok(Progress::More)
        }

        fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
            Ok(())
        }
    }

    fn text_of(pieces: &[Value]) -> String {
        let mut stream = MergedStream { inner: Box::new(Echo), is_thinking: false };
        let mut chunks = Vec::new();
        for piece in pieces {
            stream.event(&Event::new(piece.to_string()), &mut chunks).unwrap();
        }
        assert!(chunks.iter().all(|chunk| chunk.pointer("/choices/0/delta/reasoning_content").is_none()));
        chunks.iter().filter_map(|chunk| chunk.pointer("/choices/0/delta/content")?.as_str()).collect()
    }

    #[test]
    fn thoughts_stand_between_marks() {
        let thoughts = [chunk::role(), chunk::reasoning("Let me"), chunk::reasoning(" think.")];
        let then = |rest: &[Value]| text_of(&[&thoughts[..], rest].concat());
        assert_eq!(then(&[chunk::text("Hi"), chunk::finish("stop")]), "<think>Let me think.</think>Hi");
        assert_eq!(then(&[chunk::finish("length")]), "<think>Let me think.</think>");
        assert_eq!(then(&[chunk::tool_start(0, "c", "f", "{}")]), "<think>Let me think.</think>");
        let both = chunk::delta(json!({"reasoning_content": "Hm.", "content": "Hi"}));
        assert_eq!(text_of(&[both, chunk::text("!")]), "<think>Hm.</think>Hi!");
        assert_eq!(text_of(&[chunk::text("Hi")]), "Hi");
    }
}
