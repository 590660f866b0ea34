//! From a LiteLLM `config.yaml` to deployments, settings and findings.
//!
//! Mistakes are collected, not thrown one at a time: [`load`] reports everything it saw as
//! [`Finding`]s, and fails only where nothing usable is left.

mod settings;

pub use settings::*;

use std::path::PathBuf;

use crate::domain::{Environment, Fleet, Redactor};

/// A configuration, read and resolved. Immutable; a reload makes a new one.
pub struct Config {
    /// The files it came from, the root first.
    pub files: Vec<PathBuf>,
    /// Everything that is not a deployment.
    pub settings: Settings,
    /// All deployments in file order.
    pub fleet: Fleet,
    /// The environment that it was resolved in, `environment_variables` included.
    pub env: Environment,
    /// Cleans every text that leaves.
    pub redactor: Redactor,
}
