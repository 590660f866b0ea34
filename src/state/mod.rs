//! What is known right now, for readers that never wait.
//!
//! An outcome is judged and published on the [`Board`], where it changes the [`Standing`] of its deployment by the
//! [`Rules`] of the configuration. Readers take a [`Snapshot`].

mod board;
mod cooldown;
mod lifecycle;
mod rules;
mod standing;

pub use board::{Board, Snapshot};
pub use cooldown::{Cause, Cooldown};
pub use lifecycle::{InFlight, Lifecycle, Phase};
pub use rules::{CooldownRules, Rules, stale_after};
pub use standing::{Condition, Judged, Standing};
