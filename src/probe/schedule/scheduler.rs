//! The task that probes what is due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, sleep, sleep_until};

use crate::config::Config;
use crate::domain::{Deployment, Failure};
use crate::probe::Source;
use crate::probe::eligible::eligible;
use crate::probe::limits::Permit;
use crate::probe::queue::Parked;
use crate::probe::run::unsent;
use crate::probe::shared::{NotNow, Planned, Ready, Shared, Unplanned, judge};

use super::{Due, Finished, Wanted};

/// So long it rests between two looks at what is due and what has ended: waking for each by itself would cost more than
/// the probes do.
const BREATH: Duration = Duration::from_millis(5);
/// So many deployments are looked at in a row before other tasks get their turn.
const IN_A_ROW: usize = 32;

/// Probes the eligible deployments of the configuration in force, each at its time.
pub(in crate::probe) struct Scheduler {
    shared: Arc<Shared>,
    config: Arc<Config>,
    parked: Parked<Due>,
    probing: JoinSet<(Due, Finished)>,
}

/// What came of looking for a probe to start.
enum Step {
    /// Something was started, judged or parked: look again.
    Moved,
    /// No room in total: nothing can begin before a probe ends.
    Full,
    /// Nothing is due that there is room for.
    Idle,
}

impl Scheduler {
    /// The schedule of the configuration in force and of those that follow it.
    pub(in crate::probe) fn new(shared: Arc<Shared>) -> Self {
        let config = shared.config.load_full();
        let scheduler = Self { shared, config, parked: Parked::default(), probing: JoinSet::new() };
        scheduler.fill(None);
        scheduler
    }

