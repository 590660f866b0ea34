//! What counts as an answer, format by format.

use bytes::Bytes;
use http::HeaderMap;
use llmhealth::domain::{Call, Mode, WireResponse};
use llmhealth::providers::{PROVIDERS, find};
use serde_json::Map;

fn response(body: &str) -> WireResponse {
    WireResponse { status: 200, headers: HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn call(mode: Mode) -> Call {
    Call::new(mode, Map::new())
}

#[test]
fn nothing_that_is_not_an_answer_passes_at_any_provider() {
    let bad = [
        "",
        "  ",
        "null",
        "{}",
        "<html><title>502 Bad Gateway</title></html>",
        r#"{"error": {"message": "no such model"}}"#,
        r#"{"error": "no such model"}"#,
    ];
    for provider in PROVIDERS {
        for &mode in provider.modes.iter().filter(|mode| **mode != Mode::Realtime) {
            // Google writes an empty list, such as of batch jobs, without its name.
            for body in bad.into_iter().filter(|body| mode != Mode::Batch || *body != "{}") {
                let verified = provider.adapter.verify(&call(mode), &response(body));
                assert!(verified.is_err(), "{} {mode}: {body:?} passed", provider.slug);
            }
        }
    }
}

#[test]
fn answers_pass_in_every_format() {
    let generated = r#"{"generated_text": "2"}"#;
    let good = [
        ("bytez", Mode::Chat, r#"{"error": null, "output": {"role": "assistant", "content": "2"}}"#),
        (
            "cohere",
            Mode::Chat,
            r#"{"id": "1", "finish_reason": "MAX_TOKENS", "message": {"role": "assistant", "content": []}}"#,
        ),
        ("cohere", Mode::Embedding, r#"{"embeddings": {"float": [[0.1]]}}"#),
        ("cohere", Mode::Rerank, r#"{"results": [{"index": 0, "relevance_score": 0.1}]}"#),
        ("deepgram", Mode::AudioTranscription, r#"{"results": {"channels": [{"alternatives": []}]}}"#),
        ("elevenlabs", Mode::AudioSpeech, "ID3\u{4}"),
        ("elevenlabs", Mode::AudioTranscription, r#"{"text": "", "words": []}"#),
        ("fal_ai", Mode::ImageGeneration, r#"{"images": [{"url": "https://x/y.png"}], "seed": 1}"#),
        ("huggingface", Mode::Embedding, "[[0.1, 0.2]]"),
        ("huggingface", Mode::Rerank, r#"[{"index": 0, "score": 0.9}]"#),
        ("langflow", Mode::Chat, r#"{"session_id": "1", "outputs": [{"inputs": {}}]}"#),
        ("langgraph", Mode::Chat, r#"{"messages": [{"type": "ai", "content": "2"}]}"#),
        ("nlp_cloud", Mode::Chat, generated),
        ("ollama", Mode::Chat, r#"{"model": "m", "response": "", "done": true}"#),
        ("ollama", Mode::Embedding, r#"{"embeddings": [[0.1]]}"#),
        ("ollama_chat", Mode::Chat, r#"{"message": {"role": "assistant", "content": ""}, "done": true}"#),
        ("predibase", Mode::Chat, generated),
        ("replicate", Mode::Chat, r#"{"status": "succeeded", "error": null, "output": ["2"]}"#),
        ("recraft", Mode::ImageEdit, r#"{"data": [{"url": "https://x/y.png"}]}"#),
        ("stability", Mode::ImageEdit, r#"{"image": "aGk=", "finish_reason": "SUCCESS", "seed": 1}"#),
        ("triton", Mode::Chat, r#"{"text_output": "2"}"#),
        ("triton", Mode::Embedding, r#"{"outputs": [{"shape": [1, 2], "data": [0.1, 0.2]}]}"#),
        ("voyage", Mode::Rerank, r#"{"data": [{"index": 0, "relevance_score": 0.1}]}"#),
    ];
    for (slug, mode, body) in good {
        let adapter = find(slug).unwrap().adapter;
        assert_eq!(adapter.verify(&call(mode), &response(body)), Ok(()), "{slug} {mode}");
    }
}
