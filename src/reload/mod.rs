//! Taking on a changed configuration while everything runs: [`Reloader`] does it, [`watch`](Reloader::watch) notices
//! that it is time to.
//!
//! A configuration that can't be used changes nothing: it is reported, and the one in force stays.

mod change;
mod tally;
mod watch;

pub use change::Change;
pub use tally::Reloads;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::Mutex;
use tokio::task::JoinError;

use crate::config::{self, Config, ConfigError, Finding, Loaded, Severity, Source};
use crate::logging;
use crate::probe::Checker;

use tally::Tally;

/// Where a configuration comes from, at the start and at every reload.
#[derive(Debug, Clone)]
pub enum ConfigSource {
    /// A file.
    File(PathBuf),
    /// A text that was made in this process.
    Text {
        /// What findings name it.
        name: PathBuf,
        /// The YAML.
        text: Arc<str>,
    },
}

impl ConfigSource {
    /// Reads and resolves it in the environment of the process.
    pub fn load(&self) -> Result<Loaded, ConfigError> {
        let env = config::process_environment();
        match self {
            Self::File(path) => config::load(path, env),
            Self::Text { name, text } => config::load_text(&**text, name, env),
        }
    }
}

/// What led to a reload; for log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// SIGHUP.
    Signal,
    /// A file changed.
    Watch,
    /// `POST /-/reload`, with the name of the key.
    Http(Arc<str>),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal => f.write_str("signal"),
            Self::Watch => f.write_str("watch"),
            Self::Http(key) => write!(f, "http, key `{key}`"),
        }
    }
}

/// A configuration that was put in force.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// What became of the deployments.
    pub change: Change,
    /// Mistakes that leave the configuration usable.
    pub findings: Vec<Finding>,
}

/// Why the configuration in force stays.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The new one can't be used.
    #[error("{0}")]
    Config(#[source] ConfigError),
    /// A defect of ours showed while it was read.
    #[error("the configuration could not be read")]
    Read(#[source] JoinError),
}

/// Reads the configuration anew and puts it in force, one attempt at a time.
pub struct Reloader {
    source: ConfigSource,
    config: Arc<ArcSwap<Config>>,
    checker: Arc<Checker>,
    turn: Mutex<()>,
    /// The files of the last attempt, if it failed.
    refused: ArcSwapOption<Vec<Source>>,
    tally: Tally,
}

impl Reloader {
    /// What reloads the configuration that came from this source and is in force.
    #[must_use]
    pub fn new(source: ConfigSource, config: Arc<ArcSwap<Config>>, checker: Arc<Checker>) -> Arc<Self> {
        let (refused, tally) = (ArcSwapOption::empty(), Tally::default());
        Arc::new(Self { source, config, checker, turn: Mutex::default(), refused, tally })
    }

    /// Reads the configuration again and puts it in force at once. What is known of deployments that stay, stays.
    ///
    /// The address and the limits of the server are those of the start.
    pub async fn reload(&self, cause: Cause) -> Result<Reloaded, ReloadError> {
        let _turn = self.turn.lock().await;
        let source = self.source.clone();
        let loaded = match tokio::task::spawn_blocking(move || source.load()).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(error)) => {
                log_findings(error.findings());
                self.refused.store(Some(Arc::new(error.sources())));
                return Err(self.refuse(&cause, ReloadError::Config(error)));
            }
            Err(error) => return Err(self.refuse(&cause, ReloadError::Read(error))),
        };
        log_findings(&loaded.findings);
        let config = Arc::new(loaded.config);
        logging::hide_secrets_of(Arc::clone(&config));
        let change = Change::between(&self.config.load().fleet, &config.fleet);
        self.checker.reload(config);
        self.refused.store(None);
        self.tally.succeed();
        let Change { deployments, added, removed, changed } = &change;
        let (added, removed, changed) = (added.len(), removed.len(), changed.len());
        tracing::info!(%cause, deployments, added, removed, changed, "the configuration was reloaded");
        Ok(Reloaded { change, findings: loaded.findings })
    }

    fn refuse(&self, cause: &Cause, error: ReloadError) -> ReloadError {
        self.tally.fail();
        let because = std::error::Error::source(&error).and_then(std::error::Error::source);
        let because = because.map(|cause| format!(": {cause}")).unwrap_or_default();
        tracing::error!(
            %cause, error = format!("{error}{because}"),
            "the configuration was not reloaded, the old one stays in force"
        );
        error
    }

    /// How often it was done, and how it went.
    #[must_use]
    pub fn tally(&self) -> Reloads {
        self.tally.read()
    }

    /// The files as the last attempt found them.
    fn sources(&self) -> Vec<Source> {
        match self.refused.load_full() {
            Some(sources) => sources.to_vec(),
            None => self.config.load().sources.clone(),
        }
    }
}

/// Logs mistakes of a configuration, a line for each.
pub fn log_findings(findings: &[Finding]) {
    for finding in findings {
        match finding.severity {
            Severity::Error => tracing::error!("{finding}"),
            Severity::Warning => tracing::warn!("{finding}"),
        }
    }
}
