//! What fan-outs and the schedule share: how one deployment is probed, and what happens with the result.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::config::Config;
use crate::domain::{Deployment, Failure, FailureKind, Method, Outcome};
use crate::state::{Board, Judged};

use super::budget::{Budget, Reserved};
use super::cost::{cost_usd, most_tokens};
use super::flights::{Flight, Flights, Underway, is_same};
use super::lessons::Lessons;
use super::limits::{Limits, Permit};
use super::pace::Pace;
use super::plan::{Plan, PlanError, plan, plan_by};
use super::run::{Prober, unsent};
use super::schedule::{Finished, Schedule};
use super::self_check::SelfCheck;
use super::tally::Tally;
use super::{classify, failure};

/// What an entry says when its budget is spent.
const SPENT_NOTE: &str = "only the list of models is asked for: the daily budget is spent";
/// The same, where the provider has no such list.
pub(super) const SPENT: &str =
    "the daily budget is spent, and the provider has no list of models to ask for instead";

/// What all probes of a process go through.
pub(super) struct Shared {
    /// The configuration in force.
    pub(super) config: Arc<ArcSwap<Config>>,
    pub(super) board: Arc<Board>,
    pub(super) prober: Prober,
    pub(super) limits: Arc<Limits>,
    pub(super) flights: Arc<Flights>,
    pub(super) pace: Pace,
    pub(super) budget: Arc<Budget>,
    pub(super) lessons: Lessons,
    pub(super) schedule: Schedule,
    pub(super) self_check: Arc<SelfCheck>,
    pub(super) tally: Tally,
}

/// A probe with everything that it needs to begin.
pub(super) struct Ready {
    pub(super) deployment: Arc<Deployment>,
    /// The configuration that it is of.
    pub(super) config: Arc<Config>,
    pub(super) planned: Planned,
    pub(super) permit: Permit,
    pub(super) flight: Flight,
}

/// What a probe sends.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// What it may cost.
    reserved: Option<Reserved>,
    /// Where it departs from the configuration, and why.
    notes: Vec<String>,
}

/// Why nothing can be sent.
pub(super) enum Unplanned {
    /// The configuration does not describe a request. That is an outcome.
    Failure(Failure),
    /// The day's budget is spent, and the provider has nothing to ask for that is free. That is none.
    Spent,
}

/// Why a probe can't begin at this moment.
pub(super) enum NotNow {
    /// Somebody else's is under way.
    Underway(Underway),
    /// The deployment's requests per minute are used up until then.
    Until(Instant),
}

impl Shared {
    /// What a probe of this deployment sends, or why nothing can be sent. Once the day's budget is spent, a request
    /// that costs nothing takes the place of its own.
    pub(super) fn plan(&self, deployment: &Deployment, config: &Config) -> Result<Planned, Unplanned> {
        let settings = &config.settings.probe;
        let plan = plan_alone(deployment, config).map_err(Unplanned::Failure)?;
        let cost = cost_usd(&plan, &config.catalog).unwrap_or_default();
        let now = Timestamp::now();
        if let Some(reserved) = self.budget.reserve(deployment, settings.daily_budget_usd, cost, now) {
            return Ok(Planned { plan, reserved: Some(reserved), notes: Vec::new() });
        }
        let plan =
            plan_safely(|| plan_by(Method::Models, deployment, settings, &config.env, &config.catalog));
        let plan = plan.map_err(|_| Unplanned::Spent)?;
        Ok(Planned { plan, reserved: None, notes: vec![SPENT_NOTE.to_owned()] })
    }

    /// Takes a deployment for a probe that begins now.
    pub(super) fn begin(&self, deployment: &Arc<Deployment>) -> Result<Flight, NotNow> {
        let flight = self.flights.begin(deployment).map_err(NotNow::Underway)?;
        self.pace.begin(deployment, Instant::now()).map_err(NotNow::Until)?;
        Ok(flight)
    }

