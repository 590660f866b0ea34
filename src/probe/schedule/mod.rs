//! Checks without being asked: when each deployment is due, and the task that probes those that are.
//!
//! [`Timetable`] decides and is pure: time is a number that it is told. [`Scheduler`] is the one task that waits for the
//! next due moment, and starts what is due as far as the caps have room. There is no task and no timer per
//! deployment. [`Schedule`] is what the rest of the process sees of both.

mod phase;
mod scheduler;
mod timetable;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

pub(super) use scheduler::Scheduler;
pub use timetable::{Due, Finished, Timetable, Wanted};

/// The timetable of this process, with its clock.
pub(super) struct Schedule {
    /// The clock is monotonic: a correction of the machine's time moves nothing.
    start: Instant,
    timetable: Mutex<Timetable>,
    /// Tells the task to look at the configuration and at `is_closed` again.
    changed: Notify,
    is_closed: AtomicBool,
    /// Due probes that wait for room at their host or provider.
    parked: AtomicUsize,
    deferrals: AtomicU64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            timetable: Mutex::default(),
            changed: Notify::new(),
            is_closed: AtomicBool::new(false),
            parked: AtomicUsize::new(0),
            deferrals: AtomicU64::new(0),
        }
    }
}

impl Schedule {
    /// When a deployment is due next by the schedule, on the wall clock. A moment in the past means that it waits for
    /// room.
    pub(super) fn next_due(&self, id: &str) -> Option<Timestamp> {
        let due = self.timetable().due(id)?;
        let ahead = SignedDuration::try_from(due).ok()? - SignedDuration::try_from(self.now()).ok()?;
        Timestamp::now().checked_add(ahead).ok()
    }

    /// How many probes are due and wait for room.
    pub(super) fn queued(&self) -> usize {
        self.timetable().overdue(self.now()) + self.parked.load(Ordering::Relaxed)
    }

    /// How often a provider's wish to be left alone has been heeded.
    pub(super) fn deferrals(&self) -> u64 {
        self.deferrals.load(Ordering::Relaxed)
    }

    /// Leaves a deployment alone for some time, because its provider asks for that.
    pub(super) fn defer(&self, id: &str, wait: Duration) {
        self.deferrals.fetch_add(1, Ordering::Relaxed);
        self.timetable().defer(id, self.now(), wait);
    }

    /// The configuration is another one.
    pub(super) fn reload(&self) {
        self.changed.notify_one();
    }

    /// Begins no probe any more.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn moment(&self, instant: Instant) -> Duration {
        instant.duration_since(self.start)
    }

    fn instant(&self, moment: Duration) -> Instant {
        self.start + moment
    }

    fn timetable(&self) -> MutexGuard<'_, Timetable> {
        self.timetable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
