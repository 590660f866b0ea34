//! What is known right now, for readers that never wait.

mod board;

pub use board::{Board, Judged, Snapshot};
