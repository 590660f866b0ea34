//! What probing has done since the process began, counted as it happens.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::state::Judged;

/// Upper bounds of the durations of probes, in seconds: from a cache's answer to the default deadline.
pub const DURATION_BOUNDS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0];

/// Counts of probes, by provider.
#[derive(Default)]
pub(super) struct Tally(Mutex<BTreeMap<&'static str, ProbeCounts>>);

impl Tally {
    /// Counts a probe, and the tokens that it may have used at most.
    pub(super) fn count(&self, provider: &'static str, judged: &Judged, tokens: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = all.entry(provider).or_default();
        *counts.by_status.entry(judged.verdict.status.as_str()).or_default() += 1;
        let seconds = judged.outcome.latency.as_secs_f64();
        let bucket = DURATION_BOUNDS.partition_point(|&bound| bound < seconds);
        counts.durations[bucket] += 1;
        counts.seconds += seconds;
        counts.tokens += tokens;
        counts.cost_usd += judged.outcome.cost_usd.unwrap_or_default();
    }

    /// The counts of all providers that were probed.
    pub(super) fn by_provider(&self) -> BTreeMap<&'static str, ProbeCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts of the probes of one provider.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProbeCounts {
    /// How many ended with which status.
    pub by_status: BTreeMap<&'static str, u64>,
    /// How many took no longer than the bound of the same index and longer than the one before; the last ones took
    /// longer than all bounds.
    pub durations: [u64; DURATION_BOUNDS.len() + 1],
    /// How long all took together, in seconds.
    pub seconds: f64,
    /// How many tokens they may have used at most, as far as that is known.
    pub tokens: u64,
    /// What they may have cost at most, in US dollars, as far as prices are known.
    pub cost_usd: f64,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use jiff::Timestamp;

    use crate::domain::{Outcome, Status, Verdict};

    use super::*;

    fn judged(milliseconds: u64, cost_usd: Option<f64>) -> Judged {
        let outcome = Outcome {
            checked_at: Timestamp::UNIX_EPOCH,
            latency: Duration::from_millis(milliseconds),
            failure: None,
            rate_limit: None,
            probed_model: None,
            cost_usd,
            notes: Vec::new(),
        };
        Judged { outcome: Arc::new(outcome), verdict: Verdict { status: Status::Up, exception_status: None } }
    }

    #[test]
    fn a_duration_on_a_bound_belongs_below_it() {
        let tally = Tally::default();
        for milliseconds in [50, 51, 100, 60_000, 60_001] {
            tally.count("openai", &judged(milliseconds, None), 0);
        }
        let counts = &tally.by_provider()["openai"];
        assert_eq!(counts.durations, [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(counts.by_status["up"], 5);
    }

    #[test]
    fn what_is_used_adds_up_also_without_a_price() {
        let tally = Tally::default();
        tally.count("openai", &judged(1, Some(0.5)), 20);
        tally.count("openai", &judged(1, None), 5);
        let counts = &tally.by_provider()["openai"];
        assert_eq!((counts.tokens, counts.cost_usd), (25, 0.5));
    }
}
