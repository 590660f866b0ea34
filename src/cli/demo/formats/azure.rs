//! Azure OpenAI: OpenAI's bodies behind URLs, keys and errors of its own.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::openai::Endpoint;
use super::{Format, Request, json_response};

/// `api-key`, `openai/deployments/<name>/…?api-version=`, errors as `{"error": {"code", "message"}}`.
pub(super) struct Azure;

impl Format for Azure {
    fn owns(&self, path: &str) -> bool {
        path.starts_with("openai/")
    }

    fn key<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.header("api-key").or_else(|| request.bearer())
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        let endpoint = request
            .path
            .strip_prefix("openai/deployments/")
            .and_then(|rest| rest.split_once('/'))
            .filter(|_| request.query.contains("api-version="))
            .and_then(|(_, path)| Endpoint::find(&request.method, path));
        match endpoint {
            None => self.refusal(StatusCode::NOT_FOUND, "Resource not found"),
            Some(found) => match request.lacks(found.fields) {
                Some(field) => {
                    self.refusal(StatusCode::BAD_REQUEST, &format!("'{field}' is a required property"))
                }
                None => found.respond(&request.model()),
            },
        }
    }

    fn refusal(&self, status: StatusCode, problem: &str) -> Response<Body> {
        let error = json!({ "code": status.as_str(), "message": problem });
        json_response(status, &json!({ "error": error }))
    }
}
