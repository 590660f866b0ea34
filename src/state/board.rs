//! What is known of every deployment.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::config::Config;
use crate::domain::Deployment;

use super::cooldown;
use super::maintenance::Calendar;
use super::routing::{Candidate, Candidates, Circumstances, decide, is_known_bad};
use super::rules::{RuleBook, Rules};
use super::standing::{Condition, Judged, Standing};
use super::suspension::Suspension;
use super::traffic::Traffic;

/// What is known of one deployment.
struct Known {
    standing: ArcSwap<Standing>,
    /// Made when it is first called.
    traffic: OnceLock<Arc<Traffic>>,
}

/// What is known of one deployment, with the rules by which it changes.
struct Slot {
    rules: Arc<Rules>,
    known: Arc<Known>,
}

/// All deployments of a configuration. Made anew when it changes; what stays is shared with the one before.
#[derive(Default)]
struct Slots {
    all: Vec<Slot>,
    by_id: HashMap<Arc<str>, usize>,
}

impl Slot {
    fn traffic(&self) -> &Arc<Traffic> {
        self.known.traffic.get_or_init(Arc::default)
    }
}

impl Slots {
    fn get(&self, id: &str) -> Option<&Slot> {
        self.by_id.get(id).map(|&index| &self.all[index])
    }
}

/// What is known of every deployment, by id.
///
/// Every deployment has a slot of its own, so publishing replaces one pointer whatever the size of the fleet, and
/// reading never waits for a writer. The set of slots, and the rules, change with the configuration only.
#[derive(Default)]
pub struct Board {
    slots: ArcSwap<Slots>,
    calendar: Calendar,
    suspension: ArcSwapOption<Suspension>,
    changes: AtomicU64,
}

impl Board {
    /// A board without deployments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps exactly the deployments of a configuration, and goes by its rules: what is known of those that it had
    /// stays, new ones are unknown, all others are forgotten.
    ///
    /// To be called before the configuration takes effect.
    pub fn adopt(&self, config: &Config) {
        let before = self.slots.load();
        let book = RuleBook::new(&config.settings);
        let fleet = config.fleet.all();
        let mut of_name: HashMap<&str, usize> = HashMap::new();
        for deployment in fleet {
            *of_name.entry(&deployment.model_name).or_default() += 1;
        }
        // Deployments that nothing is known of share one standing.
        let nothing = Arc::<Standing>::default();
        let mut slots = Slots::default();
        for deployment in fleet {
            let id = &deployment.id;
            if slots.by_id.contains_key(id) {
                continue;
            }
            let has_siblings = of_name.get(deployment.model_name.as_str()).is_some_and(|&count| count > 1);
            let known = match before.get(id) {
                Some(slot) => Arc::clone(&slot.known),
                None => {
                    Arc::new(Known { standing: ArcSwap::new(Arc::clone(&nothing)), traffic: OnceLock::new() })
                }
            };
            slots.by_id.insert(Arc::clone(id), slots.all.len());
            slots.all.push(Slot { rules: book.rules(deployment, has_siblings), known });
        }
        slots.all.shrink_to_fit();
        self.slots.store(Arc::new(slots));
        self.note_change();
    }

    /// Records the outcome of a probe and answers with what is known now. An id that the board does not keep is
    /// passed over: a probe that was under way when its deployment was removed does not bring it back. Nothing is learned
    /// from a deployment that can't be reached while verdicts are suspended.
    pub fn publish(&self, id: &str, judged: &Judged) -> Option<Arc<Standing>> {
        if self.is_our_fault(judged) {
            return self.get(id);
        }
        self.change(id, |standing, rules| standing.after_probe(judged.clone(), rules))
    }

    /// Records the failure of a request of real traffic, which may lead to a cooldown. With `is_check` it also counts as if
    /// a probe had found it, unless it is the caller's fault.
    pub fn record_failure(&self, id: &str, judged: &Judged, is_check: bool) -> Option<Arc<Standing>> {
        let slots = self.slots.load();
        let slot = slots.get(id)?;
        let is_failure = cooldown::is_failure(judged, &slot.rules.cooldown) && !self.is_our_fault(judged);
        let minute = slot.traffic().fail_in_minute(Instant::now(), is_failure);
        if !is_failure {
            return Some(slot.known.standing.load_full());
        }
        self.change(id, |standing, rules| standing.after_traffic(judged, minute, is_check, rules))
    }

    /// Records that a request of real traffic was served, as if a probe had found it. If it is no news it is passed over,
    /// unless the deployment was not known to be healthy.
    pub fn record_success(&self, id: &str, is_news: bool, judged: impl FnOnce() -> Judged) {
        if is_news || self.slots.load().get(id).is_some_and(|slot| !is_well(&slot.known.standing.load())) {
            let judged = judged();
            self.change(id, |standing, rules| standing.after_probe(judged.clone(), rules));
        }
    }

    /// The calls of a deployment; `None` if the board does not keep it.
    #[must_use]
    pub fn traffic(&self, id: &str) -> Option<Arc<Traffic>> {
        Some(Arc::clone(self.slots.load().get(id)?.traffic()))
    }

    /// How many calls of a deployment are under way.
    #[must_use]
    pub fn under_way(&self, id: &str) -> usize {
        let slots = self.slots.load();
        slots.get(id).and_then(|slot| slot.known.traffic.get()).map_or(0, |traffic| traffic.under_way())
    }

    /// Until when clients' calls make it needless to probe a deployment, if they do.
    #[must_use]
    pub fn spares_probes_until(&self, id: &str, interval: Duration) -> Option<Instant> {
        let slots = self.slots.load();
        let known = &slots.get(id)?.known;
        known.traffic.get()?.spares_probes_until(Instant::now(), interval, is_well(&known.standing.load()))
    }

