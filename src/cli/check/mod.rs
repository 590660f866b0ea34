//! `llmhealth check`: probes once, without a server.

mod junit;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::{App, Transports};
use crate::http;
use crate::probe::{Report, Run, Source};
use crate::reload::ConfigSource;

use super::exit::{CommandError, Exit};
use super::{findings, output, select, table};

const EXAMPLES: &str = "\
Examples:
  llmhealth check config.yaml
  llmhealth check config.yaml --model gpt-4o
  llmhealth check config.yaml --format json | jq .unhealthy_endpoints
  llmhealth check config.yaml --format junit > llmhealth.xml

Exit codes:
  0  all are healthy
  1  some are not
  2  the configuration is wrong, or nothing matched";

/// How often a progress bar is drawn.
const FRAME: Duration = Duration::from_millis(100);

/// Probe every deployment once, without a server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    /// LiteLLM's config.yaml
    config: PathBuf,
    /// Only deployments with this public name, or this `litellm_params.model`
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Only the deployment with this id
    #[arg(long, value_name = "ID")]
    model_id: Option<String>,
    /// What to print: a table, the body of GET /health, or JUnit XML
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Probes in flight, in place of the configured number; the limits per host and provider hold as well
    #[arg(long, value_name = "N")]
    concurrency: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    Junit,
}

impl Check {
    pub(super) async fn run(&self) -> Result<Exit, CommandError> {
        let source = ConfigSource::File(self.config.clone());
        let mut config = findings::load(&source)?.config;
        let scope = select::scope(&config, self.model.as_deref(), self.model_id.as_deref())?;
        if let Some(concurrency) = self.concurrency {
            config.settings.probe.concurrency = concurrency.get();
        }
        let transports = Transports::of_http().map_err(CommandError::Transport)?;
        let app = App::new(config, source, transports);
        let report = watch(app.checker().start(scope, Source::CommandLine)).await;
        output::print(&self.render(&report))?;
        Ok(exit(&report))
    }

    fn render(&self, report: &Report) -> String {
        match self.format {
            Format::Table => table::of_report(report),
            Format::Json => String::from_utf8_lossy(&http::health_body(report)).into_owned(),
            Format::Junit => junit::render(report),
        }
    }
}

/// All healthy, some not, or nothing to judge.
fn exit(report: &Report) -> Exit {
    if report.checked.is_empty() {
        return Exit::Usage;
    }
    let all = report.checked.iter().all(|checked| checked.verdict.status.is_healthy());
    if all { Exit::Success } else { Exit::Unhealthy }
}

/// Waits for a fan-out and shows how far it is, where standard error is a terminal.
pub(super) async fn watch(run: Run) -> Arc<Report> {
    let bar = progress_bar(run.progress().total);
    let mut frames = tokio::time::interval(FRAME);
    let observed = run.clone();
    let mut report = std::pin::pin!(run.report());
    loop {
        tokio::select! {
            report = &mut report => {
                bar.finish_and_clear();
                return report;
            }
            _ = frames.tick() => bar.set_position(observed.progress().done as u64),
        }
    }
}

/// A bar on standard error, which draws nothing where that is no terminal.
fn progress_bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} probed, {elapsed}") {
        bar.set_style(style);
    }
    bar
}
