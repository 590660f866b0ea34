//! What goes wrong between this program and a deployment: values that the board, the client and the choice of another
//! deployment can use.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::config::Config;
use crate::domain::{
    Failure, FailureKind, RateLimit, Redactor, Secret, SignedRequest, WireResponse, is_about_content,
    is_about_length,
};
use crate::probe::failure;
use crate::providers::chat::TranslateError;
use crate::providers::{ShapeError, UpstreamFailure};
use crate::state::ErrorKind;
use crate::transport::TransportError;

use super::PlanError;

/// What went wrong between this program and a deployment. All texts are free of secrets.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The provider's slug; empty when the model string leads to none.
    pub provider: &'static str,
    /// As the board keeps it.
    pub failure: Failure,
    /// For the client: the provider's own words if it said any.
    pub told: UpstreamFailure,
    /// What the provider said about limits.
    pub rate_limit: Option<Box<RateLimit>>,
}

impl Fault {
    /// The HTTP status that tells the client most: the provider's own for its errors, 408 when it took too long, 502
    /// when it could not be reached or what it answered makes no sense, 500 when the configuration is at fault.
    #[must_use]
    pub fn status(&self) -> u16 {
        match (self.failure.kind, self.failure.status) {
            (FailureKind::Timeout, _) => 408,
            (FailureKind::Config | FailureKind::Credentials | FailureKind::Internal, _) => 500,
            (FailureKind::Status | FailureKind::Body, Some(status @ 400..=599)) => status,
            _ => 502,
        }
    }

    /// Whether another deployment may do better: not when the request itself is at fault.
    #[must_use]
    pub fn may_be_retried(&self) -> bool {
        match self.failure.kind {
            FailureKind::Internal => false,
            FailureKind::Status | FailureKind::Body => {
                matches!(self.status(), 401 | 403 | 404 | 408 | 429 | 500..=599)
            }
            _ => true,
        }
    }

    /// LiteLLM's name for an error of this kind, which clients look for in its message and dashboards in metrics.
    #[must_use]
    pub fn class(&self) -> &'static str {
        let says = |is_about: fn(&str) -> bool| {
            [Some(&self.told.message), self.told.code.as_ref()]
                .into_iter()
                .flatten()
                .any(|text| is_about(text))
        };
        match self.status() {
            400 if says(is_about_length) => "ContextWindowExceededError",
            400 if says(is_about_content) => "ContentPolicyViolationError",
            400 => "BadRequestError",
            401 => "AuthenticationError",
            403 => "PermissionDeniedError",
            404 => "NotFoundError",
            408 => "Timeout",
            422 => "UnprocessableEntityError",
            429 => "RateLimitError",
            500 => "InternalServerError",
            502 if matches!(self.failure.kind, FailureKind::Connect | FailureKind::Broken) => {
                "APIConnectionError"
            }
            502 => "BadGatewayError",
            503 => "ServiceUnavailableError",
            _ => "APIError",
        }
    }

    /// The same with its status.
    pub(super) fn error_kind(&self) -> ErrorKind {
        ErrorKind { status: self.status(), class: self.class() }
    }

    /// How long the provider asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.rate_limit.as_ref()?.retry_after
    }
}

/// Makes faults of what happens to one attempt, and keeps secrets out of what it brings.
#[derive(Clone)]
pub(super) struct Witness {
    provider: &'static str,
    config: Arc<Config>,
    /// What the last request was authorised with.
    credential: Option<Secret>,
    /// Texts in requests that only the provider was to see.
    confidences: Vec<String>,
}

impl Witness {
    /// Of an attempt at this provider.
    pub(super) fn new(provider: &'static str, config: Arc<Config>) -> Self {
        Self { provider, config, credential: None, confidences: Vec::new() }
    }

    /// Notes what is secret in a request: the provider knows it from now on, and may repeat it.
    pub(super) fn saw(&mut self, request: &SignedRequest) {
        self.credential.clone_from(&request.credential);
        let credential = request.credential.iter().map(Secret::expose);
        let headers = request.headers.values().filter(|value| value.is_sensitive());
        let headers = headers.filter_map(|value| value.to_str().ok()?.rsplit(' ').next());
        let known = credential.chain(headers).chain(request.url.password());
        for text in known.filter(|text| !text.is_empty()) {
            if !self.confidences.iter().any(|other| other == text) {
                self.confidences.push(text.to_owned());
            }
        }
    }

