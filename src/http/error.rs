//! Everything that an endpoint can refuse, and the only place that chooses status codes.
//!
//! LiteLLM has two families of error bodies, and clients tell them apart: `{"error": {message, type, param,
//! code}}` for keys and the proxy itself, `{"detail": …}` for what an endpoint refuses. We keep both.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::config::python_repr;

use super::failed_call::FailedCall;
use super::json;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The key is missing, malformed or wrong.
    #[error("Authentication Error, {0}")]
    Unauthorized(&'static str),
    /// The caller may not ask for this.
    #[error("{0}")]
    Forbidden(String),
    /// There is nothing of this name.
    #[error("{0}")]
    NotFound(String),
    /// There is nothing of this name; LiteLLM wraps this one into an object.
    #[error("{0}")]
    NotFoundObject(String),
    /// `/v1/model/info` for an unknown id: 400 in LiteLLM.
    #[error("{0}")]
    UnknownModelId(String),
    /// The path exists, the method does not.
    #[error("Method Not Allowed")]
    MethodNotAllowed,
    /// The body is not JSON.
    #[error("{0}")]
    MalformedBody(String),
    /// A value in the request that can't be used, in the endpoint's own words.
    #[error("{0}")]
    Refused(String),
    /// Query parameters or body fields of the wrong type, at least one.
    #[error("invalid request")]
    Invalid(Vec<Invalid>),
    /// The body is larger than allowed.
    #[error("the request body is larger than {0} bytes")]
    BodyTooLarge(usize),
    /// The body came too slowly.
    #[error("the request body did not arrive in time")]
    BodyTimeout,
    /// `/health/drain` without its token.
    #[error("Invalid or missing X-Drain-Token")]
    DrainToken,
    /// `/health/services` for a service that does not exist.
    #[error("{0}")]
    UnknownService(String),
    /// `/health/services` for a service that can't be tested.
    #[error("{0}")]
    UntestableService(String),
    /// What needs a history store, and there is none.
    #[error("Database not initialized")]
    NoDatabase,
    /// A bug of ours.
    #[error("Internal server error")]
    Internal,
    /// A call that has no answer, in OpenAI's envelope.
    #[error("{}", .0.message)]
    Call(Box<FailedCall>),
}

/// One entry of a validation error.
#[derive(Debug)]
pub(super) struct Invalid {
    /// The kind of mistake: `missing`, `int_parsing` and so on.
    pub(super) kind: &'static str,
    /// Where: `["query", "limit"]`.
    pub(super) location: Vec<&'static str>,
    /// For people.
    pub(super) message: String,
    /// What came. Never a part of a body, which may be a credential in the wrong place.
    pub(super) input: Option<String>,
    /// The bound that was broken: `ge` or `le`, and the number.
    pub(super) bound: Option<(&'static str, i64)>,
}

impl Invalid {
    /// Something required that did not come.
    pub(super) fn missing(location: [&'static str; 2]) -> Self {
        Self {
            kind: "missing",
            location: location.to_vec(),
            message: "Field required".to_owned(),
            input: None,
            bound: None,
        }
    }

    /// A part of the body that has the wrong type.
    pub(super) fn wrong_type(location: &[&'static str], kind: &'static str, due: &str) -> Self {
        Self {
            kind,
            location: location.to_vec(),
            message: format!("Input should be a valid {due}"),
            input: None,
            bound: None,
        }
    }

    fn into_json(self) -> Value {
        let mut entry = json!({
            "type": self.kind, "loc": self.location, "msg": self.message, "input": self.input,
        });
        if let Some((name, number)) = self.bound {
            entry["ctx"] = json!({name: number});
        }
        entry
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(vec![invalid])
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownModelId(_) | Self::MalformedBody(_) | Self::Refused(_) | Self::UnknownService(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized(_) | Self::DrainToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::NotFoundObject(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) | Self::UntestableService(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoDatabase | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Call(call) => call.status,
        }
    }

    /// The body by itself.
    pub(super) fn into_json(self) -> Value {
        let status = self.status();
        self.into_body(status)
    }

    fn into_body(self, status: StatusCode) -> Value {
        let message = self.to_string();
        // `param` is the text "None" in LiteLLM's authentication errors.
        let envelope = |message: String| {
            json!({"error": {
                "message": message, "type": "auth_error", "param": "None", "code": status.as_u16().to_string(),
            }})
        };
        match self {
            Self::Unauthorized(_) => envelope(message),
            // LiteLLM shows a Python dictionary here, and clients match on it.
            Self::UnknownService(_) | Self::UntestableService(_) => {
                envelope(format!("{{'error': {}}}", python_repr(&message)))
            }
            Self::Call(call) => call.into_json(),
            Self::Internal => json!({"error": {
                "message": message, "type": "internal_server_error", "param": null, "code": "500",
            }}),
            Self::Forbidden(_)
            | Self::NotFoundObject(_)
            | Self::UnknownModelId(_)
            | Self::Refused(_)
            | Self::NoDatabase => {
                json!({"detail": {"error": message}})
            }
            Self::Invalid(entries) => {
                json!({"detail": entries.into_iter().map(Invalid::into_json).collect::<Vec<_>>()})
            }
            Self::NotFound(_)
            | Self::MethodNotAllowed
            | Self::MalformedBody(_)
            | Self::BodyTooLarge(_)
            | Self::BodyTimeout
            | Self::DrainToken => json!({"detail": message}),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = match &self {
            Self::Call(call) => call.retry_after,
            _ => None,
        };
        let mut response = json::respond(status, &self.into_body(status));
        if let Some(wait) = retry_after {
            // Whole seconds, and not fewer than asked for.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
