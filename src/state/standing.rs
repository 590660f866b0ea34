//! What is known of one deployment, and how an outcome changes it.
//!
//! An outcome is raw: one answer, good or bad. The [`Condition`] is damped: it turns when outcomes agree, so that one
//! odd answer moves no traffic and wakes nobody. The rules, all in [`Standing::after_probe`]:
//!
//! - Bad: `fall` failures in a row. That holds for a deployment that was never judged too: it is `unknown`, and may be
//!   used, until `fall` failures say otherwise.
//! - Good: one success if the condition is unknown, since it proves that the deployment serves; `rise` successes in a
//!   row if it was unhealthy.
//! - A request that can't even be made counts as final: asking again can't help, so the condition falls at once. A
//!   401, 403 or 404 does not, though it is `misconfigured` as well: gateways answer so in passing, and re-checks after
//!   2 s and 5 s make waiting for certainty cheap.
//! - 429 and timeouts are failures, unless `health_check_ignore_transient_errors` is on: then they count neither way,
//!   and `rise` of them in a row turn unhealthy into unknown, so that an old failure is not left behind for ever.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{FailureKind, Outcome, Status, Verdict, is_about_content, is_about_length};

use super::cooldown::{self, Cooldown, Ledger};
use super::counted::Counted;
use super::rules::Rules;
use super::traffic::Minute;

/// An outcome with what is concluded from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What came back.
    pub outcome: Arc<Outcome>,
    /// What is concluded from it.
    pub verdict: Verdict,
}

impl Judged {
    /// When the outcome was there.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.outcome.checked_at
    }

    /// Whether it is a failure that may pass by itself: 429, or no answer in time.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.verdict.exception_status, Some(408 | 429))
    }

    /// Whether nothing of the deployment was heard at all: then it may be our own network.
    #[must_use]
    pub fn is_unreached(&self) -> bool {
        self.outcome.failure.as_ref().is_some_and(|failure| {
            matches!(failure.kind, FailureKind::Connect | FailureKind::Timeout | FailureKind::Broken)
                && failure.status.is_none()
        })
    }

    /// Whether it says anything about the deployment. A request of the caller that the provider refuses, or that can't
    /// be made, does not.
    #[must_use]
    pub fn is_about_deployment(&self) -> bool {
        self.outcome.failure.as_ref().is_none_or(|failure| match (failure.kind, failure.status) {
            (FailureKind::Status, Some(401 | 403 | 404 | 408 | 429)) => true,
            (FailureKind::Status, Some(400..=499)) | (FailureKind::Config | FailureKind::Internal, _) => {
                false
            }
            // Some servers say so with a status of their own fault.
            (FailureKind::Status | FailureKind::Body, _) => {
                !is_about_length(&failure.message) && !is_about_content(&failure.message)
            }
            _ => true,
        })
    }
}

/// The damped state of a deployment, on which routing, alerts and metrics act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Nothing certain is known yet.
    #[default]
    Unknown,
    /// It serves.
    Healthy,
    /// It does not serve.
    Unhealthy,
}

impl Condition {
    /// The word in responses and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// Everything that is known of one deployment. Immutable; an outcome makes a new one. A large fleet has many, so what few
/// of them have is boxed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// The latest outcome, raw.
    pub latest: Option<Judged>,
    /// The damped state.
    pub condition: Condition,
    /// Since when the condition has been what it is; `None` while it never was anything but unknown.
    pub since: Option<Timestamp>,
    /// When the latest good outcome was there.
    pub last_healthy: Option<Timestamp>,
    /// The latest failure. It stays when the deployment recovers.
    pub last_error: Option<Judged>,
    /// Failures in a row, up to the latest outcome that counts.
    pub consecutive_failures: u32,
    /// Successes in a row, up to the latest outcome that counts.
    pub consecutive_successes: u32,
    /// Ignored transient failures in a row, up to the latest outcome.
    pub consecutive_ignored: u32,
    /// The latest outcome disagrees with the condition, so the next ones decide: worth a quick second look. Never after
    /// 429, which asks for the opposite.
    pub is_turning: bool,
    /// When the next probe is due, if a schedule has said so.
    pub next_due: Option<Timestamp>,
    /// Why and until when no traffic should go there, whatever the condition.
    pub cooldown: Option<Box<Cooldown>>,
    /// How often a cooldown began, by LiteLLM's `exception_status` of the failure that began it.
    pub cooldowns: Option<Box<Counted<Option<u16>>>>,
    pub(super) ledger: Option<Box<Ledger>>,
}

