//! What a reload does to the deployments.

use crate::domain::{Deployment, Fleet};

/// The difference between two fleets, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// How many deployments there are now.
    pub deployments: usize,
    /// Those that are new.
    pub added: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// Those that are described in another way. What is known of them stays.
    pub changed: Vec<String>,
}

impl Change {
    /// What makes one fleet another.
    #[must_use]
    pub fn between(before: &Fleet, after: &Fleet) -> Self {
        let ids = |fleet: &Fleet, is_meant: &dyn Fn(&Deployment) -> bool| {
            fleet.all().iter().filter(|one| is_meant(one)).map(|one| one.id.to_string()).collect()
        };
        Self {
            deployments: after.all().len(),
            added: ids(after, &|one| before.by_id(&one.id).is_none()),
            removed: ids(before, &|one| after.by_id(&one.id).is_none()),
            changed: ids(after, &|one| before.by_id(&one.id).is_some_and(|other| **other != *one)),
        }
    }
}
