//! `llmhealth serve`: the daemon.

use std::path::PathBuf;

use clap::Args;

use crate::app::{App, Transports};
use crate::logging::LogOptions;
use crate::reload::ConfigSource;

use super::exit::{CommandError, Exit};
use super::signals::Signals;
use super::{daemon, findings, output};

const EXAMPLES: &str = "\
Examples:
  llmhealth serve config.yaml
  llmhealth serve config.yaml --host 127.0.0.1 --port 0
  LITELLM_MASTER_KEY=sk-1234 llmhealth serve config.yaml --log-format json

Signals:
  SIGHUP           reload the configuration; a bad one is reported and the old one stays
  SIGTERM, SIGINT  readiness turns 503, requests under way finish, exit 0; a second one ends at once";

/// Run the daemon: answer GET /health and the other health routes of the LiteLLM proxy
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Serve {
    /// LiteLLM's config.yaml
    config: PathBuf,
    /// The address to listen on
    #[arg(long, default_value = "0.0.0.0")]
    host: String,
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 4000)]
    port: u16,
}

impl Serve {
    pub(super) async fn run(&self, log: &LogOptions) -> Result<Exit, CommandError> {
        let source = ConfigSource::File(self.config.clone());
        // The configuration comes before the port: a bad one must not look like a daemon that is starting.
        let loaded = findings::load_for_daemon(&source, log)?;
        let transports = Transports::of_http().map_err(CommandError::Transport)?;
        let app = App::new(loaded.config, source, transports);
        let signals = Signals::listen().map_err(CommandError::Runtime)?;
        let listener = daemon::bind(&self.host, self.port).await?;
        output::print(&format!("llmhealth is listening on {}", daemon::url_of(&listener)?))?;
        daemon::run(listener, app, signals).await
    }
}
