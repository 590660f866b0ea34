//! How many calls are under way at each deployment, and whose turn it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::Deployment;

/// Counts calls under way, by the deployment's id. Those without any take no memory.
#[derive(Default)]
pub(super) struct Loads(Mutex<HashMap<Arc<str>, usize>>);

impl Loads {
    /// Counts a call as long as the value lives.
    pub(super) fn enter(self: &Arc<Self>, deployment: &Arc<Deployment>) -> UnderWay {
        *self.lock().entry(Arc::clone(&deployment.id)).or_default() += 1;
        UnderWay { loads: Arc::clone(self), id: Arc::clone(&deployment.id) }
    }

    /// How many calls are under way.
    pub(super) fn of(&self, id: &str) -> usize {
        self.lock().get(id).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
pub(super) struct UnderWay {
    loads: Arc<Loads>,
    id: Arc<str>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut loads = self.loads.lock();
        if let Some(count) = loads.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                loads.remove(&self.id);
            }
        }
    }
}

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
