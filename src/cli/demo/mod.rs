//! `llmhealth demo`: a mock provider with every fault that one may want to see, and a daemon that looks at it.

mod faults;
mod formats;
mod provider;
mod scene;
mod tls;

use std::path::PathBuf;

use clap::Args;

use crate::app::{App, Transports};
use crate::probe::{Scope, Source};
use crate::reload::ConfigSource;

use super::check::watch;
use super::exit::{CommandError, Exit};
use super::signals::Signals;
use super::{daemon, output, table};
use provider::MockProvider;

const EXAMPLES: &str = "\
Examples:
  llmhealth demo
  llmhealth demo --port 0
  llmhealth demo --print-config    Then, while it runs: llmhealth check copied.yaml";

/// See it work without any account: a mock provider with all kinds of faults, and a daemon that checks it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Demo {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// Also print the configuration that was made for the mock provider
    #[arg(long)]
    print_config: bool,
}

impl Demo {
    pub(super) async fn run(&self) -> Result<Exit, CommandError> {
        let signals = Signals::listen().map_err(CommandError::Runtime)?;
        let listener = daemon::bind(&self.host, self.port).await?;
        let url = daemon::url_of(&listener)?;
        let mock = MockProvider::start().await.map_err(CommandError::Runtime)?;
        let text = scene::config(&mock);
        if self.print_config {
            output::print(&text)?;
        }
        // What is wrong in it is so on purpose, and shows as verdicts.
        let source = ConfigSource::Text { name: PathBuf::from("demo.yaml"), text: text.into() };
        let config = source.load().map_err(CommandError::Config)?.config;
        let transports = Transports::of_http().map_err(CommandError::Transport)?;
        let app = App::new(config, source, transports);

        output::print(&format!("llmhealth is listening on {url}"))?;
        output::print(&format!("A mock provider with faults is listening on http://{}", mock.http))?;
        let tour = tour(app.clone(), url);
        let daemon = daemon::run(listener, app, signals);
        let mut daemon = std::pin::pin!(daemon);
        tokio::select! {
            exit = &mut daemon => return exit,
            toured = tour => toured?,
        }
        daemon.await
    }
}

/// Checks the fleet once, prints what came of it, and says how to go on.
async fn tour(app: App, url: String) -> Result<(), CommandError> {
    let deployments = app.config().fleet.all().len();
    output::print(&format!("\nChecking {deployments} deployments once; one of them hangs for 3 seconds..."))?;
    let report = watch(app.checker().start(Scope::All, Source::CommandLine)).await;
    output::print(&table::of_report(&report))?;
    let key = scene::MASTER_KEY;
    output::print(&format!(
        "\nThe master key is {key}. Now try, in another terminal:\n\
         \n  curl -s {url}/health -H 'Authorization: Bearer {key}'\
         \n  curl -s '{url}/health?model=chat' -H 'Authorization: Bearer {key}'\
         \n  curl -s {url}/health/readiness\
         \n  curl -s {url}/v1/models -H 'Authorization: Bearer {key}'\
         \n  curl -s {url}/v1/chat/completions -H 'Authorization: Bearer {key}' \\\
         \n    -d '{{\"model\": \"claude\", \"messages\": [{{\"role\": \"user\", \"content\": \"How are you?\"}}]}}'\
         \n  llmhealth health --url {url} --key {key}\n\
         \nCtrl-C ends it."
    ))
}
