//! Whose turn it is among deployments that are equally good.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts the calls of each public name, so that those of one don't disturb the order in which deployments of another take
/// turns.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, u64>>);

impl Turns {
    /// The number of the next call of this name, from zero.
    pub(super) fn next(&self, name: &str) -> u64 {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = turns.get_mut(name) {
            *next = next.wrapping_add(1);
            return *next;
        }
        turns.insert(name.to_owned(), 0);
        0
    }
}
