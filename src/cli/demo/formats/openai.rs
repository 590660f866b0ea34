//! OpenAI's format, which most vendors have taken over.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};

use super::{Format, Request, json_response, typed_response};

/// `Authorization: Bearer`, paths below `v1/`, errors as `{"error": {"message", "type", "code"}}`.
pub(super) struct OpenAi;

impl Format for OpenAi {
    fn owns(&self, path: &str) -> bool {
        path.starts_with("v1/")
    }

    fn key<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.bearer()
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        let endpoint = request.path.strip_prefix("v1/").unwrap_or(&request.path);
        match Endpoint::find(&request.method, endpoint) {
            None => self.refusal(StatusCode::NOT_FOUND, "Unknown request URL"),
            Some(found) => match request.lacks(found.fields) {
                Some(field) => {
                    self.refusal(StatusCode::BAD_REQUEST, &format!("Missing required parameter: '{field}'"))
                }
                None => found.respond(&request.model()),
            },
        }
    }

    fn refusal(&self, status: StatusCode, problem: &str) -> Response<Body> {
        let (kind, code) = match status.as_u16() {
            401 => ("invalid_request_error", "invalid_api_key"),
            429 => ("requests", "rate_limit_exceeded"),
            500.. => ("server_error", "internal_error"),
            _ => ("invalid_request_error", "bad_request"),
        };
        let error = json!({ "message": problem, "type": kind, "param": null, "code": code });
        json_response(status, &json!({ "error": error }))
    }
}

/// One endpoint of the API.
pub(super) struct Endpoint {
    method: Method,
    path: &'static str,
    /// Body fields without which it refuses.
    pub(super) fields: &'static [&'static str],
    body: fn(&str) -> Value,
}

/// All endpoints. The audio of speech is not JSON and stands apart in [`Endpoint::respond`].
static ENDPOINTS: [Endpoint; 12] = [
    Endpoint { method: Method::GET, path: "models", fields: &[], body: models },
    Endpoint { method: Method::GET, path: "batches", fields: &[], body: batches },
    Endpoint { method: Method::POST, path: "chat/completions", fields: &["messages"], body: chat },
    Endpoint { method: Method::POST, path: "completions", fields: &["prompt"], body: completion },
    Endpoint { method: Method::POST, path: "responses", fields: &["input"], body: response },
    Endpoint { method: Method::POST, path: "embeddings", fields: &["input"], body: embeddings },
    Endpoint { method: Method::POST, path: "rerank", fields: &["query", "documents"], body: rerank },
    Endpoint { method: Method::POST, path: SPEECH, fields: &["input", "voice"], body: |_| Value::Null },
    Endpoint {
        method: Method::POST,
        path: "audio/transcriptions",
        fields: &["file"],
        body: |_| json!({ "text": "test" }),
    },
    Endpoint { method: Method::POST, path: "images/generations", fields: &["prompt"], body: images },
    Endpoint { method: Method::POST, path: "images/edits", fields: &["prompt"], body: images },
    Endpoint { method: Method::POST, path: "videos", fields: &["prompt"], body: video },
];

const SPEECH: &str = "audio/speech";
/// The head of an MPEG layer 3 frame.
const MP3: &[u8] = &[0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0];
/// A transparent PNG of one pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
/// A moment that stays the same, as everything in a mock does.
const CREATED: u32 = 1_700_000_000;

impl Endpoint {
    /// The endpoint at this path below the version.
    pub(super) fn find(method: &Method, path: &str) -> Option<&'static Self> {
        ENDPOINTS.iter().find(|endpoint| endpoint.method == *method && endpoint.path == path)
    }

    /// A good answer.
    pub(super) fn respond(&self, model: &str) -> Response<Body> {
        let mut response = match self.path {
            SPEECH => typed_response(StatusCode::OK, "audio/mpeg", Body::from(MP3)),
            _ => json_response(StatusCode::OK, &(self.body)(model)),
        };
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-remaining-requests", HeaderValue::from_static("59"));
        headers.insert("x-ratelimit-remaining-tokens", HeaderValue::from_static("1999"));
        response
    }
}

fn models(_: &str) -> Value {
    let model = json!({ "id": "mock", "object": "model", "created": CREATED, "owned_by": "llmhealth" });
    json!({ "object": "list", "data": [model] })
}

fn batches(_: &str) -> Value {
    json!({ "object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false })
}

fn chat(model: &str) -> Value {
    json!({
        "id": "chatcmpl-mock", "object": "chat.completion", "created": CREATED, "model": model,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": "Fine, thank you." },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13 },
    })
}

fn completion(model: &str) -> Value {
    json!({
        "id": "cmpl-mock", "object": "text_completion", "created": CREATED, "model": model,
        "choices": [{ "index": 0, "text": " passed", "logprobs": null, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5 },
    })
}

fn response(model: &str) -> Value {
    json!({
        "id": "resp_mock", "object": "response", "created_at": CREATED, "status": "completed",
        "model": model, "error": null,
        "output": [{
            "id": "msg_mock", "type": "message", "role": "assistant", "status": "completed",
            "content": [{ "type": "output_text", "text": "Fine, thank you.", "annotations": [] }],
        }],
        "usage": { "input_tokens": 9, "output_tokens": 4, "total_tokens": 13 },
    })
}

fn embeddings(model: &str) -> Value {
    json!({
        "object": "list", "model": model,
        "data": [{ "object": "embedding", "index": 0, "embedding": [0.25, -0.5, 0.75] }],
        "usage": { "prompt_tokens": 4, "total_tokens": 4 },
    })
}

fn rerank(_: &str) -> Value {
    json!({ "id": "rerank-mock", "results": [{ "index": 0, "relevance_score": 0.9 }] })
}

fn images(_: &str) -> Value {
    json!({ "created": CREATED, "data": [{ "b64_json": PNG }] })
}

fn video(model: &str) -> Value {
    json!({
        "id": "video_mock", "object": "video", "created_at": CREATED, "status": "queued",
        "model": model, "progress": 0, "seconds": "4", "size": "720x1280",
    })
}
