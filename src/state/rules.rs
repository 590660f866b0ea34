//! By which rules a deployment's outcomes are weighed: the settings, and what the deployment says of itself.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Settings;
use crate::domain::{Deployment, FailPolicy};

/// How outcomes of one deployment are weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// So many failures in a row make it unhealthy.
    pub fall: u32,
    /// So many successes in a row make it healthy again.
    pub rise: u32,
    /// Whether 429 and timeouts of probes count for nothing.
    pub ignores_transient: bool,
    /// When a verdict is too old to act on: `health_check_staleness_threshold`, else twice the configured interval.
    pub stale_after: Duration,
    /// When failures keep traffic away, apart from the condition.
    pub cooldown: CooldownRules,
}

/// When failures keep traffic away from a deployment for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CooldownRules {
    /// How long, after a failure of real traffic. Zero turns cooldowns off.
    pub time: Duration,
    /// How long at most, after a failed probe: until its verdict is stale. A good probe ends it.
    pub time_of_probes: Duration,
    /// So many failures of a class are tolerated, where that is configured.
    pub allowed: Option<u32>,
    /// The same by class of error.
    pub policy: Option<FailPolicy>,
    /// Whether the policy is the deployment's own: then it may also count what is the caller's fault.
    pub policy_is_own: bool,
    /// Whether another deployment has the same public name and can take over.
    pub has_siblings: bool,
    /// Whether the policy decides on failed probes too, and the condition is left out of it.
    pub counts_probes: bool,
}

impl Rules {
    /// The rules of a deployment that says nothing of itself.
    fn common(settings: &Settings, has_siblings: bool) -> Self {
        let routing = &settings.routing;
        let mut rules = Self {
            fall: settings.thresholds.fall,
            rise: settings.thresholds.rise,
            ignores_transient: routing.ignore_transient,
            stale_after: stale_after(settings, settings.background.interval),
            cooldown: CooldownRules {
                time: routing.cooldown_time,
                time_of_probes: Duration::ZERO,
                allowed: routing.allowed_fails,
                policy: routing.allowed_fails_policy.clone(),
                policy_is_own: false,
                has_siblings,
                counts_probes: false,
            },
        };
        rules.complete(settings);
        rules
    }

    /// Fills in what follows from the rest.
    fn complete(&mut self, settings: &Settings) {
        let cooldown = &mut self.cooldown;
        if settings.routing.disable_cooldowns {
            cooldown.time = Duration::ZERO;
        }
        cooldown.time_of_probes = cooldown.time.max(self.stale_after);
        cooldown.counts_probes =
            settings.routing.enabled && cooldown.policy.is_some() && !cooldown.time.is_zero();
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::common(&Settings::default(), false)
    }
}

/// Makes the rules of a configuration's deployments, most of which share them.
pub(super) struct RuleBook<'a> {
    settings: &'a Settings,
    alone: Arc<Rules>,
    among_siblings: Arc<Rules>,
}

impl<'a> RuleBook<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        let common = |has_siblings| Arc::new(Rules::common(settings, has_siblings));
        Self { settings, alone: common(false), among_siblings: common(true) }
    }

    /// The rules of one deployment.
    pub(super) fn rules(&self, deployment: &Deployment, has_siblings: bool) -> Arc<Rules> {
        let common = if has_siblings { &self.among_siblings } else { &self.alone };
        let check = &deployment.check;
        if check.fails.is_none() && check.interval.is_none() {
            return Arc::clone(common);
        }
        let mut rules = Rules::clone(common);
        if let Some(interval) = check.interval {
            rules.stale_after = stale_after(self.settings, interval);
        }
        if let Some(own) = &check.fails {
            let cooldown = &mut rules.cooldown;
            cooldown.time = own.cooldown_time.unwrap_or(self.settings.routing.cooldown_time);
            cooldown.allowed = own.allowed_fails.or(cooldown.allowed);
            if own.policy.is_some() {
                cooldown.policy.clone_from(&own.policy);
                cooldown.policy_is_own = true;
            }
        }
        rules.complete(self.settings);
        Arc::new(rules)
    }
}

fn stale_after(settings: &Settings, interval: Duration) -> Duration {
    settings.routing.staleness_threshold.unwrap_or_else(|| interval.saturating_mul(2))
}