/// What an outcome says about the condition.
enum Reading {
    Good,
    /// A failure, and whether asking again can't help.
    Bad {
        is_final: bool,
    },
    /// Neither.
    Ignored,
}

impl Standing {
    /// What is known after another probe.
    #[must_use]
    pub fn after_probe(&self, judged: Judged, rules: &Rules) -> Self {
        let mut after = self.clone();
        match read(&judged, rules) {
            Reading::Good => {
                after.take_good(&judged, rules);
                cooldown::after_good_probe(&mut after.ledger, &mut after.cooldown);
            }
            Reading::Bad { is_final } => {
                after.take_bad(&judged, is_final, rules);
                let begun = cooldown::after_failed_probe(&mut after.ledger, &judged, &rules.cooldown);
                after.cool(begun);
            }
            Reading::Ignored => after.take_ignored(&judged, rules),
        }
        after.latest = Some(judged);
        after
    }

    /// What is known after a request of real traffic, in a minute with these requests. With `is_check` it counts like a probe too, unless it says
    /// something about the caller alone.
    #[must_use]
    pub fn after_traffic(&self, judged: &Judged, minute: Minute, is_check: bool, rules: &Rules) -> Self {
        let mut after = if is_check && judged.is_about_deployment() {
            self.after_probe(judged.clone(), rules)
        } else {
            self.clone()
        };
        let begun = cooldown::after_traffic(&mut after.ledger, judged, minute, &rules.cooldown);
        after.cool(begun);
        after
    }

    fn cool(&mut self, begun: Option<Cooldown>) {
        let Some(begun) = begun else { return };
        // One that goes on is only made longer.
        if self.cooling(begun.since).is_none() {
            self.cooldowns.get_or_insert_default().add(begun.status);
        }
        self.cooldown = cooldown::longer(Some(Box::new(begun)), self.cooldown.take());
    }

    fn take_good(&mut self, judged: &Judged, rules: &Rules) {
        self.consecutive_successes = self.consecutive_successes.saturating_add(1);
        self.consecutive_failures = 0;
        self.consecutive_ignored = 0;
        self.last_healthy = Some(judged.at());
        if self.condition == Condition::Unknown || self.consecutive_successes >= rules.rise {
            self.turn(Condition::Healthy, judged.at());
        }
        self.is_turning = self.condition == Condition::Unhealthy;
    }

    fn take_bad(&mut self, judged: &Judged, is_final: bool, rules: &Rules) {
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
        self.consecutive_successes = 0;
        self.consecutive_ignored = 0;
        self.last_error = Some(judged.clone());
        if is_final || self.consecutive_failures >= rules.fall {
            self.turn(Condition::Unhealthy, judged.at());
        }
        self.is_turning =
            self.condition != Condition::Unhealthy && judged.verdict.status != Status::RateLimited;
    }

    fn take_ignored(&mut self, judged: &Judged, rules: &Rules) {
        self.consecutive_ignored = self.consecutive_ignored.saturating_add(1);
        self.last_error = Some(judged.clone());
        if self.condition == Condition::Unhealthy && self.consecutive_ignored >= rules.rise {
            self.consecutive_failures = 0;
            self.turn(Condition::Unknown, judged.at());
        }
        self.is_turning = false;
    }

    fn turn(&mut self, condition: Condition, now: Timestamp) {
        if self.condition != condition {
            self.condition = condition;
            self.since = Some(now);
        }
    }

    /// The cooldown, unless it is over.
    #[must_use]
    pub fn cooling(&self, now: Timestamp) -> Option<&Cooldown> {
        self.cooldown.as_deref().filter(|cooldown| now < cooldown.until)
    }
}

fn read(judged: &Judged, rules: &Rules) -> Reading {
    let Some(failure) = &judged.outcome.failure else { return Reading::Good };
    if rules.ignores_transient && judged.is_transient() {
        return Reading::Ignored;
    }
    Reading::Bad { is_final: failure.kind == FailureKind::Config }
}
