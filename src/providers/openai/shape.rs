//! Whether a 2xx body is what OpenAI's endpoint of a mode returns.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::domain::{Mode, WireResponse};

use super::super::ShapeError;
use super::super::answer::{self, Kind};

/// The fields by which answers are recognised. Values are looked at and not kept: an embedding is thousands of
/// numbers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: Kind,
    choices: Kind,
    data: Kind,
    output: Kind,
    results: Kind,
    pages: Kind,
    text: Kind,
    id: Kind,
}

/// Checks the shape of a mode's answer.
///
/// # Errors
/// Says what is wrong with it.
pub fn verify(mode: Mode, response: &WireResponse) -> Result<(), ShapeError> {
    match mode {
        Mode::Realtime => verify_event(response),
        Mode::AudioSpeech => verify_audio(response),
        Mode::AudioTranscription if is_plain_text(response) => Ok(()),
        _ => verify_json(mode, response),
    }
}

fn verify_json(mode: Mode, response: &WireResponse) -> Result<(), ShapeError> {
    let answer: Answer = answer::read(response)?;
    answer::refuse_error(answer.error, response)?;
    let (name, holds) = match mode {
        Mode::Chat | Mode::Completion => ("choices", answer.choices == Kind::List(true)),
        Mode::Embedding | Mode::ImageGeneration | Mode::ImageEdit => {
            ("data", answer.data == Kind::List(true))
        }
        // A young account has no batch jobs, and a model may stop before its first word.
        Mode::Batch => ("data", matches!(answer.data, Kind::List(_))),
        Mode::Responses => ("output", matches!(answer.output, Kind::List(_))),
        Mode::AudioTranscription => ("text", matches!(answer.text, Kind::Text(_))),
        Mode::VideoGeneration => ("id", answer.id == Kind::Text(true)),
        Mode::Rerank => ("results", answer.results == Kind::List(true)),
        Mode::Ocr => ("pages", matches!(answer.pages, Kind::List(_))),
        Mode::AudioSpeech | Mode::Realtime => return Ok(()),
    };
    if holds { Ok(()) } else { Err(ShapeError::Missing(name)) }
}

/// The first event of a session. The API greets with `session.created`, transcription and xAI with names of their
/// own; what is wrong is told in an event of the type `error`.
fn verify_event(response: &WireResponse) -> Result<(), ShapeError> {
    #[derive(serde::Deserialize)]
    struct Event {
        r#type: Option<String>,
        #[serde(default)]
        error: Kind,
    }
    let event: Event = answer::read(response)?;
    answer::refuse_error(event.error, response)?;
    match event.r#type.as_deref() {
        Some("error") => Err(ShapeError::Error(answer::failure(response).message)),
        Some(_) => Ok(()),
        None => Err(ShapeError::Missing("type")),
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

fn is_told_to_be_text(response: &WireResponse) -> bool {
    let kind = response.header("content-type").unwrap_or_default();
    kind.starts_with("application/json") || kind.starts_with("text/")
}

/// Speech is bytes; what can be told is that it is neither nothing, nor a page, nor an error.
fn verify_audio(response: &WireResponse) -> Result<(), ShapeError> {
    let body = response.body.trim_ascii_start();
    match body.first() {
        None => Err(ShapeError::Empty),
        Some(b'<') => Err(ShapeError::NotAudio(answer::what_it_is(response))),
        // JSON that was cut short is no JSON, but what it was meant to be is told.
        Some(_) if is_told_to_be_text(response) && !is_json(body) => {
            Err(ShapeError::NotAudio(answer::what_it_is(response)))
        }
        Some(_) if is_json(body) => {
            if let Ok(answer) = answer::read::<Answer>(response) {
                answer::refuse_error(answer.error, response)?;
            }
            Err(ShapeError::NotAudio("JSON".to_owned()))
        }
        Some(_) => Ok(()),
    }
}

/// Transcripts come as plain text when the deployment asks for `text`, `srt` or `vtt`.
fn is_plain_text(response: &WireResponse) -> bool {
    let is_text = response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/plain") || kind.starts_with("text/vtt"));
    is_text && !matches!(response.body.trim_ascii_start().first(), None | Some(b'{' | b'<'))
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
    fn nothing_that_is_not_an_answer_passes_in_any_mode() {
        let bad = [
            "",
            "  ",
            "{}",
            "[]",
            "null",
            "<html></html>",
            r#"{"error": {"message": "no"}}"#,
            r#"{"error": "no"}"#,
        ];
        for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::Realtime) {
            for body in bad {
                assert!(verify(mode, &response(body)).is_err(), "{mode}: {body:?} passed");
            }
        }
    }

    #[test]
    fn answers_pass() {
        let good = [
            (
                Mode::Chat,
                r#"{"error": null, "choices": [{"finish_reason": "length", "message": {"content": ""}}]}"#,
            ),
            (Mode::Completion, r#"{"choices": [{"text": "ok"}]}"#),
            (Mode::Embedding, r#"{"data": [{"embedding": [0.1]}]}"#),
            (Mode::ImageGeneration, r#"{"data": [{"b64_json": "x"}]}"#),
            (Mode::Batch, r#"{"object": "list", "data": []}"#),
            (Mode::Responses, r#"{"error": null, "status": "incomplete", "output": []}"#),
            (Mode::AudioTranscription, r#"{"text": ""}"#),
            (Mode::VideoGeneration, r#"{"id": "video_1", "status": "queued"}"#),
            (Mode::Rerank, r#"{"results": [{"index": 0}]}"#),
            (Mode::Ocr, r#"{"pages": []}"#),
            (Mode::AudioSpeech, "ID3\u{4}"),
        ];
        for (mode, body) in good {
            assert_eq!(verify(mode, &response(body)), Ok(()), "{mode}");
        }
    }

    #[test]
    fn an_error_told_as_success_is_quoted() {
        let error = verify(Mode::Chat, &response(r#"{"error": {"message": "overloaded"}}"#)).unwrap_err();
        assert_eq!(error.to_string(), "the answer is an error: overloaded");
    }

    #[test]
    fn transcripts_may_be_plain_text() {
        let mut plain = response("WEBVTT\n");
        plain.headers.insert("content-type", HeaderValue::from_static("text/plain; charset=utf-8"));
        assert_eq!(verify(Mode::AudioTranscription, &plain), Ok(()));
        assert!(verify(Mode::AudioTranscription, &response("some words")).is_err());
    }
}
