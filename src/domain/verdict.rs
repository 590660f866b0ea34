//! What is concluded from an outcome.

use std::fmt;

use serde::Serialize;

/// The state of a deployment in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Answers well.
    Up,
    /// Answers well, but slower than `llmhealth.degraded_after`.
    Degraded,
    /// Alive, but refuses for now: HTTP 429.
    RateLimited,
    /// Can't work until a person changes something: key, name, mode, variable.
    Misconfigured,
    /// Does not answer, or answers wrongly.
    Down,
    /// Not judged yet.
    Unknown,
}

impl Status {
    /// The word in responses and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::RateLimited => "rate_limited",
            Self::Misconfigured => "misconfigured",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the deployment belongs to `healthy_endpoints`.
    #[must_use]
    pub const fn is_healthy(self) -> bool {
        matches!(self, Self::Up | Self::Degraded)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The judgement of one outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The state.
    pub status: Status,
    /// LiteLLM's `exception_status` of an unhealthy deployment: the upstream's status, 408 when the deadline
    /// passed, 500 when there was no status at all. `None` when healthy.
    pub exception_status: Option<u16>,
}
