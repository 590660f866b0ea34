//! Runs many probes with bounded concurrency.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::task::{JoinSet, yield_now};

use crate::catalog::Catalog;
use crate::config::Config;
use crate::domain::{Deployment, Failure, FailureKind, Outcome, Redactor};
use crate::state::{Board, Judged};
use crate::transport::host_of;

use super::lessons::Lessons;
use super::limits::{Lane, Limits, Permit};
use super::plan::{Plan, plan};
use super::queue::Parked;
use super::report::Checked;
use super::run::{Prober, unsent};
use super::{classify, cost_usd, failure};

/// So many deployments are looked at in a row before other tasks get their turn.
const IN_A_ROW: usize = 32;

/// What all runs share.
pub(super) struct Shared {
    pub(super) board: Arc<Board>,
    pub(super) prober: Prober,
    pub(super) limits: Arc<Limits>,
    pub(super) catalog: &'static Catalog,
    pub(super) lessons: Lessons,
}

impl Shared {
    /// What a probe of this deployment sends, or why nothing can be sent.
    pub(super) fn plan(&self, deployment: &Deployment, config: &Config) -> Result<Plan, Failure> {
        let planned = catch_unwind(AssertUnwindSafe(|| {
            plan(deployment, &config.settings.probe, &config.env, self.catalog)
        }));
        match planned {
            Ok(Ok(plan)) => Ok(plan),
            Ok(Err(error)) => Err(failure::config(error.to_string(), error.hint())),
            Err(_) => Err(failure::internal()),
        }
    }

    /// Carries out a deployment's plan, fitted to what its provider has taught, and learns from a refusal. A
    /// defect of ours that shows in one probe stays in that probe.
    pub(super) async fn probe(&self, id: &str, mut plan: Plan, redactor: &Redactor) -> Outcome {
        let notes = self.lessons.apply(id, &mut plan);
        let outcome = self.probe_stranger(plan, redactor).await;
        if let Some(failure) = &outcome.failure {
            self.lessons.learn(id, failure);
        }
        Outcome { notes: [notes, outcome.notes].concat(), ..outcome }
    }

    /// Carries out the plan of a deployment that is none of ours: nothing is learned from it, whatever id it
    /// goes by.
    pub(super) async fn probe_stranger(&self, plan: Plan, redactor: &Redactor) -> Outcome {
        let left_out = plan.request.left_out.iter();
        let notes = left_out
            .map(|name| format!("`{name}` is left out: {} does not take it", plan.provider.slug))
            .collect();
        let cost_usd = cost_usd(&plan, self.catalog);
        let outcome = AssertUnwindSafe(self.prober.probe(plan, redactor))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| unsent(failure::internal(), redactor));
        Outcome { cost_usd: cost_usd.filter(|_| reached(&outcome)), notes, ..outcome }
    }
}

/// Whether the request came as far as the provider, who may then have counted its tokens.
fn reached(outcome: &Outcome) -> bool {
    let kind = outcome.failure.as_ref().map(|failure| failure.kind);
    !matches!(kind, Some(FailureKind::Config | FailureKind::Credentials | FailureKind::Connect))
}

/// What a plan counts against.
pub(super) fn lane(plan: &Plan) -> Lane {
    Lane { provider: plan.provider.slug, host: host_of(&plan.request.url).into() }
}

/// The judgement of an outcome.
pub(super) fn judge(deployment: &Deployment, outcome: Outcome) -> Judged {
    let verdict = classify(&outcome, deployment.check.degraded_after);
    Judged { outcome: Arc::new(outcome), verdict }
}

/// How far a fan-out is.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Deployments judged so far.
    pub(super) done: AtomicUsize,
    /// The most probes that were under way at once.
    pub(super) peak: AtomicUsize,
}

/// One pass over some deployments. At most as many probes exist as may be under way: the others are
/// indices, so a large fleet costs no memory while it waits.
pub(super) struct FanOut<'a> {
    shared: &'a Arc<Shared>,
    config: &'a Arc<Config>,
    deployments: &'a [Arc<Deployment>],
    meter: &'a Meter,
    results: Vec<Option<Judged>>,
    /// The first deployment that was not looked at yet.
    next: usize,
    parked: Parked,
    probing: JoinSet<(usize, Outcome)>,
}

/// What came of looking for a probe to start.
enum Step {
    /// Something was started, judged or parked: look again.
    Moved,
    /// There is no room now, or nothing left to start.
    Stuck,
}

