//! What a fan-out is asked for and what it answers.

use std::fmt;
use std::sync::Arc;

use crate::config::Config;
use crate::domain::{Deployment, Outcome, Verdict};
use crate::state::{Judged, Maintenance, Standing, Suspension};

/// Which deployments to check.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of them.
    All,
    /// Those with these ids.
    Ids(Vec<Arc<str>>),
}

/// Who asked; for log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `GET /health`.
    Http,
    /// `llmhealth check`.
    CommandLine,
    /// The schedule.
    Background,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::CommandLine => "command_line",
            Self::Background => "background",
        })
    }
}

/// The result of a fan-out, in config order.
pub struct Report {
    /// The configuration that was checked.
    pub config: Arc<Config>,
    /// One entry per deployment that was judged.
    pub checked: Vec<Checked>,
    /// Deployments in scope that were passed over, with the reason.
    pub skipped: Vec<Skipped>,
    /// How many in scope were not judged yet.
    pub unknown: usize,
    /// Why verdicts are suspended, if they are.
    pub suspension: Option<Arc<Suspension>>,
}

/// A deployment with its latest outcome.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The deployment.
    pub deployment: Arc<Deployment>,
    /// What came back.
    pub outcome: Arc<Outcome>,
    /// What is concluded from it.
    pub verdict: Verdict,
    /// The maintenance that goes on.
    pub maintenance: Option<Box<Maintenance>>,
    /// What is known of it besides.
    pub standing: Option<Arc<Standing>>,
}

impl Checked {
    /// A deployment with this judgement.
    #[must_use]
    pub fn new(deployment: Arc<Deployment>, judged: Judged) -> Self {
        Self {
            deployment,
            outcome: judged.outcome,
            verdict: judged.verdict,
            maintenance: None,
            standing: None,
        }
    }
}

/// A deployment that was not probed though it was in scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The deployment's id.
    pub model_id: Arc<str>,
    /// Why.
    pub reason: &'static str,
}
