//! Which probe of a run starts next.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::config::ProbeSettings;

use super::limits::{Full, Key, Lane, Limits, Permit};

/// Probes that were passed over because their provider, host or key had no room.
///
/// They are kept by provider, host and key, so that a full one is skipped as a whole. Hosts of a provider take
/// turns, and keys of a host.
pub(super) struct Parked<J> {
    providers: Vec<(&'static str, VecDeque<Host>)>,
    jobs: HashMap<Lane, VecDeque<J>>,
}

/// A host with the keys with which probes wait for it.
struct Host {
    name: Arc<str>,
    keys: VecDeque<Option<Key>>,
}

impl<J> Default for Parked<J> {
    fn default() -> Self {
        Self { providers: Vec::new(), jobs: HashMap::new() }
    }
}

impl<J> Parked<J> {
    /// Keeps a probe for later.
    pub(super) fn park(&mut self, lane: Lane, job: J) {
        if let Some(jobs) = self.jobs.get_mut(&lane) {
            jobs.push_back(job);
            return;
        }
        let known = self.providers.iter().position(|(provider, _)| *provider == lane.provider);
        let index = known.unwrap_or_else(|| {
            self.providers.push((lane.provider, VecDeque::new()));
            self.providers.len() - 1
        });
        let hosts = &mut self.providers[index].1;
        match hosts.iter_mut().find(|host| host.name == lane.host) {
            Some(host) => host.keys.push_back(lane.key),
            None => hosts.push_back(Host { name: Arc::clone(&lane.host), keys: VecDeque::from([lane.key]) }),
        }
        self.jobs.insert(lane, VecDeque::from([job]));
    }

    /// Whether nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// How many are kept.
    pub(super) fn len(&self) -> usize {
        self.jobs.values().map(VecDeque::len).sum()
    }

    /// Gives all of them back.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = J> + use<J> {
        std::mem::take(self).jobs.into_values().flatten()
    }

    /// A probe that there is room for by now, with its permit.
    pub(super) fn take(&mut self, limits: &Arc<Limits>, caps: &ProbeSettings) -> Option<(J, Permit)> {
        for (provider, hosts) in &mut self.providers {
            for _ in 0..hosts.len() {
                let Some(mut host) = hosts.pop_front() else { break };
                let found = host.take(provider, &mut self.jobs, limits, caps);
                let is_first = matches!(found, Err(Full::Provider | Full::Total));
                if is_first {
                    hosts.push_front(host);
                } else if !host.keys.is_empty() {
                    hosts.push_back(host);
                }
                match found {
                    Ok(found) => return Some(found),
                    Err(Full::Host | Full::Key) => {}
                    Err(Full::Provider) => break,
                    Err(Full::Total) => return None,
                }
            }
        }
        None
    }
}

impl Host {
    /// A probe of the first key that has room. The host keeps its place unless there was one.
    fn take<J>(
        &mut self,
        provider: &'static str,
        jobs: &mut HashMap<Lane, VecDeque<J>>,
        limits: &Arc<Limits>,
        caps: &ProbeSettings,
    ) -> Result<(J, Permit), Full> {
        for _ in 0..self.keys.len() {
            let Some(key) = self.keys.pop_front() else { break };
            let lane = Lane { provider, host: Arc::clone(&self.name), key };
            match limits.acquire(&lane, caps) {
                Ok(permit) => {
                    let waiting = jobs.get_mut(&lane);
                    let job = waiting.and_then(VecDeque::pop_front);
                    if jobs.get(&lane).is_none_or(VecDeque::is_empty) {
                        jobs.remove(&lane);
                    } else {
                        self.keys.push_back(key);
                    }
                    if let Some(job) = job {
                        return Ok((job, permit));
                    }
                }
                Err(Full::Key) => self.keys.push_back(key),
                Err(full) => {
                    self.keys.push_front(key);
                    return Err(full);
                }
            }
        }
        Err(Full::Key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn hosts_take_turns_and_full_ones_are_skipped() {
        let caps = ProbeSettings {
            concurrency: 100,
            per_host: 1,
            per_provider: BTreeMap::from([("slow".to_owned(), 1)]),
            ..ProbeSettings::default()
        };
        let limits = Arc::new(Limits::default());
        let lane = |provider, host: &str| Lane { provider, host: Arc::from(host), key: None };
        let mut parked = Parked::default();
        for (job, (provider, host)) in
            [("slow", "s1"), ("slow", "s2"), ("fast", "f1"), ("fast", "f1"), ("fast", "f2")]
                .iter()
                .enumerate()
        {
            parked.park(lane(provider, host), job);
        }
        let mut held = Vec::new();
        let mut order = Vec::new();
        while let Some((job, permit)) = parked.take(&limits, &caps) {
            order.push(job);
            held.push(permit);
        }
        assert_eq!(order, [0, 2, 4]);
        held.clear();
        while let Some((job, permit)) = parked.take(&limits, &caps) {
            order.push(job);
            held.push(permit);
        }
        assert_eq!(order, [0, 2, 4, 1, 3]);
        assert!(parked.is_empty());
    }
}
