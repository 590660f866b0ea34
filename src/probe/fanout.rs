//! Runs many probes with bounded concurrency.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep_until;

use crate::config::Config;
use crate::domain::Deployment;
use crate::state::{Board, Judged};

use super::limits::Permit;
use super::queue::Parked;
use super::report::{Checked, Skipped};
use super::run::unsent;
use super::shared::{NotNow, Planned, Ready, SPENT, Shared, Unplanned, judge};

/// So many deployments are looked at in a row before other tasks get their turn.
const IN_A_ROW: usize = 32;

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
    parked: Parked<usize>,
    probing: JoinSet<(usize, Judged)>,
    /// Deployments that somebody else probes at this moment. There is no result if that came to nothing.
    joined: JoinSet<(usize, Option<Judged>)>,
    /// Those of them to be probed after all.
    again: Vec<usize>,
    skipped: Vec<Skipped>,
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
            joined: JoinSet::new(),
            again: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Judges all deployments and publishes each result as it lands. Answers in their order, and with those that were
    /// not probed.
    pub(super) async fn run(mut self) -> (Vec<Checked>, Vec<Skipped>) {
        let shared = self.shared;
        loop {
            // Made before looking for room, so that room which appears meanwhile is not missed.
            let released = shared.limits.released();
            self.start_all().await;
            if self.probing.is_empty() && self.joined.is_empty() && !self.is_waiting() {
                break;
            }
            // A task without a result is gone only when the runtime is being torn down.
            tokio::select! {
                Some(probed) = self.probing.join_next() => {
                    if let Ok((job, judged)) = probed {
                    self.record(job, judged);
                }
                }
                Some(joined) = self.joined.join_next() => match joined {
                    Ok((job, Some(judged))) => self.record(job, judged),
                    Ok((job, None)) => self.again.push(job),
                    Err(_) => {}
                },
                () = released, if self.is_waiting() => {}
            }
            while let Some(probed) = self.probing.try_join_next() {
                if let Ok((job, judged)) = probed {
                    self.record(job, judged);
                }
            }
        }
        let results = self.deployments.iter().zip(self.results);
        let checked = results
            .filter_map(|(deployment, judged)| Some(Checked::new(Arc::clone(deployment), judged?)))
            .collect();
        (checked, self.skipped)
    }

    fn is_waiting(&self) -> bool {
        self.next < self.deployments.len() || !self.parked.is_empty() || !self.again.is_empty()
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
                Ok(planned) => self.start(job, planned, permit),
                Err(unplanned) => self.record_unsent(job, unplanned),
            }
            return Step::Moved;
        }
        let job = self.again.pop().unwrap_or(self.next);
        let Some(deployment) = self.deployments.get(job) else { return Step::Stuck };
        self.next = self.next.max(job + 1);
        if let Some(judged) = recent(&self.shared.board, &deployment.id, caps.min_age) {
            self.record(job, judged);
            return Step::Moved;
        }
        match self.shared.plan(deployment, self.config) {
            Ok(planned) => {
                let lane = self.shared.limits.lane(&planned.plan, caps);
                match self.shared.limits.acquire(&lane, caps) {
                    Ok(permit) => self.start(job, planned, permit),
                    Err(_full) => self.parked.park(lane, job),
                }
            }
            Err(unplanned) => self.record_unsent(job, unplanned),
        }
        Step::Moved
    }

    fn start(&mut self, job: usize, planned: Planned, permit: Permit) {
        let deployment = Arc::clone(&self.deployments[job]);
        match self.shared.begin(&deployment) {
            Ok(flight) => {
                let shared = Arc::clone(self.shared);
                let config = Arc::clone(self.config);
                let ready = Ready { deployment, config, planned, permit, flight };
                self.probing.spawn(async move { (job, shared.carry_out(ready).await.0) });
                self.meter.peak.fetch_max(self.probing.len(), Ordering::Relaxed);
            }
            Err(NotNow::Underway(underway)) => {
                self.joined.spawn(async move { (job, underway.result().await) });
            }
            // The latest result is from within this minute, unless a reload has changed the deployment.
            Err(NotNow::Until(until)) => match self.shared.board.latest(&deployment.id) {
                Some(judged) => self.record(job, judged),
                None => {
                    self.joined.spawn(async move {
                        sleep_until(until).await;
                        (job, None)
                    });
                }
            },
        }
    }

    fn record_unsent(&mut self, job: usize, unplanned: Unplanned) {
        let deployment = &self.deployments[job];
        match unplanned {
            Unplanned::Failure(failure) => {
                let judged = judge(deployment, unsent(failure, &self.config.redactor));
                self.shared.publish(deployment, &judged);
                self.record(job, judged);
            }
            Unplanned::Spent => {
                self.skipped.push(Skipped { model_id: deployment.id.clone(), reason: SPENT });
                self.meter.done.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn record(&mut self, job: usize, judged: Judged) {
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
