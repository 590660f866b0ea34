//! Whether a 2xx body is what an endpoint of Google's returns.

use serde::Deserialize;

use crate::domain::{Call, Mode, WireResponse};
use crate::providers::ShapeError;
use crate::providers::answer::{self, Kind};

/// The fields by which answers are recognised, those of the partners' formats on Vertex AI included.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    error: Kind,
    candidates: Kind,
    prompt_feedback: Kind,
    choices: Kind,
    content: Kind,
    #[serde(rename = "stop_reason")]
    stop_reason: Kind,
    embedding: Kind,
    embeddings: Kind,
    predictions: Kind,
    audio_content: Kind,
    name: Kind,
    records: Kind,
    results: Kind,
    metadata: Kind,
    outputs: Kind,
    steps: Kind,
    pages: Kind,
    setup_complete: Kind,
}

/// Checks the shape of a mode's answer. A mode has several, since formats differ between models.
pub(crate) fn verify(call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
    let answer: Answer = answer::read(response)?;
    answer::refuse_error(answer.error, response)?;
    let filled = |field: Kind| matches!(field, Kind::List(true) | Kind::Object(true) | Kind::Text(true));
    // A blocked prompt has no candidates, and was answered all the same.
    let generated = filled(answer.candidates) || filled(answer.prompt_feedback);
    let (name, holds) = match call.mode {
        Mode::Embedding => (
            "embeddings",
            [answer.embedding, answer.embeddings, answer.predictions].map(filled).contains(&true),
        ),
        Mode::ImageGeneration | Mode::ImageEdit => ("candidates", generated || filled(answer.predictions)),
        Mode::AudioSpeech => ("audioContent", generated || filled(answer.audio_content)),
        Mode::VideoGeneration => ("name", filled(answer.name)),
        Mode::Rerank => ("records", filled(answer.records)),
        // The probe's sound has no words in it, so there may be no result.
        Mode::AudioTranscription => {
            let spoken = [answer.results, answer.outputs, answer.steps].map(filled).contains(&true);
            ("results", spoken || answer.metadata != Kind::Absent)
        }
        // Google leaves an empty list out, so `{}` is what an account without jobs gets.
        Mode::Batch => ("batchPredictionJobs", response.body.trim_ascii_start().starts_with(b"{")),
        Mode::Ocr => ("pages", matches!(answer.pages, Kind::List(_)) || filled(answer.choices)),
        Mode::Chat | Mode::Completion | Mode::Responses => {
            let claude = matches!(answer.content, Kind::List(_)) || filled(answer.stop_reason);
            ("candidates", generated || filled(answer.choices) || claude)
        }
        Mode::Realtime => ("setupComplete", answer.setup_complete != Kind::Absent),
    };
    if holds { Ok(()) } else { Err(ShapeError::Missing(name)) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use serde_json::Map;

    use super::*;

    fn check(mode: Mode, body: &'static str) -> Result<(), ShapeError> {
        let response = WireResponse {
            status: 200,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        verify(&Call::new(mode, Map::new()), &response)
    }

    #[test]
    fn answers_pass() {
        for (mode, body) in [
            (Mode::Chat, r#"{"candidates": [{"finishReason": "MAX_TOKENS"}], "usageMetadata": {}}"#),
            (Mode::Chat, r#"{"promptFeedback": {"blockReason": "SAFETY"}}"#),
            (Mode::Chat, r#"{"choices": [{"message": {"content": "2"}}]}"#),
            (Mode::Chat, r#"{"type": "message", "content": [], "stop_reason": "max_tokens"}"#),
            (Mode::Embedding, r#"{"embeddings": [{"values": [0.1]}]}"#),
            (Mode::Embedding, r#"{"embedding": {"values": [0.1]}}"#),
            (Mode::Embedding, r#"{"predictions": [{"embeddings": {"values": [0.1]}}]}"#),
            (Mode::ImageGeneration, r#"{"predictions": [{"bytesBase64Encoded": "AAAA"}]}"#),
            (Mode::AudioSpeech, r#"{"audioContent": "AAAA"}"#),
            (Mode::AudioTranscription, r#"{"metadata": {"totalBilledDuration": "1s"}}"#),
            (Mode::AudioTranscription, r#"{"outputs": [{"type": "text", "text": "ok"}]}"#),
            (Mode::VideoGeneration, r#"{"name": "operations/op1"}"#),
            (Mode::Rerank, r#"{"records": [{"id": "0", "score": 0.9}]}"#),
            (Mode::Batch, "{}"),
            (Mode::Ocr, r#"{"pages": []}"#),
        ] {
            assert_eq!(check(mode, body), Ok(()), "{mode} {body}");
        }
    }

    #[test]
    fn what_is_no_answer_does_not() {
        for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::Realtime) {
            for body in ["", "[]", "<html></html>", r#"{"error": {"code": 500, "message": "no"}}"#] {
                assert!(check(mode, body).is_err(), "{mode} {body}");
            }
            assert_eq!(check(mode, "{}").is_ok(), mode == Mode::Batch, "{mode}");
        }
        assert!(check(Mode::Chat, r#"{"candidates": []}"#).is_err());
    }
}
