//! Keeping traffic away from a deployment for a while after failures, by LiteLLM's rules.
//!
//! Real traffic counts by the minute. With `allowed_fails` or a policy, more failures of a class than allowed are too
//! many; without, these are: one 401 or 404; one 429 or more than half of at least five requests, if another deployment
//! can take over; all of at least a thousand requests. What is the caller's fault does not count.
//!
//! Failed probes count where a policy is set: then it decides, instead of the damped condition, how many of them keep
//! traffic away. They come minutes apart, so they are counted since the last good probe and not by the minute, and
//! what they cause lasts until the verdict is stale or a good probe ends it. (In LiteLLM both end after `cooldown_time`,
//! which is shorter than any interval.)

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{ErrorClass, Failure};

use super::rules::CooldownRules;
use super::standing::Judged;

/// So many failures of a class are tolerated where a policy leaves it out: LiteLLM's default.
const DEFAULT_ALLOWED: u32 = 3;
/// The longest that a provider's `Retry-After` keeps traffic away.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(10);
const MINUTE: Duration = Duration::from_mins(1);

/// No traffic should go to a deployment for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cooldown {
    /// When it began.
    pub since: Timestamp,
    /// When it is over.
    pub until: Timestamp,
    /// Why, for a person.
    pub reason: Arc<str>,
    /// LiteLLM's `exception_status` of the last failure.
    pub status: Option<u16>,
    /// What failed.
    pub cause: Cause,
}

/// Whose failures led to a cooldown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Those of real requests.
    Traffic,
    /// Those of probes.
    Probes,
}

/// Failures as they are counted. Small: few deployments have one, and no class repeats.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ledger {
    minute_began: Timestamp,
    requests: u32,
    failures: u32,
    /// This minute, by class.
    of_traffic: Counts,
    /// Since the last good probe, by class.
    of_probes: Counts,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Counts(Vec<(Option<ErrorClass>, u32)>);

impl Counts {
    fn add(&mut self, class: Option<ErrorClass>) -> u32 {
        if let Some((_, count)) = self.0.iter_mut().find(|(other, _)| *other == class) {
            *count = count.saturating_add(1);
            return *count;
        }
        self.0.push((class, 1));
        1
    }
}

impl Ledger {
    fn new(now: Timestamp) -> Self {
        Self {
            minute_began: now,
            requests: 0,
            failures: 0,
            of_traffic: Counts::default(),
            of_probes: Counts::default(),
        }
    }
}

/// Counts a request of real traffic. Answers with a cooldown if it was one failure too many.
pub(super) fn after_traffic(
    ledger: &mut Option<Box<Ledger>>,
    judged: &Judged,
    rules: &CooldownRules,
) -> Option<Cooldown> {
    let now = judged.at();
    let ledger = ledger.get_or_insert_with(|| Box::new(Ledger::new(now)));
    if now.duration_since(ledger.minute_began).unsigned_abs() >= MINUTE {
        **ledger = Ledger { of_probes: std::mem::take(&mut ledger.of_probes), ..Ledger::new(now) };
    }
    ledger.requests = ledger.requests.saturating_add(1);
    let failure = judged.outcome.failure.as_ref()?;
    if !judged.is_about_deployment() && !is_named(failure, rules) {
        return None;
    }
    ledger.failures = ledger.failures.saturating_add(1);
    if rules.time.is_zero() {
        return None;
    }
    let reason = if rules.policy.is_some() || rules.allowed.is_some() {
        let class = ErrorClass::of(failure);
        exceeded(ledger.of_traffic.add(class), class, rules).map(|excess| format!("{excess} in a minute"))
    } else {
        too_many(ledger, judged.verdict.exception_status, rules.has_siblings).map(str::to_owned)
    }?;
    let asked = judged.outcome.rate_limit.as_ref().and_then(|limit| limit.retry_after);
    let time = rules.time.max(asked.unwrap_or_default().min(LONGEST_RETRY_AFTER));
    Some(cooldown(judged, time, reason, Cause::Traffic))
}

/// Counts a failed probe, where a policy decides on probes. Answers with a cooldown if it was one too many.
pub(super) fn after_failed_probe(
    ledger: &mut Option<Box<Ledger>>,
    judged: &Judged,
    rules: &CooldownRules,
) -> Option<Cooldown> {
    if !rules.counts_probes {
        return None;
    }
    let class = judged.outcome.failure.as_deref().and_then(ErrorClass::of);
    let ledger = ledger.get_or_insert_with(|| Box::new(Ledger::new(judged.at())));
    let reason = exceeded(ledger.of_probes.add(class), class, rules)?;
    Some(cooldown(judged, rules.time_of_probes, format!("{reason} of probes in a row"), Cause::Probes))
}

/// Of two cooldowns the one that lasts longer.
pub(super) fn longer(one: Option<Box<Cooldown>>, other: Option<Box<Cooldown>>) -> Option<Box<Cooldown>> {
    [one, other].into_iter().flatten().max_by_key(|cooldown| cooldown.until)
}

/// Forgets failed probes after a good one.
pub(super) fn after_good_probe(ledger: &mut Option<Box<Ledger>>, cooldown: &mut Option<Box<Cooldown>>) {
    if let Some(ledger) = ledger {
        ledger.of_probes = Counts::default();
    }
    if cooldown.as_ref().is_some_and(|cooldown| cooldown.cause == Cause::Probes) {
        *cooldown = None;
    }
}

fn cooldown(judged: &Judged, time: Duration, reason: String, cause: Cause) -> Cooldown {
    let since = judged.at();
    Cooldown {
        since,
        until: since.saturating_add(time).unwrap_or(Timestamp::MAX),
        reason: reason.into(),
        status: judged.verdict.exception_status,
        cause,
    }
}

/// Whether a class that is the caller's fault counts all the same, because the deployment's own policy names it.
fn is_named(failure: &Failure, rules: &CooldownRules) -> bool {
    let policy = rules.policy.as_ref().filter(|_| rules.policy_is_own);
    ErrorClass::of(failure).is_some_and(|class| policy.is_some_and(|policy| policy.allowed(class).is_some()))
}

fn exceeded(count: u32, class: Option<ErrorClass>, rules: &CooldownRules) -> Option<String> {
    let of_class = class.and_then(|class| rules.policy.as_ref()?.allowed(class));
    let allowed = of_class.or(rules.allowed).unwrap_or(DEFAULT_ALLOWED);
    let name = class.map_or("other", ErrorClass::as_str);
    (count > allowed).then(|| format!("more than {allowed} {name} errors"))
}

fn too_many(ledger: &Ledger, status: Option<u16>, has_siblings: bool) -> Option<&'static str> {
    let Ledger { requests, failures, .. } = *ledger;
    match status {
        Some(401 | 404) => Some("an error that trying again does not mend"),
        Some(429) if has_siblings => Some("rate limited"),
        _ if requests >= 1000 && failures == requests => Some("every request of this minute failed"),
        _ if requests >= 5 && failures > requests / 2 && has_siblings => {
            Some("more than half of this minute's requests failed")
        }
        _ => None,
    }
}