    /// Probes until the schedule is closed, and then until the probes under way have ended.
    pub(in crate::probe) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        loop {
            // Made before looking, so that what changes meanwhile is not missed.
            let released = shared.limits.released();
            let is_closed = shared.schedule.is_closed();
            if is_closed && self.probing.is_empty() {
                return;
            }
            let step = if is_closed { Step::Full } else { self.start_all().await };
            let is_full = matches!(step, Step::Full);
            let next = shared.schedule.timetable().next().filter(|_| !is_full);
            let due = async {
                match next {
                    Some(due) => sleep_until(shared.schedule.instant(due)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(joined) = self.probing.join_next() => {
                    if let Ok((run, how)) = joined {
                        self.finish(&run, how);
                    }
                }
                () = released, if !is_closed && (is_full || !self.parked.is_empty()) => {}
                () = due, if !is_closed => {}
                () = shared.schedule.changed() => self.reload(),
            }
            let is_pressed = is_full || !self.parked.is_empty();
            if !is_pressed {
                sleep(BREATH).await;
            }
            while let Some(joined) = self.probing.try_join_next() {
                if let Ok((run, how)) = joined {
                    self.finish(&run, how);
                }
            }
        }
    }

    /// Takes on the configuration in force.
    fn reload(&mut self) {
        let config = self.shared.config.load_full();
        if Arc::ptr_eq(&config, &self.config) {
            return;
        }
        let before = std::mem::replace(&mut self.config, config);
        // Where they belong may have changed, or whether they are there at all.
        let now = self.shared.schedule.now();
        for run in self.parked.drain() {
            self.shared.schedule.timetable().postpone(&run, now, now);
        }
        self.fill(Some(&before));
    }

    /// Fills the timetable.
    fn fill(&self, before: Option<&Config>) {
        let background = &self.config.settings.background;
        let is_changed = |deployment: &Deployment| {
            before
                .and_then(|before| before.fleet.by_id(&deployment.id))
                .is_some_and(|other| **other != *deployment)
        };
        let deployments = self.config.fleet.all().iter().filter(|_| background.enabled);
        let wanted = deployments
            .filter(|deployment| eligible(deployment, Source::Background, background).is_ok())
            .map(|deployment| Wanted {
                id: Arc::clone(&deployment.id),
                interval: deployment.check.interval.unwrap_or(background.interval),
                is_changed: is_changed(deployment),
            });
        self.shared.schedule.timetable().sync(wanted, self.shared.schedule.now());
        self.config.fleet.all().iter().for_each(|deployment| self.shared.tell_due(&deployment.id));
    }

    /// Starts all that is due and has room.
    async fn start_all(&mut self) -> Step {
        let mut moved = 0;
        loop {
            match self.start_one() {
                Step::Moved => moved += 1,
                step => {
                    self.shared.schedule.parked.store(self.parked.len(), Ordering::Relaxed);
                    return step;
                }
            }
            if moved % IN_A_ROW == 0 {
                yield_now().await;
            }
        }
    }

    fn start_one(&mut self) -> Step {
        let caps = &self.config.settings.probe;
        if self.shared.limits.is_full(caps) {
            return Step::Full;
        }
        if let Some((run, permit)) = self.parked.take(&self.shared.limits, caps) {
            self.start(run, Some(permit));
            return Step::Moved;
        }
        let now = self.shared.schedule.now();
        let Some(run) = self.shared.schedule.timetable().take_due(now) else { return Step::Idle };
        self.start(run, None);
        Step::Moved
    }

    /// Starts a run that is due, or parks it if there is no room where it belongs.
    fn start(&mut self, run: Due, permit: Option<Permit>) {
        let Some(deployment) = self.config.fleet.by_id(&run.id).cloned() else {
            return self.finish(&run, Finished::default());
        };
        if !self.shared.board.calendar().is_probed(&deployment, Timestamp::now()) {
            return self.finish(&run, Finished::default());
        }
        if let Some(until) = self.spared(&deployment) {
            self.shared.schedule.timetable().spare(&run, self.shared.schedule.moment(until));
            return self.shared.tell_due(&run.id);
        }
        let planned = match self.shared.plan(&deployment, &self.config) {
            Ok(planned) => planned,
            Err(Unplanned::Failure(failure)) => return self.fail(&run, &deployment, failure),
            // The last verdict stays: nothing new is known.
            Err(Unplanned::Spent) => return self.finish(&run, Finished::default()),
        };
        let caps = &self.config.settings.probe;
        let permit = if let Some(permit) = permit {
            permit
        } else {
            let lane = self.shared.limits.lane(&planned.plan, caps);
            match self.shared.limits.acquire(&lane, caps) {
                Ok(permit) => permit,
                Err(_full) => return self.parked.park(lane, run),
            }
        };
        self.probe(run, deployment, planned, permit);
    }

    /// Until when clients' calls tell of a deployment what a probe would.
    fn spared(&self, deployment: &Deployment) -> Option<Instant> {
        let settings = &self.config.settings;
        let interval = deployment.check.interval.unwrap_or(settings.background.interval);
        let board = settings.proxy.is_passive_check.then_some(&self.shared.board)?;
        board.spares_probes_until(&deployment.id, interval)
    }

    fn probe(&mut self, run: Due, deployment: Arc<Deployment>, planned: Planned, permit: Permit) {
        let shared = Arc::clone(&self.shared);
        match shared.begin(&deployment) {
            Ok(flight) => {
                let config = Arc::clone(&self.config);
                self.probing.spawn(async move {
                    let ready = Ready { deployment, config, planned, permit, flight };
                    // A defect of ours in one probe must not take its deployment out of the schedule.
                    let probed = AssertUnwindSafe(shared.carry_out(ready)).catch_unwind().await;
                    (run, probed.map_or_else(|_| Finished::default(), |(_, finished)| finished))
                });
            }
            // Somebody asks for the same at this moment. One answer is enough for both.
            Err(NotNow::Underway(underway)) => {
                self.probing.spawn(async move {
                    let wait = underway.result().await.and_then(|judged| judged.outcome.wait());
                    let standing = shared.board.get(&run.id);
                    (run, Finished { is_turning: standing.is_some_and(|standing| standing.is_turning), wait })
                });
            }
            Err(NotNow::Until(until)) => {
                let schedule = &shared.schedule;
                schedule.timetable().postpone(&run, schedule.now(), schedule.moment(until));
                shared.tell_due(&run.id);
            }
        }
    }

    fn fail(&self, run: &Due, deployment: &Deployment, failure: Failure) {
        let judged = judge(deployment, unsent(failure, &self.config.redactor));
        let finished = self.shared.publish(deployment, &judged);
        self.finish(run, finished);
    }

    fn finish(&self, run: &Due, how: Finished) {
        self.shared.schedule.timetable().finished(run, self.shared.schedule.now(), how);
        self.shared.tell_due(&run.id);
    }
}
