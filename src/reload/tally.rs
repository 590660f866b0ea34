//! Counts reloads.

use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use jiff::Timestamp;

/// How reloads went so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reloads {
    /// How many put a configuration in force.
    pub successes: u64,
    /// How many left the old one in force.
    pub failures: u64,
    /// Whether the last one succeeded. The start counts as a success.
    pub is_last_good: bool,
    /// When the configuration in force was read.
    pub last_success: Timestamp,
}

/// The counters behind [`Reloads`].
pub(super) struct Tally {
    successes: AtomicU64,
    failures: AtomicU64,
    last: ArcSwap<Last>,
}

#[derive(Clone, Copy)]
struct Last {
    is_good: bool,
    success: Timestamp,
}

impl Default for Tally {
    fn default() -> Self {
        let last = ArcSwap::from_pointee(Last { is_good: true, success: Timestamp::now() });
        Self { successes: AtomicU64::default(), failures: AtomicU64::default(), last }
    }
}

impl Tally {
    pub(super) fn succeed(&self) {
        self.successes.fetch_add(1, Ordering::Relaxed);
        self.last.store(Last { is_good: true, success: Timestamp::now() }.into());
    }

    pub(super) fn fail(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.last.rcu(|last| Last { is_good: false, ..**last });
    }

    pub(super) fn read(&self) -> Reloads {
        let last = self.last.load();
        Reloads {
            successes: self.successes.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            is_last_good: last.is_good,
            last_success: last.success,
        }
    }
}
