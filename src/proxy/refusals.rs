//! Calls that reach no deployment: counted and logged.

use std::sync::{Mutex, PoisonError};

use crate::state::{Counted, ErrorKind, Told};

use super::tally::Origin;

/// What clients were told, by LiteLLM's word for the model that they named: none, or `other` if there is no such model.
pub type RefusalCounts = Vec<(&'static str, Counted<Told>)>;

/// Calls that reached no deployment since the process began.
#[derive(Default)]
pub(super) struct Refusals(Mutex<RefusalCounts>);

impl Refusals {
    /// Counts one.
    pub(super) fn count(&self, origin: &Origin, error: ErrorKind, model: &'static str) {
        tracing::debug!(
            call_id = origin.id,
            caller = &*origin.caller,
            route = origin.route,
            status = error.status,
            class = error.class,
            "call_refused"
        );
        let told = error.told(origin.route);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counted)) = all.iter_mut().find(|(other, _)| *other == model) {
            counted.add(told);
        } else {
            let mut counted = Counted::default();
            counted.add(told);
            all.push((model, counted));
        }
    }

    /// All counts.
    pub(super) fn counts(&self) -> RefusalCounts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
