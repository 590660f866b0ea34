//! Keeping traffic away from a deployment for a while after failures, by LiteLLM's rules.
//!
//! Real traffic counts by the minute. With `allowed_fails` or a policy, more failures of a class than allowed are too
//! many; without, these are: one 401 or 404; one 429, if another deployment can take over or the provider says how long to
//! wait; more than half of at least five requests, if another deployment can take over; all of at least a thousand requests.
//! What is the caller's fault does not count.
//!
//! Failed probes count where a policy is set: then it decides, instead of the damped condition, how many of them keep
//! traffic away. They come minutes apart, so they are counted since the last good probe and not by the minute, and
//! what they cause lasts until the verdict is stale or a good probe ends it. (In LiteLLM both end after `cooldown_time`,
//! which is shorter than any interval.)

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{ErrorClass, Failure};

use super::counted::Counted;
use super::rules::CooldownRules;
use super::standing::Judged;
use super::traffic::Minute;

/// So many failures of a class are tolerated where a policy leaves it out: LiteLLM's default.
const DEFAULT_ALLOWED: u32 = 3;
/// The longest that a provider's `Retry-After` keeps traffic and probes away.
pub(super) const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(10);
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
    /// This minute, by class.
    of_traffic: Counted<Option<ErrorClass>>,
    /// Since the last good probe, by class.
    of_probes: Counted<Option<ErrorClass>>,
}

impl Ledger {
    fn new(now: Timestamp) -> Self {
        Self { minute_began: now, of_traffic: Counted::default(), of_probes: Counted::default() }
    }
}

/// Whether an outcome of real traffic is a failure that counts against the deployment.
pub(super) fn is_failure(judged: &Judged, rules: &CooldownRules) -> bool {
    let failure = judged.outcome.failure.as_ref();
    failure.is_some_and(|failure| judged.is_about_deployment() || is_named(failure, rules))
}

/// Counts a failure of real traffic, in a minute with these requests. Answers with a cooldown if it was one too many.
pub(super) fn after_traffic(
    ledger: &mut Option<Box<Ledger>>,
    judged: &Judged,
    minute: Minute,
    rules: &CooldownRules,
) -> Option<Cooldown> {
    let failure = judged.outcome.failure.as_ref()?;
    if rules.time.is_zero() || !is_failure(judged, rules) {
        return None;
    }
    let asked = judged.outcome.rate_limit.as_ref().and_then(|limit| limit.retry_after);
    let reason = if rules.policy.is_some() || rules.allowed.is_some() {
        let now = judged.at();
        let ledger = ledger.get_or_insert_with(|| Box::new(Ledger::new(now)));
        if now.duration_since(ledger.minute_began).unsigned_abs() >= MINUTE {
            **ledger = Ledger { of_probes: std::mem::take(&mut ledger.of_probes), ..Ledger::new(now) };
        }
        let class = ErrorClass::of(failure);
        exceeded(ledger.of_traffic.add(class), class, rules).map(|excess| format!("{excess} in a minute"))
    } else {
        let can_wait = rules.has_siblings || asked.is_some();
        too_many(minute, judged.verdict.exception_status, rules.has_siblings, can_wait).map(str::to_owned)
    }?;
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
        ledger.of_probes = Counted::default();
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

fn exceeded(count: u64, class: Option<ErrorClass>, rules: &CooldownRules) -> Option<String> {
    let of_class = class.and_then(|class| rules.policy.as_ref()?.allowed(class));
    let allowed = of_class.or(rules.allowed).unwrap_or(DEFAULT_ALLOWED);
    let name = class.map_or("other", ErrorClass::as_str);
    (count > u64::from(allowed)).then(|| format!("more than {allowed} {name} errors"))
}

/// Why this failure is one too many; `can_wait` if a limit that was reached is worth waiting for.
fn too_many(minute: Minute, status: Option<u16>, has_siblings: bool, can_wait: bool) -> Option<&'static str> {
    let Minute { requests, failures, .. } = minute;
    match status {
        Some(401 | 404) => Some("an error that trying again does not mend"),
        Some(429) if can_wait => Some("rate limited"),
        // LiteLLM cools down for no other status of this kind, which is more likely to be about a client than about all.
        Some(status @ 400..=499) if !matches!(status, 408 | 429) => None,
        _ if requests >= 1000 && failures == requests => Some("every request of this minute failed"),
        _ if requests >= 5 && failures > requests / 2 && has_siblings => {
            Some("more than half of this minute's requests failed")
        }
        _ => None,
    }
}
