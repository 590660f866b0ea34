//! YAML as PyYAML's `SafeLoader` reads it, with positions and with limits.
//!
//! LiteLLM reads its files with PyYAML, so `yes` is a boolean, `1e3` is text and `<<` merges. No serde-based
//! reader does that or tells where a value stands, so the tree is built here from parser events.

mod build;
mod explain;
mod node;
mod pairs;
mod scalar;
mod tags;

pub(super) use build::{SyntaxError, parse};
pub(super) use node::{Entry, Kind, Mark, Node};
pub(super) use scalar::plain;
