//! How many failures of which kind a deployment may have before it is left alone for a while, in LiteLLM's words.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Failure, FailureKind};

/// LiteLLM's classes of errors, as `allowed_fails_policy` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// 400, and what else the caller did wrong.
    BadRequest,
    /// 401.
    Authentication,
    /// 408, or no answer before the deadline.
    Timeout,
    /// 429.
    RateLimit,
    /// 400 because of what the request says.
    ContentPolicyViolation,
    /// 500, and failures without a status.
    InternalServer,
    /// 503.
    ServiceUnavailable,
    /// 502.
    BadGateway,
    /// 404.
    NotFound,
}

impl ErrorClass {
    /// All classes with their keys in `allowed_fails_policy`.
    pub const KEYS: [(&'static str, Self); 9] = [
        ("BadRequestErrorAllowedFails", Self::BadRequest),
        ("AuthenticationErrorAllowedFails", Self::Authentication),
        ("TimeoutErrorAllowedFails", Self::Timeout),
        ("RateLimitErrorAllowedFails", Self::RateLimit),
        ("ContentPolicyViolationErrorAllowedFails", Self::ContentPolicyViolation),
        ("InternalServerErrorAllowedFails", Self::InternalServer),
        ("ServiceUnavailableErrorAllowedFails", Self::ServiceUnavailable),
        ("BadGatewayErrorAllowedFails", Self::BadGateway),
        ("NotFoundErrorAllowedFails", Self::NotFound),
    ];

    /// What errors of this class are called in a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad request",
            Self::Authentication => "authentication",
            Self::Timeout => "timeout",
            Self::RateLimit => "rate limit",
            Self::ContentPolicyViolation => "content policy",
            Self::InternalServer => "internal server",
            Self::ServiceUnavailable => "service unavailable",
            Self::BadGateway => "bad gateway",
            Self::NotFound => "not found",
        }
    }

    /// The class of a failure; `None` for a status that LiteLLM has no class for.
    #[must_use]
    pub fn of(failure: &Failure) -> Option<Self> {
        match (failure.kind, failure.status) {
            (FailureKind::Timeout, _) | (FailureKind::Status, Some(408)) => Some(Self::Timeout),
            (FailureKind::Status, Some(400)) if is_about_content(&failure.message) => {
                Some(Self::ContentPolicyViolation)
            }
            (FailureKind::Status, Some(400)) => Some(Self::BadRequest),
            (FailureKind::Status, Some(401)) => Some(Self::Authentication),
            (FailureKind::Status, Some(404)) => Some(Self::NotFound),
            (FailureKind::Status, Some(429)) => Some(Self::RateLimit),
            (FailureKind::Status, Some(502)) => Some(Self::BadGateway),
            (FailureKind::Status, Some(503)) => Some(Self::ServiceUnavailable),
            (FailureKind::Status, Some(status)) if status != 500 => None,
            _ => Some(Self::InternalServer),
        }
    }
}

/// Whether a provider's words mind what the request says.
#[must_use]
pub fn is_about_content(message: &str) -> bool {
    const WORDS: [&str; 4] =
        ["content_policy_violation", "content_policy", "content management policy", "content_filter"];
    contains_any(message, &WORDS)
}

/// Whether a provider's words say that the request is too long for the model.
#[must_use]
pub fn is_about_length(message: &str) -> bool {
    const WORDS: [&str; 6] = [
        "context_length_exceeded",
        "context length",
        "context window",
        "maximum context",
        "prompt is too long",
        "input is too long",
    ];
    contains_any(message, &WORDS)
}

fn contains_any(message: &str, words: &[&str]) -> bool {
    let message = message.to_ascii_lowercase();
    words.iter().any(|words| message.contains(words))
}

/// `allowed_fails_policy`: so many failures of a class are tolerated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailPolicy(BTreeMap<ErrorClass, u32>);

impl FailPolicy {
    /// How many failures of a class are tolerated, if the policy says so.
    #[must_use]
    pub fn allowed(&self, class: ErrorClass) -> Option<u32> {
        self.0.get(&class).copied()
    }
}

impl FromIterator<(ErrorClass, u32)> for FailPolicy {
    fn from_iter<I: IntoIterator<Item = (ErrorClass, u32)>>(allowed: I) -> Self {
        Self(allowed.into_iter().collect())
    }
}

/// What a deployment says about failures itself, over what `router_settings` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnFails {
    /// `model_info.allowed_fails`.
    pub allowed_fails: Option<u32>,
    /// `model_info.allowed_fails_policy`.
    pub policy: Option<FailPolicy>,
    /// `model_info.cooldown_time`, else `litellm_params.cooldown_time`.
    pub cooldown_time: Option<Duration>,
}
