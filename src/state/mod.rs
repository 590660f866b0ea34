//! What is known right now, for readers that never wait.

mod board;
mod lifecycle;

pub use board::{Board, Judged, Snapshot};
pub use lifecycle::{InFlight, Lifecycle, Phase};
