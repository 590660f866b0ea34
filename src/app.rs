//! The composition root: from a configuration and a transport to a daemon.
//!
//! Nothing here decides anything about deployments; it says who works with whom, and in which
//! order the process starts, reloads and stops.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;

use crate::config::{self, Config, ConfigError, Finding, Loaded, Severity};
use crate::http::{self, AppState};
use crate::logging;
use crate::probe::Checker;
use crate::state::{Board, Lifecycle};
use crate::transport::Transport;

/// How long answers that are ready may take to reach their clients once draining is over.
const LAST_BYTES: Duration = Duration::from_secs(1);

/// What readiness waits for.
const HTTP_SERVER: &str = "http_server";

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

/// Everything that a daemon consists of, short of its socket.
#[derive(Clone)]
pub struct App {
    state: AppState,
    source: ConfigSource,
}

impl App {
    /// Puts the parts together around a configuration that came from this source.
    #[must_use]
    pub fn new(config: Config, source: ConfigSource, transport: Arc<dyn Transport>) -> Self {
        let config = Arc::new(config);
        logging::hide_secrets_of(Arc::clone(&config));
        let config = Arc::new(ArcSwap::new(config));
        let board = Arc::new(Board::new());
        let state = AppState {
            checker: Checker::new(Arc::clone(&config), transport, Arc::clone(&board)),
            config,
            board,
            lifecycle: Lifecycle::starting(&[HTTP_SERVER]),
        };
        Self { state, source }
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.state.config.load_full()
    }

    /// What probes the deployments.
    #[must_use]
    pub fn checker(&self) -> &Arc<Checker> {
        &self.state.checker
    }

    /// Reads the configuration again and puts it in force at once. What is known of deployments that stay,
    /// stays. A configuration that can't be used changes nothing.
    ///
    /// The address, the limits of the server and the number of connections are those of the start.
    pub async fn reload(&self) {
        let source = self.source.clone();
        let loaded = match tokio::task::spawn_blocking(move || source.load()).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(error)) => return report_refusal(&error),
            Err(error) => {
                tracing::error!(%error, "the configuration was not reloaded, the old one stays in force");
                return;
            }
        };
        log_findings(&loaded.findings);
        let config = Arc::new(loaded.config);
        logging::hide_secrets_of(Arc::clone(&config));
        let deployments = config.fleet.all().len();
        self.state.checker.reload(config);
        tracing::info!(deployments, "the configuration was reloaded");
    }

    /// Serves until `shutdown` is done. Then readiness turns 503, no probe begins any more but those of
    /// requests under way, these finish within `GRACEFUL_SHUTDOWN_TIMEOUT`, and the socket is closed.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
        let state = &self.state;
        // The socket stays open while requests finish, so that load balancers see the 503 and go away.
        let drained = async {
            shutdown.await;
            state.lifecycle.drain();
            state.checker.close();
            let limit = state.config.load().settings.drain.timeout;
            let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(in_flight = state.lifecycle.in_flight(), limit_ms, "draining");
            state.lifecycle.wait_until_left(0, limit).await;
        };
        state.checker.watch();
        let settings = self.config().settings.server.clone();
        state.lifecycle.finish(HTTP_SERVER);
        http::serve(listener, http::router(state.clone()), settings, drained, LAST_BYTES).await;
    }
}

/// Logs every mistake of a configuration that was not taken.
fn report_refusal(error: &ConfigError) {
    log_findings(error.findings());
    tracing::error!(%error, "the configuration was not reloaded, the old one stays in force");
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
