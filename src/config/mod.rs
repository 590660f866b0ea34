//! From a LiteLLM `config.yaml` to deployments, settings and findings.
//!
//! The way of a file: `source` reads it, `yaml` makes a tree of it, [`include`] adds what it includes,
//! `resolve` takes variables, settings (`sections`) and deployments out of the tree. `keys` is the one
//! table of what keys there are; `check` compares a file with it and [`schema`] shows it to editors.
//!
//! Mistakes are collected, not thrown one at a time: [`load`] reports everything it saw as
//! [`Finding`]s, and fails only where nothing usable is left.
//!
//! Invariant: nothing but [`process_environment`] asks the process for variables, and nothing but reading the
//! named files is I/O.

mod access;
mod addresses;
mod catalog;
mod check;
mod deployments;
mod documents;
mod env;
mod error;
mod files;
mod finding;
mod id;
mod include;
mod keys;
mod knobs;
mod locate;
mod maintenance;
mod mask;
mod python;
mod reference;
mod resolve;
mod schema;
mod secrets;
mod sections;
mod settings;
mod source;
mod unserved;
mod variables;
mod yaml;

pub use env::process_environment;
pub use error::ConfigError;
pub use finding::{Finding, Place, Severity};
pub use locate::{Locator, Mistake};
pub use python::python_repr;
pub use schema::schema;
pub use secrets::is_secret_key;
pub use settings::*;
pub use source::Source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::catalog::Catalog;
use crate::domain::{Environment, Fleet, Redactor};

/// A configuration, read and resolved. Immutable; a reload makes a new one.
pub struct Config {
    /// The files it came from, the root first, and the list of models that it names.
    pub files: Vec<PathBuf>,
    /// Everything that is not a deployment.
    pub settings: Settings,
    /// All files that it depends on, credentials documents included, as they were when it was read.
    pub sources: Vec<Source>,
    /// All deployments in file order.
    pub fleet: Fleet,
    /// Facts about models: those of `llmhealth.catalog`, else ours.
    pub catalog: Arc<Catalog>,
    /// The environment that it was resolved in, `environment_variables` included.
    pub env: Environment,
    /// Cleans every text that leaves.
    pub redactor: Redactor,
    /// Cleans what leaves for those who may not see addresses of deployments.
    pub addresses: Redactor,
}

/// A configuration with everything that may be wrong in it.
pub struct Loaded {
    /// What can be used.
    pub config: Config,
    /// Mistakes that leave it usable, in the order of the files.
    pub findings: Vec<Finding>,
}

/// What a file says, be it usable or not: for commands that look at a configuration and don't put it in
/// force.
pub struct Inspected {
    /// As much as could be made out.
    pub config: Config,
    /// Every mistake, in the order of the files.
    pub findings: Vec<Finding>,
    /// Whether [`load`] would take it.
    pub is_usable: bool,
}

/// Reads a file and what it includes, and resolves it in this environment.
pub fn load(path: &Path, env: Environment) -> Result<Loaded, ConfigError> {
    inspect(path, env).and_then(if_usable)
}

/// The same, also when a mistake in it would stop the start.
///
/// # Errors
/// When there is no file, or nothing that has the shape of a configuration.
pub fn inspect(path: &Path, env: Environment) -> Result<Inspected, ConfigError> {
    resolve::inspect(path, source::read(path)?, env)
}

/// Resolves a text as if it were the content of `path`, which need not exist.
pub fn load_text(text: impl Into<String>, path: &Path, env: Environment) -> Result<Loaded, ConfigError> {
    resolve::inspect(path, text.into(), env).and_then(if_usable)
}

/// Resolves one entry of `model_list` that did not come from a file, in this environment.
pub fn resolve_entry(entry: Value, env: Environment) -> Result<Loaded, ConfigError> {
    if_usable(resolve::entry(entry, env))
}

fn if_usable(Inspected { config, findings, is_usable }: Inspected) -> Result<Loaded, ConfigError> {
    if is_usable {
        Ok(Loaded { config, findings })
    } else {
        Err(ConfigError::Invalid { findings, sources: config.sources })
    }
}
