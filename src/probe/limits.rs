//! How many probes may be under way: in total, to one host, to one provider, with one API key.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::config::ProbeSettings;
use crate::transport::host_of;

use super::Plan;

/// What a probe counts against besides the total.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    /// The provider's slug.
    pub(super) provider: &'static str,
    /// Host and port.
    pub(super) host: Arc<str>,
    /// The credential, where there is a limit to what goes with one.
    pub(super) key: Option<Key>,
}

/// Tells credentials apart, and nothing else about them: the hash is another one in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

/// Which limit has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    Total,
    Provider,
    Host,
    Key,
}

/// Counts the probes under way, of all runs together.
///
/// Nothing waits in here: a probe that finds no room stays in its run's queue and holds nothing,
/// so a slow host or provider delays nobody else.
#[derive(Default)]
pub(super) struct Limits {
    counts: Mutex<Counts>,
    released: Notify,
    hasher: RandomState,
}

#[derive(Default)]
struct Counts {
    total: usize,
    hosts: HashMap<Arc<str>, usize>,
    providers: HashMap<&'static str, usize>,
    keys: HashMap<Key, usize>,
}

/// How many probes are under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InFlight {
    /// In total.
    pub total: usize,
    /// By provider.
    pub providers: Vec<(&'static str, usize)>,
    /// By host and port.
    pub hosts: Vec<(Arc<str>, usize)>,
    /// With that API key with which there are most; 0 unless `llmhealth.probe.per_key` is set.
    pub busiest_key: usize,
}

impl Limits {
    /// What a plan counts against.
    pub(super) fn lane(&self, plan: &Plan, caps: &ProbeSettings) -> Lane {
        let mut hasher = self.hasher.build_hasher();
        let has_key = caps.per_key.is_some() && plan.request.auth.hash_credential(&mut hasher);
        Lane {
            provider: plan.provider.slug,
            host: host_of(&plan.request.url).into(),
            key: has_key.then(|| Key(hasher.finish())),
        }
    }

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
        let has_room = |cap: usize, key: Key| counts.keys.get(&key).is_none_or(|&n| n < cap.max(1));
        if let (Some(cap), Some(key)) = (caps.per_key, lane.key)
            && !has_room(cap, key)
        {
            return Err(Full::Key);
        }
        counts.total += 1;
        if let Some(key) = lane.key {
            *counts.keys.entry(key).or_default() += 1;
        }
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
    pub(super) fn in_flight(&self) -> InFlight {
        let counts = self.counts();
        let providers = counts.providers.iter().filter(|(_, count)| **count > 0);
        InFlight {
            total: counts.total,
            providers: providers.map(|(provider, count)| (*provider, *count)).collect(),
            hosts: counts.hosts.iter().map(|(host, count)| (Arc::clone(host), *count)).collect(),
            busiest_key: counts.keys.values().copied().max().unwrap_or_default(),
        }
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
        if let Some(key) = lane.key
            && let Some(count) = counts.keys.get_mut(&key)
        {
            *count -= 1;
            if *count == 0 {
                counts.keys.remove(&key);
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
        Lane { provider, host: Arc::from(host), key: None }
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
        assert_eq!(limits.in_flight().total, 3);
        assert!(acquire("openai", "a").is_ok());
    }

    #[test]
    fn one_key_counts_at_all_hosts() {
        let limits = Arc::new(Limits::default());
        let caps = ProbeSettings { per_key: Some(1), ..caps() };
        let acquire =
            |host, key| limits.acquire(&Lane { key: Some(Key(key)), ..lane("openai", host) }, &caps);
        let first = acquire("a", 1).unwrap();
        assert_eq!(acquire("b", 1).err(), Some(Full::Key));
        assert!(acquire("a", 2).is_ok());
        assert_eq!(limits.in_flight().busiest_key, 1);
        drop(first);
        assert!(acquire("b", 1).is_ok());
        assert!(limits.counts().keys.is_empty());
    }

    #[test]
    fn idle_hosts_are_forgotten() {
        let limits = Arc::new(Limits::default());
        for number in 0..100 {
            limits.acquire(&lane("openai", &format!("host-{number}")), &caps()).unwrap();
        }
        assert!(limits.counts().hosts.is_empty());
        assert_eq!(limits.in_flight().total, 0);
    }
}
