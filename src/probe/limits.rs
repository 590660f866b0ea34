//! How many probes may be under way: in total, to one host, to one provider.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::config::ProbeSettings;

/// What a probe counts against besides the total.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    /// The provider's slug.
    pub(super) provider: &'static str,
    /// Host and port.
    pub(super) host: Arc<str>,
}

/// Which limit has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    Total,
    Provider,
    Host,
}

/// Counts the probes under way, of all runs together.
///
/// Nothing waits in here: a probe that finds no room stays in its run's queue and holds nothing,
/// so a slow host or provider delays nobody else.
#[derive(Default)]
pub(super) struct Limits {
    counts: Mutex<Counts>,
    released: Notify,
}

#[derive(Default)]
struct Counts {
    total: usize,
    hosts: HashMap<Arc<str>, usize>,
    providers: HashMap<&'static str, usize>,
}

impl Limits {
    /// Room for one probe, if every limit has some. Limits are those of the caller's configuration, so
    /// that a reload takes effect at once.
    pub(super) fn acquire(self: &Arc<Self>, lane: &Lane, caps: &ProbeSettings) -> Result<Permit, Full> {
        let mut counts = self.counts();
        if counts.total >= caps.concurrency.max(1) {
            return Err(Full::Total);
        }
        let provider_cap = caps.per_provider.get(lane.provider).map(|&cap| cap.max(1));
        if provider_cap.is_some_and(|cap| counts.providers.get(lane.provider).is_some_and(|&n| n >= cap)) {
            return Err(Full::Provider);
        }
        if counts.hosts.get(&lane.host).is_some_and(|&n| n >= caps.per_host.max(1)) {
            return Err(Full::Host);
        }
        counts.total += 1;
        *counts.providers.entry(lane.provider).or_default() += 1;
        *counts.hosts.entry(Arc::clone(&lane.host)).or_default() += 1;
        Ok(Permit { limits: Arc::clone(self), lane: lane.clone() })
    }

    /// Waits for room.
    pub(super) async fn wait(self: &Arc<Self>, lane: &Lane, caps: &ProbeSettings) -> Permit {
        loop {
            let released = self.released();
            if let Ok(permit) = self.acquire(lane, caps) {
                return permit;
            }
            released.await;
        }
    }

    /// Whether the total has no room, to find out before any work for a probe is done.
    pub(super) fn is_full(&self, caps: &ProbeSettings) -> bool {
        self.counts().total >= caps.concurrency.max(1)
    }

    /// How many probes are under way.
    pub(super) fn in_flight(&self) -> usize {
        self.counts().total
    }

    /// Completes when room becomes free after this call.
    pub(super) fn released(&self) -> Notified<'_> {
        self.released.notified()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn release(&self, lane: &Lane) {
        let mut counts = self.counts();
        counts.total -= 1;
        if let Some(count) = counts.providers.get_mut(lane.provider) {
            *count -= 1;
        }
        if let Some(count) = counts.hosts.get_mut(&lane.host) {
            *count -= 1;
            if *count == 0 {
                counts.hosts.remove(&lane.host);
            }
        }
        drop(counts);
        self.released.notify_waiters();
    }
}

/// Room for one probe; gives it back when dropped.
pub(super) struct Permit {
    limits: Arc<Limits>,
    lane: Lane,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limits.release(&self.lane);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn caps() -> ProbeSettings {
        ProbeSettings {
            concurrency: 4,
            per_host: 2,
            per_provider: BTreeMap::from([("ollama".to_owned(), 1)]),
            ..ProbeSettings::default()
        }
    }

    fn lane(provider: &'static str, host: &str) -> Lane {
        Lane { provider, host: Arc::from(host) }
    }

    #[test]
    fn every_limit_is_kept_and_told_apart() {
        let limits = Arc::new(Limits::default());
        let acquire = |provider, host| limits.acquire(&lane(provider, host), &caps());
        let first = acquire("openai", "a").unwrap();
        let _second = acquire("openai", "a").unwrap();
        assert_eq!(acquire("openai", "a").err(), Some(Full::Host));
        let _third = acquire("ollama", "b").unwrap();
        assert_eq!(acquire("ollama", "c").err(), Some(Full::Provider));
        let _fourth = acquire("openai", "b").unwrap();
        assert_eq!(acquire("openai", "d").err(), Some(Full::Total));
        drop(first);
        assert_eq!(limits.in_flight(), 3);
        assert!(acquire("openai", "a").is_ok());
    }

    #[test]
    fn idle_hosts_are_forgotten() {
        let limits = Arc::new(Limits::default());
        for number in 0..100 {
            limits.acquire(&lane("openai", &format!("host-{number}")), &caps()).unwrap();
        }
        assert!(limits.counts().hosts.is_empty());
        assert_eq!(limits.in_flight(), 0);
    }
}
