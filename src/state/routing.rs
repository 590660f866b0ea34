//! Which deployments may get traffic, why, and until when. LiteLLM's rules, without these faults of theirs:
//!
//! - Verdicts are stale after twice the *configured* interval, and stay good while our own network is down.
//! - The damped condition decides, so one failed probe ejects nobody.
//! - A policy decides for the deployments that it is for, instead of turning the whole filter off.
//! - If nothing is left, everything may be tried, whatever took it out. Only what an operator took out stays out.
//!
//! Everything here is a function of what is known, the configuration and the time.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::Settings;
use crate::domain::Deployment;

use super::cooldown::Cooldown;
use super::maintenance::Maintenance;
use super::rules::Rules;
use super::standing::{Condition, Standing};

/// Why a deployment may be used, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It may: its checks are good.
    Healthy,
    /// It may: nothing certain is known of it.
    Unknown,
    /// It may: it was unhealthy, but that is too long ago to act on.
    Stale,
    /// It may: `enable_health_check_routing` is off, so checks decide nothing.
    RoutingOff,
    /// It may: it is not among `background_health_check_model_groups`.
    NotInGroups,
    /// It may: `allowed_fails_policy` decides, and has not been exceeded.
    WithinPolicy,
    /// It may not: its checks are bad.
    Unhealthy,
    /// It may not: it failed too often just now.
    Cooldown,
    /// It may not: an operator has taken it out.
    Maintenance,
}

impl Reason {
    /// Whether traffic may go to the deployment.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        !matches!(self, Self::Unhealthy | Self::Cooldown | Self::Maintenance)
    }

    /// The word in responses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::RoutingOff => "routing_off",
            Self::NotInGroups => "not_in_groups",
            Self::WithinPolicy => "within_policy",
            Self::Unhealthy => "unhealthy",
            Self::Cooldown => "cooldown",
            Self::Maintenance => "maintenance",
        }
    }
}

/// Whether a deployment may get traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Why, or why not.
    pub reason: Reason,
    /// When a refusal ends if nothing new is learned.
    pub until: Option<Timestamp>,
}

/// What holds for all deployments alike.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The settings in force.
    pub settings: &'a Settings,
    /// Whether verdicts are suspended.
    pub is_suspended: bool,
    /// Now.
    pub now: Timestamp,
}

/// Whether one deployment may get traffic.
#[must_use]
pub fn decide(
    deployment: &Deployment,
    standing: &Standing,
    rules: &Rules,
    maintenance: Option<&Maintenance>,
    around: Circumstances<'_>,
) -> Decision {
    let usable = |reason| Decision { reason, until: None };
    let refused = |reason, until| Decision { reason, until: Some(until) };
    if let Some(maintenance) = maintenance.filter(|maintenance| !maintenance.is_routable) {
        return refused(Reason::Maintenance, maintenance.until);
    }
    if let Some(cooldown) = standing.cooling(around.now) {
        return refused(Reason::Cooldown, cooldown.until);
    }
    let Settings { routing, background, .. } = around.settings;
    if !routing.enabled {
        return usable(Reason::RoutingOff);
    }
    if background.model_groups.as_ref().is_some_and(|groups| !groups.contains(&deployment.model_name)) {
        return usable(Reason::NotInGroups);
    }
    if rules.cooldown.counts_probes {
        return usable(Reason::WithinPolicy);
    }
    match standing.condition {
        Condition::Healthy => usable(Reason::Healthy),
        Condition::Unknown => usable(Reason::Unknown),
        Condition::Unhealthy if is_known_bad(standing, rules, around) => {
            Decision { reason: Reason::Unhealthy, until: stale_at(standing, rules) }
        }
        Condition::Unhealthy => usable(Reason::Stale),
    }
}

/// When what is known becomes too old to act on.
fn stale_at(standing: &Standing, rules: &Rules) -> Option<Timestamp> {
    let latest = standing.latest.as_ref()?.at();
    Some(latest.saturating_add(rules.stale_after).unwrap_or(Timestamp::MAX))
}

/// Whether a deployment counts against its name where only what is healthy is listed: it is unhealthy, and that is news.
#[must_use]
pub(super) fn is_known_bad(standing: &Standing, rules: &Rules, around: Circumstances<'_>) -> bool {
    standing.condition == Condition::Unhealthy
        && stale_at(standing, rules).is_some_and(|stale_at| around.is_suspended || around.now < stale_at)
}

/// A deployment with what was decided on it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The deployment.
    pub deployment: Arc<Deployment>,
    /// What is known of it.
    pub standing: Arc<Standing>,
    /// The maintenance that goes on.
    pub maintenance: Option<Maintenance>,
    /// Whether it may be used.
    pub decision: Decision,
}

impl Candidate {
    /// The cooldown that keeps traffic away from it.
    #[must_use]
    pub fn cooldown(&self) -> Option<&Cooldown> {
        self.standing.cooldown.as_deref().filter(|_| self.decision.reason == Reason::Cooldown)
    }
}

/// The deployments that a request may go to.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// All of them, in config order, those that may not be used included.
    pub all: Vec<Candidate>,
    /// Nothing was left, so everything may be tried that no operator took out.
    pub is_safety_net: bool,
}

impl Candidates {
    /// Puts the decisions on all deployments of one name together.
    #[must_use]
    pub fn new(all: Vec<Candidate>) -> Self {
        let is_safety_net = !all.iter().any(|one| one.decision.reason.is_usable());
        Self { all, is_safety_net }
    }

    /// Whether one of them may be used, by itself or by the safety net.
    #[must_use]
    pub fn may_use(&self, candidate: &Candidate) -> bool {
        let Decision { reason, .. } = candidate.decision;
        reason.is_usable() || (self.is_safety_net && reason != Reason::Maintenance)
    }

    /// Those that may be used, the best first: healthy, then of unknown health, then unhealthy, and what cools down
    /// last. Config order among equals.
    #[must_use]
    pub fn usable(&self) -> Vec<&Candidate> {
        let mut usable: Vec<_> = self.all.iter().filter(|candidate| self.may_use(candidate)).collect();
        usable.sort_by_key(|candidate| {
            let condition = match candidate.standing.condition {
                Condition::Healthy => 0,
                Condition::Unknown => 1,
                Condition::Unhealthy => 2,
            };
            (candidate.decision.reason == Reason::Cooldown, condition)
        });
        usable
    }
}
