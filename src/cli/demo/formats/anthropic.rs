//! Anthropic's messages.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use serde_json::json;

use super::{Format, Request, json_response};

/// `x-api-key` and `anthropic-version`, errors as `{"type": "error", "error": {"type", "message"}}`.
pub(super) struct Anthropic;

impl Format for Anthropic {
    fn owns(&self, path: &str) -> bool {
        path == "v1/messages"
    }

    fn key<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.header("x-api-key")
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        if request.method != Method::POST {
            return self.refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        }
        if request.header("anthropic-version").is_none() {
            return self.refusal(StatusCode::BAD_REQUEST, "anthropic-version: header is required");
        }
        if let Some(field) = request.lacks(&["model", "max_tokens", "messages"]) {
            return self.refusal(StatusCode::BAD_REQUEST, &format!("{field}: Field required"));
        }
        json_response(
            StatusCode::OK,
            &json!({
                "id": "msg_mock", "type": "message", "role": "assistant", "model": request.model(),
                "content": [{ "type": "text", "text": "Fine, thank you." }],
                "stop_reason": "end_turn", "stop_sequence": null,
                "usage": { "input_tokens": 9, "output_tokens": 4 },
            }),
        )
    }

    fn refusal(&self, status: StatusCode, problem: &str) -> Response<Body> {
        let kind = match status.as_u16() {
            401 => "authentication_error",
            429 => "rate_limit_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        let error = json!({ "type": kind, "message": problem });
        json_response(status, &json!({ "type": "error", "error": error }))
    }
}
