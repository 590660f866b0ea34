//! Errors of calls in OpenAI's envelope, with LiteLLM's names for their kinds.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::config::{Config, python_repr};
use crate::proxy::{CallError, Fault, PlanError};

use super::auth::Caller;
use super::error::ApiError;

/// A call that has no answer.
#[derive(Debug)]
pub(super) struct FailedCall {
    pub(super) status: StatusCode,
    pub(super) message: String,
    kind: &'static str,
    param: Option<String>,
    /// What the provider said besides its message.
    details: Map<String, Value>,
    pub(super) retry_after: Option<Duration>,
}

impl FailedCall {
    fn new(status: StatusCode, message: String) -> Self {
        let kind = kind(status.as_u16());
        Self { status, message, kind, param: None, details: Map::new(), retry_after: None }
    }

    pub(super) fn into_json(self) -> Value {
        let Self { status, message, kind, param, details, .. } = self;
        let code = status.as_u16().to_string();
        let mut error = json!({"message": message, "type": kind, "param": param, "code": code});
        if !details.is_empty() {
            error["provider_specific_fields"] = Value::Object(details);
        }
        json!({"error": error})
    }
}

impl ApiError {
    /// The client's own mistake in a call.
    pub(super) fn bad_call(message: String, param: Option<String>) -> Self {
        Self::Call(Box::new(FailedCall { param, ..FailedCall::new(StatusCode::BAD_REQUEST, message) }))
    }

    /// A call whose body is compressed.
    pub(super) fn encoded_call(encoding: &HeaderValue) -> Self {
        let encoding = encoding.to_str().unwrap_or("something else");
        let message =
            format!("the request body is encoded (`content-encoding: {encoding}`): send it as it is");
        Self::Call(Box::new(FailedCall::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)))
    }

    /// The same refusal in OpenAI's envelope.
    pub(super) fn in_envelope(self) -> Self {
        let status = match &self {
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::MalformedBody(_) => StatusCode::BAD_REQUEST,
            _ => return self,
        };
        Self::Call(Box::new(FailedCall::new(status, self.to_string())))
    }

    /// Why a call has no answer.
    pub(super) fn of_call(error: CallError, path: &str, caller: &Caller, config: &Config) -> Self {
        match error {
            CallError::UnknownModel(model) => {
                // LiteLLM's words, which clients look for.
                let message = format!(
                    "{path}: Invalid model name passed in model={model}. Call `/v1/models` to view available models \
                     for your key."
                );
                let message = caller.clean(&message, config).into_owned();
                let mut call = FailedCall::new(StatusCode::BAD_REQUEST, message.clone());
                call.details.insert("error".to_owned(), Value::from(message));
                Self::Call(Box::new(call))
            }
            CallError::Forbidden(model) => {
                // LiteLLM's words, as above.
                let models = caller.models.iter().flat_map(|models| models.iter());
                let models: Vec<String> = models.map(|glob| python_repr(glob.as_str())).collect();
                let models = models.join(", ");
                let message = format!(
                    "key not allowed to access model. This key can only access models=[{models}]. Tried to access \
                     {model}"
                );
                let call =
                    FailedCall::new(StatusCode::FORBIDDEN, caller.clean(&message, config).into_owned());
                let param = Some("model".to_owned());
                Self::Call(Box::new(FailedCall { kind: "key_model_access_denied", param, ..call }))
            }
            CallError::NoneUsable(_) => {
                Self::Call(Box::new(FailedCall::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())))
            }
            CallError::Refused(error) => Self::Call(Box::new(refused(&error, caller, config))),
            CallError::Failed(fault) => Self::of_fault(*fault, caller, config),
        }
    }

    /// What went wrong with a deployment.
    pub(super) fn of_fault(fault: Fault, caller: &Caller, config: &Config) -> Self {
        let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_GATEWAY);
        let retry_after = fault.retry_after();
        let who = if fault.provider.is_empty() { String::new() } else { format!("{}: ", fault.provider) };
        let message =
            format!("litellm.{}: {who}{}", fault.class(), caller.clean(&fault.told.message, config));
        let param = fault.told.param.map(|param| caller.clean(&param, config).into_owned());
        let mut call = FailedCall { param, retry_after, ..FailedCall::new(status, message) };
        for (name, value) in [("code", fault.told.code), ("type", fault.told.kind)] {
            if let Some(value) = value {
                call.details.insert(name.to_owned(), Value::from(caller.clean(&value, config)));
            }
        }
        Self::Call(Box::new(call))
    }
}

/// The client asked for what the deployment can't do.
fn refused(error: &PlanError, caller: &Caller, config: &Config) -> FailedCall {
    let words = match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    };
    let words = caller.clean(&words, config);
    let class = if error.is_unsupported() { "UnsupportedParamsError" } else { "BadRequestError" };
    let call = FailedCall::new(StatusCode::BAD_REQUEST, format!("litellm.{class}: {words}"));
    FailedCall { param: error.param().map(str::to_owned), ..call }
}

/// The word for an error's `type`.
fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        408 => "timeout_error",
        429 => "throttling_error",
        400..=499 => "invalid_request_error",
        503 => "service_unavailable_error",
        _ => "internal_server_error",
    }
}