    fn is_our_fault(&self, judged: &Judged) -> bool {
        judged.is_unreached() && self.suspension.load().is_some()
    }

    /// Notes when the next probe of a deployment is due; `None` if no schedule has it.
    pub fn schedule(&self, id: &str, due: Option<Timestamp>) {
        self.change(id, |standing, _| Standing { next_due: due, ..standing.clone() });
    }

    fn change(&self, id: &str, change: impl Fn(&Standing, &Rules) -> Standing) -> Option<Arc<Standing>> {
        let slots = self.slots.load();
        let slot = slots.get(id)?;
        let mut changed = None;
        slot.known.standing.rcu(|standing| {
            let after = Arc::new(change(standing, &slot.rules));
            changed = Some(Arc::clone(&after));
            after
        });
        self.note_change();
        changed
    }

    fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// A number that is another one after every change. Read it before what it is to stand for.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.changes.load(Ordering::Acquire) + self.calendar.changes()
    }

    /// Who is worked on.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Why verdicts are suspended, if they are.
    #[must_use]
    pub fn suspension(&self) -> Option<Arc<Suspension>> {
        self.suspension.load_full()
    }

    /// Suspends verdicts, or ends that.
    pub fn suspend(&self, suspension: Option<Suspension>) {
        self.suspension.store(suspension.map(Arc::new));
        self.note_change();
    }

    /// Which of these deployments, which are those of one name, may be used now.
    #[must_use]
    pub fn candidates<'a>(
        &self,
        deployments: impl IntoIterator<Item = &'a Arc<Deployment>>,
        config: &Config,
        now: Timestamp,
    ) -> Candidates {
        let slots = self.slots.load();
        let around = self.around(config, now);
        let candidate = |deployment: &Arc<Deployment>| {
            let slot = slots.get(&deployment.id)?;
            let standing = slot.known.standing.load_full();
            let maintenance = self.calendar.of(deployment, now);
            let decision = decide(deployment, &standing, &slot.rules, maintenance.as_ref(), around);
            Some(Candidate { deployment: Arc::clone(deployment), standing, maintenance, decision })
        };
        Candidates::new(deployments.into_iter().filter_map(candidate).collect())
    }

    /// The public names to leave out where only what is healthy is listed: every deployment of theirs is unhealthy, and
    /// that is not stale. LiteLLM leaves none out while the router has an `allowed_fails_policy`.
    #[must_use]
    pub fn unhealthy_names<'a>(&self, config: &'a Config, now: Timestamp) -> HashSet<&'a str> {
        if config.settings.routing.allowed_fails_policy.is_some() {
            return HashSet::new();
        }
        let slots = self.slots.load();
        let around = self.around(config, now);
        let mut is_bad: HashMap<&str, bool> = HashMap::new();
        for deployment in config.fleet.all() {
            let is_known_bad = slots
                .get(&deployment.id)
                .is_some_and(|slot| is_known_bad(&slot.known.standing.load(), &slot.rules, around));
            let all = is_bad.entry(&deployment.model_name).or_insert(true);
            *all = *all && is_known_bad;
        }
        is_bad.into_iter().filter(|(_, all)| *all).map(|(name, _)| name).collect()
    }

    fn around<'a>(&self, config: &'a Config, now: Timestamp) -> Circumstances<'a> {
        Circumstances { settings: &config.settings, is_suspended: self.suspension.load().is_some(), now }
    }

    /// What is known of a deployment; `None` if the board does not keep it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Standing>> {
        Some(self.slots.load().get(id)?.known.standing.load_full())
    }

    /// The latest outcome of a deployment; `None` before the first one.
    #[must_use]
    pub fn latest(&self, id: &str) -> Option<Judged> {
        self.get(id)?.latest.clone()
    }

    /// Everything that is known now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let slots = self.slots.load_full();
        let standings = slots.all.iter().map(|slot| slot.known.standing.load_full()).collect();
        Snapshot { slots, standings }
    }
}

/// Whether a deployment is healthy without a doubt.
fn is_well(standing: &Standing) -> bool {
    standing.condition == Condition::Healthy && standing.consecutive_failures == 0
}

/// Everything that was known at one moment. Later outcomes do not show in it.
#[derive(Clone)]
pub struct Snapshot {
    slots: Arc<Slots>,
    standings: Vec<Arc<Standing>>,
}

impl Snapshot {
    /// What is known of a deployment; `None` if the board does not keep it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Standing>> {
        self.slots.by_id.get(id).map(|&index| &self.standings[index])
    }

    /// The calls of a deployment; `None` if there were none.
    #[must_use]
    pub fn traffic(&self, id: &str) -> Option<&Arc<Traffic>> {
        self.slots.get(id)?.known.traffic.get()
    }

    /// The rules that hold for a deployment; `None` if the board does not keep it.
    #[must_use]
    pub fn rules(&self, id: &str) -> Option<&Rules> {
        self.slots.get(id).map(|slot| &*slot.rules)
    }

    /// How many deployments were healthy when they were last looked at, and how many were looked at at all.
    #[must_use]
    pub fn healthy_and_judged(&self) -> (usize, usize) {
        let judged = self.standings.iter().filter_map(|standing| standing.latest.as_ref());
        judged.fold((0, 0), |(healthy, judged), latest| {
            (healthy + usize::from(latest.verdict.status.is_healthy()), judged + 1)
        })
    }

    /// How many deployments are in a condition.
    #[must_use]
    pub fn count(&self, condition: Condition) -> usize {
        self.standings.iter().filter(|standing| standing.condition == condition).count()
    }
}
