//! The latest outcome of every deployment.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::domain::{Outcome, Verdict};

/// The latest outcome and verdict of one deployment.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What came back.
    pub outcome: Arc<Outcome>,
    /// What is concluded from it.
    pub verdict: Verdict,
}

type Slots = HashMap<Arc<str>, Arc<ArcSwapOption<Judged>>>;

/// The latest outcome of every deployment, by id.
///
/// Every deployment has a slot of its own, so publishing replaces one pointer whatever the size of the
/// fleet, and reading never waits for a writer. The set of slots changes with the configuration only.
#[derive(Default)]
pub struct Board {
    slots: ArcSwap<Slots>,
}

impl Board {
    /// A board without deployments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps exactly these ids: what is known of them stays, new ones are unknown, all others are forgotten.
    ///
    /// To be called with the ids of a configuration before it takes effect.
    pub fn retain<'a>(&self, ids: impl IntoIterator<Item = &'a str>) {
        let before = self.slots.load();
        let slots = ids
            .into_iter()
            .map(|id| match before.get_key_value(id) {
                Some((id, slot)) => (Arc::clone(id), Arc::clone(slot)),
                None => (Arc::from(id), Arc::default()),
            })
            .collect();
        self.slots.store(Arc::new(slots));
    }

    /// Records the latest outcome. An id that the board does not keep is passed over: a probe that was
    /// under way when its deployment was removed does not bring it back.
    pub fn publish(&self, id: &str, judged: Judged) {
        if let Some(slot) = self.slots.load().get(id) {
            slot.store(Some(Arc::new(judged)));
        }
    }

    /// The latest outcome; `None` before the first one.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Judged>> {
        self.slots.load().get(id)?.load_full()
    }

    /// All latest outcomes as they are now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let slots = self.slots.load();
        Snapshot(slots.iter().filter_map(|(id, slot)| Some((Arc::clone(id), slot.load_full()?))).collect())
    }
}

/// The latest outcomes at one moment. Later ones do not show in it.
#[derive(Debug, Clone, Default)]
pub struct Snapshot(HashMap<Arc<str>, Arc<Judged>>);

impl Snapshot {
    /// The latest outcome; `None` when there was none yet.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Judged>> {
        self.0.get(id)
    }

    /// How many deployments are healthy, and how many have been judged at all.
    #[must_use]
    pub fn healthy_and_judged(&self) -> (usize, usize) {
        let healthy = self.0.values().filter(|judged| judged.verdict.status.is_healthy()).count();
        (healthy, self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use crate::domain::Status;

    use super::*;

    fn judged(status: Status) -> Judged {
        let outcome = Outcome {
            checked_at: Timestamp::UNIX_EPOCH,
            latency: Duration::ZERO,
            failure: None,
            rate_limit: None,
            probed_model: None,
            cost_usd: None,
            notes: Vec::new(),
        };
        Judged { outcome: Arc::new(outcome), verdict: Verdict { status, exception_status: None } }
    }

    fn status(board: &Board, id: &str) -> Option<Status> {
        board.get(id).map(|judged| judged.verdict.status)
    }

    #[test]
    fn a_deployment_is_unknown_until_its_first_outcome() {
        let board = Board::new();
        board.retain(["a", "b"]);
        assert_eq!(status(&board, "a"), None);
        board.publish("a", judged(Status::Up));
        assert_eq!(status(&board, "a"), Some(Status::Up));
        assert_eq!(status(&board, "b"), None);
    }

    #[test]
    fn a_reload_keeps_what_is_known_and_forgets_the_removed() {
        let board = Board::new();
        board.retain(["kept", "removed"]);
        board.publish("kept", judged(Status::Up));
        board.publish("removed", judged(Status::Down));
        board.retain(["kept", "new"]);
        assert_eq!(status(&board, "kept"), Some(Status::Up));
        assert_eq!(status(&board, "new"), None);
        board.publish("removed", judged(Status::Up));
        assert_eq!(status(&board, "removed"), None);
    }

    #[test]
    fn a_snapshot_does_not_change_any_more() {
        let board = Board::new();
        board.retain(["a"]);
        board.publish("a", judged(Status::Up));
        let snapshot = board.snapshot();
        board.publish("a", judged(Status::Down));
        assert_eq!(snapshot.get("a").unwrap().verdict.status, Status::Up);
        assert_eq!(status(&board, "a"), Some(Status::Down));
    }
}
