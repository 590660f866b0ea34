//! The wire formats that the mock provider speaks, as their vendors do: each has its own place for the
//! key, its own required fields and its own shape of errors.

mod anthropic;
mod azure;
mod openai;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value;

/// A request to the mock, without the path segment that names the fault.
pub(super) struct Request {
    /// The HTTP method.
    pub(super) method: Method,
    /// The path, without a leading slash.
    pub(super) path: String,
    /// The query, empty if there is none.
    pub(super) query: String,
    /// All headers.
    pub(super) headers: HeaderMap,
    /// The whole body.
    pub(super) body: Bytes,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn bearer(&self) -> Option<&str> {
        self.header("authorization").and_then(|value| value.strip_prefix("Bearer "))
    }

    /// The first of these body fields that the request lacks, be it JSON or a form.
    fn lacks(&self, fields: &[&'static str]) -> Option<&'static str> {
        let json: Option<Value> = serde_json::from_slice(&self.body).ok();
        let has = |field: &str| match &json {
            Some(body) => body.get(field).is_some_and(|value| !value.is_null()),
            None => String::from_utf8_lossy(&self.body).contains(&format!("name=\"{field}\"")),
        };
        fields.iter().copied().find(|field| !has(field))
    }

    /// The model that the body asks for.
    fn model(&self) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        json.get("model").and_then(Value::as_str).unwrap_or("mock").to_owned()
    }
}

/// A vendor's way to be asked and to answer.
pub(super) trait Format: Sync {
    /// Whether requests to this path are in this format.
    fn owns(&self, path: &str) -> bool;

    /// The key that the request presents.
    fn key<'a>(&self, request: &'a Request) -> Option<&'a str>;

    /// The answer to an authorised request, or the refusal of a malformed one.
    fn answer(&self, request: &Request) -> Response<Body>;

    /// An error as this vendor tells it.
    fn refusal(&self, status: StatusCode, problem: &str) -> Response<Body>;
}

/// The format of a path. OpenAI's comes last and takes all that is left.
pub(super) fn of_path(path: &str) -> &'static dyn Format {
    const SPECIAL: [&dyn Format; 2] = [&azure::Azure, &anthropic::Anthropic];
    SPECIAL.into_iter().find(|format| format.owns(path)).unwrap_or(&openai::OpenAi)
}

/// A JSON answer.
pub(super) fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    typed_response(status, "application/json", Body::from(body.to_string()))
}

fn typed_response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
