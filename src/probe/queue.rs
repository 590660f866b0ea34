//! Which probe of a run starts next.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::config::ProbeSettings;

use super::limits::{Full, Lane, Limits, Permit};

/// Probes that were passed over because their host or provider had no room.
///
/// They are kept by provider and host, so that a full one is skipped as a whole. Hosts of a
/// provider take turns.
pub(super) struct Parked<J> {
    providers: Vec<(&'static str, VecDeque<Arc<str>>)>,
    jobs: HashMap<Lane, VecDeque<J>>,
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
        let host = Arc::clone(&lane.host);
        match self.providers.iter_mut().find(|(provider, _)| *provider == lane.provider) {
            Some((_, hosts)) => hosts.push_back(host),
            None => self.providers.push((lane.provider, VecDeque::from([host]))),
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
                let Some(host) = hosts.pop_front() else { break };
                let lane = Lane { provider, host };
                match limits.acquire(&lane, caps) {
                    Ok(permit) => {
                        let jobs = self.jobs.get_mut(&lane)?;
                        let job = jobs.pop_front()?;
                        if jobs.is_empty() {
                            self.jobs.remove(&lane);
                        } else {
                            hosts.push_back(lane.host);
                        }
                        return Some((job, permit));
                    }
                    Err(Full::Host) => hosts.push_back(lane.host),
                    Err(Full::Provider) => {
                        hosts.push_front(lane.host);
                        break;
                    }
                    Err(Full::Total) => {
                        hosts.push_front(lane.host);
                        return None;
                    }
                }
            }
        }
        None
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
        let lane = |provider, host: &str| Lane { provider, host: Arc::from(host) };
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
