//! The composition root: from a configuration and a transport to a daemon.
//!
//! Nothing here decides anything about deployments; it says who works with whom, and in which
//! order the process starts, reloads and stops.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::http::{self, AppState};
use crate::logging;
use crate::probe::Checker;
use crate::proxy::Proxy;
use crate::reload::{ConfigSource, Reloader};
use crate::state::{Board, Lifecycle};
use crate::transport::{HttpTransport, Transport, TransportError};

/// How long answers that are ready may take to reach their clients once draining is over.
const LAST_BYTES: Duration = Duration::from_secs(1);

/// What readiness waits for.
const HTTP_SERVER: &str = "http_server";

/// What carries requests to providers.
pub struct Transports {
    /// Those of probes.
    pub probes: Arc<dyn Transport>,
    /// Those made for clients, on the thread that serves them.
    pub calls: Arc<dyn Transport>,
}

impl Transports {
    /// The transports of a daemon.
    ///
    /// # Errors
    /// When the operating system has no roots to trust.
    pub fn of_http() -> Result<Self, TransportError> {
        let probes = HttpTransport::new()?;
        let calls = probes.apart()?;
        Ok(Self { probes: Arc::new(probes), calls: Arc::new(calls) })
    }
}

/// Everything that a daemon consists of, short of its socket.
#[derive(Clone)]
pub struct App {
    state: AppState,
}

impl App {
    /// Puts the parts together around a configuration that came from this source.
    #[must_use]
    pub fn new(config: Config, source: ConfigSource, transports: Transports) -> Self {
        let Transports { probes, calls } = transports;
        let config = Arc::new(config);
        logging::hide_secrets_of(Arc::clone(&config));
        let config = Arc::new(ArcSwap::new(config));
        let board = Arc::new(Board::new());
        let checker = Checker::new(Arc::clone(&config), probes, Arc::clone(&board));
        let authorizer = Arc::clone(checker.authorizer());
        let state = AppState {
            reloader: Reloader::new(source, Arc::clone(&config), Arc::clone(&checker)),
            proxy: Proxy::new(Arc::clone(&config), calls, authorizer, Arc::clone(&board)),
            checker,
            config,
            board,
            lifecycle: Lifecycle::starting(&[HTTP_SERVER]),
        };
        Self { state }
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

    /// What takes on a changed configuration.
    #[must_use]
    pub fn reloader(&self) -> &Arc<Reloader> {
        &self.state.reloader
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