    /// An answer without secrets, should the provider repeat any: it is searched for those that the provider was told.
    pub(super) fn clean(&self, answer: Bytes) -> Bytes {
        let Ok(text) = std::str::from_utf8(&answer) else { return answer };
        if !self.confidences.iter().any(|secret| text.contains(secret)) {
            return answer;
        }
        Bytes::from(self.redact(text))
    }

    /// Knows the secrets of the configuration.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.config.redactor
    }

    /// A text without any secret.
    fn redact(&self, text: &str) -> String {
        let own = Redactor::new(self.credential.as_ref());
        own.clean(&self.config.redactor.clean(text)).into_owned()
    }

    /// No connection, or a broken one.
    pub(super) fn unreachable(&self, error: &TransportError) -> Box<Fault> {
        self.fault(failure::transport(error), None)
    }

    /// A success that is no answer.
    pub(super) fn misshapen(&self, response: &WireResponse, error: &ShapeError) -> Box<Fault> {
        self.fault(failure::body(response, error), None)
    }

    /// An answer that can't be passed on. An error told in a success is what its status would have said.
    pub(super) fn untranslatable(&self, error: TranslateError) -> Box<Fault> {
        let failure = untold(FailureKind::Body, error.to_string(), None);
        match error {
            // An error that is told in the midst of a success counts like one that is told by a status.
            TranslateError::Failed { status: status @ Some(400..=599), failure: told } => {
                self.fault(Failure { kind: FailureKind::Status, status, ..failure }, Some(told))
            }
            TranslateError::Failed { failure: told, .. } => self.fault(failure, Some(told)),
            _ => self.fault(failure, None),
        }
    }

    /// No answer in time.
    pub(super) fn late(&self, limit: Duration) -> Box<Fault> {
        let hint = "if this model may take longer, raise `litellm_params.timeout` or `litellm_params.stream_timeout`";
        self.fault(untold(FailureKind::Timeout, format!("no answer within {limit:?}"), Some(hint)), None)
    }

    /// A stream that brings nothing any more.
    pub(super) fn silent(&self, limit: Duration) -> Box<Fault> {
        let hint = "if this model may be silent for longer, raise `llmhealth.proxy.idle_timeout`";
        let message = format!("the stream brought nothing for {limit:?}");
        self.fault(untold(FailureKind::Timeout, message, Some(hint)), None)
    }

    /// A fault with all texts cleaned of secrets.
    pub(super) fn fault(&self, failure: Failure, told: Option<UpstreamFailure>) -> Box<Fault> {
        let redactor = &self.config.redactor;
        let failure = failure::presentable(failure, redactor, self.credential.as_ref());
        let clean = |text: &str| self.redact(text);
        let told = match told {
            Some(UpstreamFailure { message, code, kind, param, request_id })
                if !message.trim().is_empty() =>
            {
                UpstreamFailure {
                    message: clean(&message),
                    code: code.as_deref().map(clean),
                    kind: kind.as_deref().map(clean),
                    param: param.map(|param| clean(&param).into_boxed_str()),
                    request_id: request_id.as_deref().map(clean),
                }
            }
            _ => UpstreamFailure { message: failure.message.clone(), ..UpstreamFailure::default() },
        };
        Box::new(Fault { provider: self.provider, failure, told, rate_limit: None })
    }
}

/// A defect of this program.
pub(super) fn defect() -> Box<Fault> {
    let failure = failure::internal();
    let told = UpstreamFailure { message: failure.message.clone(), ..UpstreamFailure::default() };
    Box::new(Fault { provider: "", failure, told, rate_limit: None })
}

/// A fault of the configuration: the deployment can't be asked.
pub(super) fn unplannable(error: &PlanError, redactor: &Redactor) -> Box<Fault> {
    let failure = failure::config(error.to_string(), error.hint());
    let failure = failure::presentable(failure, redactor, None);
    let told = UpstreamFailure { message: failure.message.clone(), ..UpstreamFailure::default() };
    Box::new(Fault { provider: "", failure, told, rate_limit: None })
}

/// A failure that no status tells.
fn untold(kind: FailureKind, message: String, hint: Option<&str>) -> Failure {
    Failure { kind, status: None, message, hint: hint.map(str::to_owned), request_id: None }
}
