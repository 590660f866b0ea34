//! Which deployments are worked on: by the windows of the configuration, and by word of an operator.
//!
//! What an operator announced is kept in memory: it survives a reload, and not a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use crate::domain::Deployment;

/// Maintenance that an operator announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What it is cancelled by.
    pub id: String,
    /// What is worked on.
    pub target: Target,
    /// When it was announced and began.
    pub since: Timestamp,
    /// When it is over.
    pub until: Timestamp,
    /// Why, for people.
    pub reason: Option<String>,
    /// Whether the deployments are probed meanwhile.
    pub is_probed: bool,
    /// Whether traffic may go to them meanwhile.
    pub is_routable: bool,
}

/// What an announcement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All deployments with this public name, those that come later included.
    Model(String),
    /// The deployment with this id.
    Deployment(Arc<str>),
}

impl Announcement {
    /// What it means for a deployment that it is about.
    #[must_use]
    pub fn maintenance(&self) -> Maintenance {
        Maintenance {
            since: self.since,
            until: self.until,
            reason: self.reason.clone(),
            is_probed: self.is_probed,
            is_routable: self.is_routable,
        }
    }
}

impl Target {
    /// Whether a deployment is meant.
    #[must_use]
    pub fn includes(&self, deployment: &Deployment) -> bool {
        match self {
            Self::Model(name) => deployment.model_name == *name,
            Self::Deployment(id) => deployment.id == *id,
        }
    }
}

/// Maintenance of one deployment that goes on now. Of several at the same time the strictest count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why, if somebody said so.
    pub reason: Option<String>,
    /// Whether it is probed meanwhile.
    pub is_probed: bool,
    /// Whether traffic may go to it meanwhile.
    pub is_routable: bool,
}

impl Maintenance {
    fn and(self, other: Self) -> Self {
        Self {
            since: self.since.min(other.since),
            until: self.until.max(other.until),
            reason: self.reason.or(other.reason),
            is_probed: self.is_probed && other.is_probed,
            is_routable: self.is_routable && other.is_routable,
        }
    }
}

/// All maintenance that is known.
#[derive(Default)]
pub struct Calendar {
    announced: ArcSwap<Vec<Arc<Announcement>>>,
    changes: AtomicU64,
}

impl Calendar {
    /// Takes an announcement, and forgets those that are over.
    pub fn announce(&self, announcement: Announcement) {
        let now = announcement.since;
        let announcement = Arc::new(announcement);
        self.announced.rcu(|before| {
            let current = before.iter().filter(|other| now < other.until).cloned();
            current.chain([Arc::clone(&announcement)]).collect::<Vec<_>>()
        });
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Ends what was announced before its time. `None` if there is no such announcement.
    pub fn cancel(&self, id: &str) -> Option<Arc<Announcement>> {
        let before = self
            .announced
            .rcu(|before| before.iter().filter(|one| one.id != id).cloned().collect::<Vec<_>>());
        self.changes.fetch_add(1, Ordering::Release);
        before.iter().find(|one| one.id == id).cloned()
    }

    /// How often something was announced or cancelled.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// What was announced and is not over, in the order in which it was.
    #[must_use]
    pub fn announced(&self, now: Timestamp) -> Vec<Arc<Announcement>> {
        self.announced.load().iter().filter(|one| now < one.until).cloned().collect()
    }

    /// The maintenance of a deployment that goes on now.
    #[must_use]
    pub fn of(&self, deployment: &Deployment, now: Timestamp) -> Option<Maintenance> {
        let windows = deployment.check.maintenance.iter().filter_map(|window| {
            let (since, until) = window.open_at(now)?;
            let (is_probed, is_routable) = (window.is_probed, window.is_routable);
            Some(Maintenance { since, until, reason: None, is_probed, is_routable })
        });
        let announced = self.announced.load();
        let announced = announced.iter().filter(|one| now < one.until && one.target.includes(deployment));
        announced.map(|one| one.maintenance()).chain(windows).reduce(Maintenance::and)
    }

    /// Whether a deployment may be probed in the background now.
    #[must_use]
    pub fn is_probed(&self, deployment: &Deployment, now: Timestamp) -> bool {
        self.of(deployment, now).is_none_or(|maintenance| maintenance.is_probed)
    }
}
