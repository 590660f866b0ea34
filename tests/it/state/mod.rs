//! What is known of deployments: how outcomes change it, and what follows for routing.

mod board;
mod cooldown;
mod maintenance;
mod routing;
mod standing;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use llmhealth::domain::{Failure, FailureKind, Outcome, RateLimit};
use llmhealth::probe::classify;
use llmhealth::state::Judged;

/// A moment, in seconds after the tests' beginning of time.
fn at(seconds: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH + Duration::from_hours(500_000) + Duration::from_secs(seconds)
}

/// An outcome at a moment, judged as the daemon judges it.
fn judged(seconds: u64, failure: Option<Failure>) -> Judged {
    let outcome = Outcome {
        checked_at: at(seconds),
        latency: Duration::from_millis(100),
        failure: failure.map(Box::new),
        rate_limit: None,
        probed_model: None,
        cost_usd: None,
        notes: Vec::new(),
    };
    let verdict = classify(&outcome, None);
    Judged { outcome: Arc::new(outcome), verdict }
}

fn failure(kind: FailureKind, status: Option<u16>) -> Failure {
    Failure { kind, status, message: "it failed".to_owned(), hint: None, request_id: None }
}

fn good(seconds: u64) -> Judged {
    judged(seconds, None)
}

/// An answer with an error status.
fn status(seconds: u64, status: u16) -> Judged {
    judged(seconds, Some(failure(FailureKind::Status, Some(status))))
}

fn timed_out(seconds: u64) -> Judged {
    judged(seconds, Some(failure(FailureKind::Timeout, None)))
}

fn refused(seconds: u64) -> Judged {
    judged(seconds, Some(failure(FailureKind::Connect, None)))
}

/// 429 with this `Retry-After`.
fn limited(seconds: u64, retry_after: u64) -> Judged {
    let mut judged = status(seconds, 429);
    let limit = RateLimit { retry_after: Some(Duration::from_secs(retry_after)), ..RateLimit::default() };
    Arc::make_mut(&mut judged.outcome).rate_limit = Some(Box::new(limit));
    judged
}
