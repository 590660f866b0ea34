//! What probes may cost in a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::Deployment;

/// Sums of prices are not exact; a billionth more than the limit is within it.
const TOLERANCE: f64 = 1.0 + 1e-9;
const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// What probes have cost today, in US dollars. Days are those of UTC.
///
/// Only prices that the catalog knows count, and a probe counts with the most that it may cost.
#[derive(Default)]
pub(super) struct Budget(Mutex<Day>);

#[derive(Default)]
struct Day {
    number: i64,
    all: f64,
    /// Of those deployments that have a limit of their own.
    own: HashMap<Arc<str>, f64>,
}

impl Budget {
    /// Sets the cost of a probe aside, if the day's limits leave so much: `limit` for all probes together, and the
    /// deployment's own.
    pub(super) fn reserve(
        self: &Arc<Self>,
        deployment: &Deployment,
        limit: Option<f64>,
        cost: f64,
        now: Timestamp,
    ) -> Option<Reserved> {
        let own_limit = deployment.check.daily_budget_usd;
        let mut day = self.day(now);
        let own = day.own.get(&deployment.id).copied().unwrap_or_default();
        // What costs nothing is always within the limit.
        let is_beyond = |limit: Option<f64>, spent: f64| {
            cost > 0.0 && limit.is_some_and(|limit| spent + cost > limit * TOLERANCE)
        };
        if is_beyond(limit, day.all) || is_beyond(own_limit, own) {
            return None;
        }
        day.all += cost;
        let id = own_limit.map(|_| Arc::clone(&deployment.id));
        if let Some(id) = &id {
            day.own.insert(Arc::clone(id), own + cost);
        }
        Some(Reserved { budget: Arc::clone(self), day: day.number, id, cost })
    }

    /// What all probes have cost today.
    pub(super) fn spent(&self, now: Timestamp) -> f64 {
        self.day(now).all
    }

    /// What the probes of a deployment that has a limit of its own have cost today.
    pub(super) fn spent_by(&self, id: &str, now: Timestamp) -> f64 {
        self.day(now).own.get(id).copied().unwrap_or_default()
    }

    fn day(&self, now: Timestamp) -> MutexGuard<'_, Day> {
        let mut day = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let today = now.as_second().div_euclid(SECONDS_A_DAY);
        if day.number != today {
            *day = Day { number: today, ..Day::default() };
        }
        day
    }
}

/// Money set aside for a probe; given back when dropped.
pub(super) struct Reserved {
    budget: Arc<Budget>,
    day: i64,
    id: Option<Arc<str>>,
    cost: f64,
}

impl Reserved {
    /// The probe reached the provider, who will charge it.
    pub(super) fn spend(mut self) {
        self.cost = 0.0;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.cost <= 0.0 {
            return;
        }
        let mut day = self.budget.0.lock().unwrap_or_else(PoisonError::into_inner);
        if day.number == self.day {
            day.all -= self.cost;
            if let Some(own) = self.id.as_ref().and_then(|id| day.own.get_mut(id)) {
                *own -= self.cost;
            }
        }
    }
}
