//! What came back from one probe.

use std::time::Duration;

use jiff::Timestamp;

/// The result of one probe. A failed probe is a value, never an `Err`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// When the probe ended.
    pub checked_at: Timestamp,
    /// From the first byte of work to the last byte of the answer. Zero when nothing was sent.
    pub latency: Duration,
    /// What went wrong; `None` for a good answer.
    pub failure: Option<Box<Failure>>,
    /// What the provider said about limits.
    pub rate_limit: Option<Box<RateLimit>>,
    /// The model that was asked, when it is not the deployment's own.
    pub probed_model: Option<String>,
    /// The most that the probe cost, in US dollars, where that is known.
    pub cost_usd: Option<f64>,
    /// Where the request departs from the configuration, and why: a sentence each.
    pub notes: Vec<String>,
}

impl Outcome {
    /// How long the provider asks not to be asked again.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        let limit = self.rate_limit.as_ref()?;
        limit.retry_after.or(limit.resets_after)
    }
}

/// Limits as told in response headers, verbatim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// `x-ratelimit-remaining-requests`.
    pub remaining_requests: Option<String>,
    /// `x-ratelimit-remaining-tokens`.
    pub remaining_tokens: Option<String>,
    /// `x-ms-region`.
    pub region: Option<String>,
    /// `retry-after`, as a duration.
    pub retry_after: Option<Duration>,
    /// When a limit that is used up begins anew, by the headers that tell it. `None` while none is used up.
    pub resets_after: Option<Duration>,
}

/// Why a probe did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// The upstream's HTTP status, if there was one.
    pub status: Option<u16>,
    /// One line for a person, free of secrets.
    pub message: String,
    /// What the person can do, if we know.
    pub hint: Option<String>,
    /// The provider's id of the request, for a support ticket.
    pub request_id: Option<String>,
}

/// The kinds of failure, by what was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The configuration does not describe a request that can be sent.
    Config,
    /// A credential is missing or could not be fetched.
    Credentials,
    /// DNS, TCP or TLS failed before anything was sent.
    Connect,
    /// The connection broke while the request or answer was under way.
    Broken,
    /// The deadline passed.
    Timeout,
    /// The provider answered with an error status.
    Status,
    /// The provider answered 2xx with something that is not an answer.
    Body,
    /// A defect of this program.
    Internal,
}
