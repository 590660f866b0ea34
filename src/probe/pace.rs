//! Requests per minute: what a deployment may take is not used up by probes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::domain::Deployment;

/// So many probes may come close together, for a quick second and third look; more are spread over the minute.
const BURST: f64 = 3.0;
const MINUTE: f64 = 60.0;
/// So many deployments are remembered at least before any are looked through for old ones.
const FEW: usize = 64;

/// When deployments that have a limit were probed lately.
#[derive(Default)]
pub(super) struct Pace(Mutex<Recent>);

#[derive(Default)]
struct Recent {
    /// The latest probes of each, with the time for which they count.
    starts: HashMap<Arc<str>, (VecDeque<Instant>, Duration)>,
    /// At this size the old ones are forgotten.
    full: usize,
}

impl Pace {
    /// Counts a probe that begins now. If it would be one too many, it may begin at the moment that is the error.
    pub(super) fn begin(&self, deployment: &Deployment, now: Instant) -> Result<(), Instant> {
        let Some(Limit { most, within }) = Limit::of(deployment) else { return Ok(()) };
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.starts.len() >= recent.full.max(FEW) {
            recent
                .starts
                .retain(|_, (starts, within)| starts.back().is_some_and(|last| now < *last + *within));
            recent.full = recent.starts.len() * 2;
        }
        let (starts, counted) = recent.starts.entry(Arc::clone(&deployment.id)).or_default();
        *counted = within;
        while starts.front().is_some_and(|start| *start + within <= now) {
            starts.pop_front();
        }
        match starts.front() {
            Some(oldest) if starts.len() >= most => Err(*oldest + within),
            _ => {
                starts.push_back(now);
                Ok(())
            }
        }
    }
}

/// At most so many within any time of this length.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Limit {
    most: usize,
    within: Duration,
}

impl Limit {
    /// The smaller of `litellm_params.rpm` and `model_info.rpm`.
    fn of(deployment: &Deployment) -> Option<Self> {
        let values = [deployment.params.get("rpm"), deployment.info.get("rpm")];
        values
            .into_iter()
            .flatten()
            .filter_map(number)
            .filter(|rpm| *rpm > 0.0)
            .reduce(f64::min)
            .map(Self::rpm)
    }

    /// A minute holds a whole number of these, so that no minute ever sees more than `rpm`.
    fn rpm(rpm: f64) -> Self {
        let most = rpm.floor().clamp(1.0, BURST);
        let within = if rpm < 1.0 { MINUTE / rpm } else { MINUTE / (rpm / most).floor() };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 3")]
        let most = most as usize;
        Self { most, within: Duration::try_from_secs_f64(within).unwrap_or(Duration::MAX / 4) }
    }
}

/// LiteLLM takes numbers in quotes too.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}
