//! What is known right now, for readers that never wait.
//!
//! An outcome is judged and published on the [`Board`], where it changes the [`Standing`] of its deployment by the
//! [`Rules`] of the configuration. Readers take a [`Snapshot`].

mod board;
mod cooldown;
mod counted;
mod lifecycle;
mod maintenance;
mod routing;
mod rules;
mod standing;
mod suspension;
mod traffic;

pub use board::{Board, Snapshot};
pub use cooldown::{Cause, Cooldown};
pub use counted::{Counted, Histogram};
pub use lifecycle::{InFlight, Lifecycle, Phase};
pub use maintenance::{Announcement, Calendar, Maintenance, Target};
pub use routing::{Candidate, Candidates, Circumstances, Decision, Reason, decide};
pub use rules::{CooldownRules, Rules};
pub use standing::{Condition, Judged, Standing};
pub use suspension::Suspension;
pub use traffic::{
    ErrorKind, LATENCY_BOUNDS, Minute, PER_TOKEN_BOUNDS, Served, Told, Traffic, TrafficCounts, UnderWay,
};
