//! The one place that says what an outcome means.

use std::time::Duration;

use crate::domain::{Failure, FailureKind, Outcome, Status, Verdict};

/// The verdict on an outcome. A success that took longer than `degraded_after` is `degraded`.
#[must_use]
pub fn classify(outcome: &Outcome, degraded_after: Option<Duration>) -> Verdict {
    match &outcome.failure {
        None => Verdict {
            status: match degraded_after {
                Some(limit) if outcome.latency > limit => Status::Degraded,
                _ => Status::Up,
            },
            exception_status: None,
        },
        Some(failure) => {
            Verdict { status: status(failure), exception_status: Some(exception_status(failure)) }
        }
    }
}

fn status(failure: &Failure) -> Status {
    match (failure.kind, failure.status) {
        // Who gives out tokens may be in trouble as well.
        (FailureKind::Credentials, Some(429 | 500..)) => Status::Down,
        (FailureKind::Config | FailureKind::Credentials, _)
        | (FailureKind::Status, Some(401 | 403 | 404)) => Status::Misconfigured,
        (FailureKind::Status, Some(429)) => Status::RateLimited,
        _ => Status::Down,
    }
}

/// LiteLLM's `exception_status`: the upstream's error status, 408 for a missed deadline, else 500.
fn exception_status(failure: &Failure) -> u16 {
    match (failure.kind, failure.status) {
        (FailureKind::Timeout, _) => 408,
        (FailureKind::Status | FailureKind::Credentials, Some(status)) => status,
        _ => 500,
    }
}