    /// Carries out a probe, and publishes what came of it.
    pub(super) async fn carry_out(&self, ready: Ready) -> (Judged, Finished) {
        let Ready { deployment, config, planned: Planned { plan, reserved, mut notes }, permit, flight } =
            ready;
        let (provider, tokens) = (plan.provider.slug, most_tokens(&plan));
        let url = plan.request.url.clone();
        let mut outcome = self.probe(&deployment.id, plan, &config).await;
        drop(permit);
        let tokens = if reached(&outcome) { tokens } else { 0 };
        if let Some(reserved) = reserved
            && reached(&outcome)
        {
            reserved.spend();
        }
        notes.append(&mut outcome.notes);
        let judged = judge(&deployment, Outcome { notes, ..outcome });
        self.self_check.consider(&url, &judged).await;
        self.tally.count(provider, &judged, tokens);
        let finished = self.publish(&deployment, &judged);
        flight.land(&judged);
        (judged, finished)
    }

    /// Publishes a result, unless the configuration in force describes the deployment in another way by now. Answers
    /// with what it means for the schedule. A provider that asks to be left alone is not probed in the background
    /// before its time, whoever asked it.
    pub(super) fn publish(&self, deployment: &Deployment, judged: &Judged) -> Finished {
        let wait = judged.outcome.wait();
        let config = self.config.load();
        if !config.fleet.by_id(&deployment.id).is_some_and(|other| is_same(other, deployment)) {
            return Finished { is_turning: false, wait };
        }
        let standing = self.board.publish(&deployment.id, judged);
        if let Some(wait) = wait {
            self.schedule.defer(&deployment.id, wait);
            self.tell_due(&deployment.id);
        }
        Finished { is_turning: standing.is_some_and(|standing| standing.is_turning), wait }
    }

    /// Tells the board when the schedule has a deployment next.
    pub(super) fn tell_due(&self, id: &str) {
        let due = self.schedule.next_due(id);
        if due.is_some() || self.board.get(id).is_some_and(|standing| standing.next_due.is_some()) {
            self.board.schedule(id, due);
        }
    }

    /// Carries out a deployment's plan, fitted to what its provider has taught, and learns from a refusal. A
    /// defect of ours that shows in one probe stays in that probe.
    async fn probe(&self, id: &str, mut plan: Plan, config: &Config) -> Outcome {
        let notes = self.lessons.apply(id, &mut plan);
        let outcome = self.probe_stranger(plan, config).await;
        if let Some(failure) = &outcome.failure {
            self.lessons.learn(id, failure);
        }
        Outcome { notes: [notes, outcome.notes].concat(), ..outcome }
    }

    /// Carries out the plan of a deployment that is none of ours: nothing is learned from it, whatever id it
    /// goes by.
    pub(super) async fn probe_stranger(&self, plan: Plan, config: &Config) -> Outcome {
        let left_out = plan.request.left_out.iter();
        let notes = left_out
            .map(|name| format!("`{name}` is left out: {} does not take it", plan.provider.slug))
            .collect();
        let cost_usd = cost_usd(&plan, &config.catalog);
        let outcome = AssertUnwindSafe(self.prober.probe(plan, &config.redactor))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| unsent(failure::internal(), &config.redactor));
        Outcome { cost_usd: cost_usd.filter(|_| reached(&outcome)), notes, ..outcome }
    }
}

/// What a probe of this deployment sends whatever it costs, or why nothing can be sent.
pub(super) fn plan_alone(deployment: &Deployment, config: &Config) -> Result<Plan, Failure> {
    plan_safely(|| plan(deployment, &config.settings.probe, &config.env, &config.catalog))
}

/// A defect of ours that shows in one plan stays in that plan.
fn plan_safely(plan: impl FnOnce() -> Result<Plan, PlanError>) -> Result<Plan, Failure> {
    match catch_unwind(AssertUnwindSafe(plan)) {
        Ok(plan) => plan.map_err(|error| failure::config(error.to_string(), error.hint())),
        Err(_) => Err(failure::internal()),
    }
}

/// Whether the request came as far as the provider, who may then have counted its tokens.
fn reached(outcome: &Outcome) -> bool {
    let kind = outcome.failure.as_ref().map(|failure| failure.kind);
    !matches!(kind, Some(FailureKind::Config | FailureKind::Credentials | FailureKind::Connect))
}

/// The judgement of an outcome.
pub(super) fn judge(deployment: &Deployment, outcome: Outcome) -> Judged {
    let verdict = classify(&outcome, deployment.check.degraded_after);
    Judged { outcome: Arc::new(outcome), verdict }
}
