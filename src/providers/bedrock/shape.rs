//! Whether a 2xx body is what Bedrock returns in a mode.

use serde::Deserialize;

use crate::domain::{Mode, WireResponse};
use crate::providers::ShapeError;
use crate::providers::answer::{self, Kind};

/// The fields by which answers are recognised. `InvokeModel` answers in the words of each vendor.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    #[serde(rename = "__type")]
    exception: Kind,
    error: Kind,
    errors: Kind,
    output: Kind,
    content: Kind,
    generation: Kind,
    generations: Kind,
    outputs: Kind,
    results: Kind,
    text: Kind,
    completion: Kind,
    completions: Kind,
    choices: Kind,
    message: Kind,
    #[serde(rename = "finishReason")]
    finish_reason: Kind,
    embedding: Kind,
    embeddings: Kind,
    data: Kind,
    #[serde(rename = "invocationArn")]
    invocation_arn: Kind,
    images: Kind,
    artifacts: Kind,
}

/// Checks the shape of a mode's answer.
pub(super) fn verify(mode: Mode, response: &WireResponse) -> Result<(), ShapeError> {
    if is_event_stream(response) {
        return verify_events(&response.body);
    }
    let answer: Answer = answer::read(response)?;
    for error in [answer.exception, answer.error, answer.errors] {
        answer::refuse_error(error, response)?;
    }
    let (name, holds) = match mode {
        Mode::Embedding => ("embedding", answer.embeds()),
        Mode::ImageGeneration | Mode::ImageEdit => {
            ("images", [answer.images, answer.artifacts].contains(&Kind::List(true)))
        }
        Mode::Rerank => ("results", answer.results == Kind::List(true)),
        Mode::AudioTranscription => ("output", answer.output == Kind::Object(true)),
        _ => ("output", answer.speaks()),
    };
    if holds { Ok(()) } else { Err(ShapeError::Missing(name)) }
}

impl Answer {
    /// Converse and Nova: `output`. Claude: `content`. Llama, DeepSeek, Qwen: `generation`. Mistral: `outputs`. Titan:
    /// `results`. Cohere: `generations`, or `text`. AI21: `completions`. OpenAI and Jamba: `choices`. Pegasus:
    /// `message`, which errors have too.
    fn speaks(&self) -> bool {
        let lists =
            [self.content, self.generations, self.outputs, self.results, self.completions, self.choices];
        let texts = [self.generation, self.text, self.completion];
        self.output == Kind::Object(true)
            || lists.iter().any(|kind| matches!(kind, Kind::List(_)))
            || texts.iter().any(|kind| matches!(kind, Kind::Text(_)))
            || matches!(self.message, Kind::Text(_)) && matches!(self.finish_reason, Kind::Text(_))
    }

    fn embeds(&self) -> bool {
        [self.embedding, self.embeddings, self.data].contains(&Kind::List(true))
            || self.embeddings == Kind::Object(true)
            || self.data == Kind::Object(true)
            || self.invocation_arn == Kind::Text(true)
    }
}

fn is_event_stream(response: &WireResponse) -> bool {
    response.header("content-type").is_some_and(|kind| {
        kind.starts_with("application/vnd.amazon.eventstream") || kind.starts_with("text/event-stream")
    })
}

/// Agents answer in events. One that failed on the way says so in the headers of an event.
fn verify_events(body: &[u8]) -> Result<(), ShapeError> {
    let says = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
    if body.trim_ascii().is_empty() {
        Err(ShapeError::Empty)
    } else if says(b":exception-type") {
        Err(ShapeError::Error("the agent failed while it answered".to_owned()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn response(body: &'static str) -> WireResponse {
        WireResponse { status: 200, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn every_vendors_answer_passes() {
        for body in [
            r#"{"output": {"message": {"role": "assistant", "content": []}}, "stopReason": "max_tokens"}"#,
            r#"{"content": [], "stop_reason": "max_tokens"}"#,
            r#"{"generation": "", "stop_reason": "length"}"#,
            r#"{"outputs": [{"text": "hi"}]}"#,
            r#"{"results": [{"outputText": "hi"}]}"#,
            r#"{"generations": [{"text": "hi"}]}"#,
            r#"{"text": "hi", "finish_reason": "COMPLETE"}"#,
            r#"{"completions": [{"data": {"text": "hi"}}]}"#,
            r#"{"choices": [{"message": {}}]}"#,
            r#"{"message": "hi", "finishReason": "stop"}"#,
        ] {
            assert_eq!(verify(Mode::Chat, &response(body)), Ok(()), "{body}");
        }
        for body in [
            r#"{"embedding": [0.1]}"#,
            r#"{"embeddings": {"float": [[0.1]]}}"#,
            r#"{"invocationArn": "arn"}"#,
        ] {
            assert_eq!(verify(Mode::Embedding, &response(body)), Ok(()), "{body}");
        }
        assert_eq!(verify(Mode::ImageGeneration, &response(r#"{"images": ["x"]}"#)), Ok(()));
        assert_eq!(verify(Mode::Rerank, &response(r#"{"results": [{"index": 0}]}"#)), Ok(()));
    }

    #[test]
    fn nothing_else_passes_in_any_mode() {
        let bad = [
            "",
            "{}",
            "<html></html>",
            r#"{"message": "The security token is expired"}"#,
            r#"{"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}}"#,
            r#"{"error": {"message": "no"}}"#,
        ];
        for mode in
            [Mode::Chat, Mode::Embedding, Mode::ImageGeneration, Mode::Rerank, Mode::AudioTranscription]
        {
            for body in bad {
                assert!(verify(mode, &response(body)).is_err(), "{mode}: {body:?} passed");
            }
        }
    }

    #[test]
    fn an_agent_that_breaks_off_has_failed() {
        let events = |body: &'static str| {
            let mut response = response(body);
            let kind = HeaderValue::from_static("application/vnd.amazon.eventstream");
            response.headers.insert("content-type", kind);
            response
        };
        assert_eq!(verify(Mode::Chat, &events(":event-type chunk {\"bytes\":\"aGk=\"}")), Ok(()));
        assert!(verify(Mode::Chat, &events(":exception-type throttlingException")).is_err());
        assert!(verify(Mode::Chat, &events("")).is_err());
    }
}
