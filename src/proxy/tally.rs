//! What becomes of a call: counted while it is under way, recorded on the board when it ends.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::{Deployment, Outcome};
use crate::probe::classify;
use crate::state::{Board, Judged};

use super::fault::Fault;
use super::loads::UnderWay;

/// One attempt at a deployment. Dropped without a result it is one that nobody waited for, which says nothing.
pub(super) struct Tally {
    pub(super) board: Arc<Board>,
    pub(super) deployment: Arc<Deployment>,
    /// Whether outcomes count like those of probes.
    pub(super) is_check: bool,
    pub(super) start: Instant,
    pub(super) _under_way: UnderWay,
}

impl Tally {
    /// The deployment has served the request.
    pub(super) fn succeed(self) {
        self.record(None);
    }

    /// It has not.
    pub(super) fn fail(self, fault: &Fault) {
        self.record(Some(fault));
    }

    fn record(self, fault: Option<&Fault>) {
        let outcome = Outcome {
            checked_at: Timestamp::now(),
            latency: self.start.elapsed(),
            failure: fault.map(|fault| Box::new(fault.failure.clone())),
            rate_limit: fault.and_then(|fault| fault.rate_limit.clone()),
            probed_model: None,
            cost_usd: None,
            notes: Vec::new(),
        };
        // How long an answer takes depends on what was asked, so that none is called slow.
        let verdict = classify(&outcome, None);
        let judged = Judged { outcome: Arc::new(outcome), verdict };
        self.board.record_traffic(&self.deployment.id, &judged, self.is_check);
    }
}
