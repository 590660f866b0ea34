//! When it is us who can't reach anything.

use jiff::Timestamp;

/// Verdicts are suspended: this machine has lost its network, and what can't be reached is not to blame. Conditions and
/// routing keep what they were before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// When it was noticed.
    pub since: Timestamp,
    /// What was noticed, for a person.
    pub reason: String,
}