impl<'a> FanOut<'a> {
    /// A pass over these deployments.
    pub(super) fn new(
        shared: &'a Arc<Shared>,
        config: &'a Arc<Config>,
        deployments: &'a [Arc<Deployment>],
        meter: &'a Meter,
    ) -> Self {
        Self {
            shared,
            config,
            deployments,
            meter,
            results: vec![None; deployments.len()],
            next: 0,
            parked: Parked::default(),
            probing: JoinSet::new(),
        }
    }

    /// Judges all deployments and publishes each result as it lands. Answers in their order.
    pub(super) async fn run(mut self) -> Vec<Checked> {
        let shared = self.shared;
        loop {
            // Made before looking for room, so that room which appears meanwhile is not missed.
            let released = shared.limits.released();
            self.start_all().await;
            if self.probing.is_empty() && !self.is_waiting() {
                break;
            }
            tokio::select! {
                Some(joined) = self.probing.join_next() => {
                    self.land(joined.ok());
                }
                () = released, if self.is_waiting() => {}
            }
            while let Some(joined) = self.probing.try_join_next() {
                self.land(joined.ok());
            }
        }
        let results = self.deployments.iter().zip(self.results);
        results
            .filter_map(|(deployment, judged)| Some(Checked::new(Arc::clone(deployment), judged?)))
            .collect()
    }

    fn is_waiting(&self) -> bool {
        self.next < self.deployments.len() || !self.parked.is_empty()
    }

    /// Starts as many probes as there is room for.
    async fn start_all(&mut self) {
        let mut moved = 0;
        while let Step::Moved = self.start_one() {
            moved += 1;
            if moved % IN_A_ROW == 0 {
                yield_now().await;
            }
        }
    }

    fn start_one(&mut self) -> Step {
        let caps = &self.config.settings.probe;
        if self.shared.limits.is_full(caps) {
            return Step::Stuck;
        }
        if let Some((job, permit)) = self.parked.take(&self.shared.limits, caps) {
            match self.shared.plan(&self.deployments[job], self.config) {
                Ok(plan) => self.start(job, plan, permit),
                Err(failure) => self.record_unsent(job, failure),
            }
            return Step::Moved;
        }
        let job = self.next;
        let Some(deployment) = self.deployments.get(job) else { return Step::Stuck };
        self.next += 1;
        if let Some(judged) = recent(&self.shared.board, &deployment.id, caps.min_age) {
            self.results[job] = Some(judged);
            self.meter.done.fetch_add(1, Ordering::Relaxed);
            return Step::Moved;
        }
        match self.shared.plan(deployment, self.config) {
            Ok(plan) => {
                let lane = lane(&plan);
                match self.shared.limits.acquire(&lane, caps) {
                    Ok(permit) => self.start(job, plan, permit),
                    Err(_full) => self.parked.park(lane, job),
                }
            }
            Err(failure) => self.record_unsent(job, failure),
        }
        Step::Moved
    }

    fn start(&mut self, job: usize, plan: Plan, permit: Permit) {
        let shared = Arc::clone(self.shared);
        let config = Arc::clone(self.config);
        let deployment = Arc::clone(&self.deployments[job]);
        self.probing.spawn(async move {
            let _permit = permit;
            (job, shared.probe(&deployment.id, plan, &config.redactor).await)
        });
        self.meter.peak.fetch_max(self.probing.len(), Ordering::Relaxed);
    }

    /// Takes in a finished probe. There is none only when the runtime is being torn down.
    fn land(&mut self, finished: Option<(usize, Outcome)>) {
        if let Some((job, outcome)) = finished {
            self.record(job, outcome);
        }
    }

    fn record_unsent(&mut self, job: usize, failure: Failure) {
        self.record(job, unsent(failure, &self.config.redactor));
    }

    fn record(&mut self, job: usize, outcome: Outcome) {
        let deployment = &self.deployments[job];
        let judged = judge(deployment, outcome);
        self.shared.board.publish(&deployment.id, &judged);
        self.results[job] = Some(judged);
        self.meter.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// The latest result, if it is young enough to be used again.
fn recent(board: &Board, id: &str, min_age: Duration) -> Option<Judged> {
    if min_age.is_zero() {
        return None;
    }
    let judged = board.latest(id)?;
    let age = Timestamp::now().duration_since(judged.outcome.checked_at);
    (age.unsigned_abs() < min_age).then_some(judged)
}
