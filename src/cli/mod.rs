//! The command line: one file per command, each of which reads its options, asks the layer that knows, and
//! shows the answer.
//!
//! What a command prints for its user goes to standard output. Findings, progress, errors and log lines go to
//! standard error, so that `llmhealth check --format json config.yaml | jq` always works.

mod check;
mod completions;
mod daemon;
mod demo;
mod exit;
mod findings;
mod health;
mod man;
mod output;
mod plan;
mod providers;
mod schema;
mod select;
mod serve;
mod signals;
mod table;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::logging::{self, LogOptions};

use exit::{CommandError, Exit};

const EXAMPLES: &str = "\
Examples:
  llmhealth demo                    See it work, without any account
  llmhealth validate config.yaml    Find every mistake in a configuration
  llmhealth check config.yaml       Probe every deployment once
  llmhealth serve config.yaml       Run the daemon on port 4000
  llmhealth health --key sk-1234    Ask a running daemon

Exit codes:
  0  success, everything is healthy
  1  something is unhealthy, or the command failed
  2  the command line or the configuration is wrong, or nothing matched
  3  no daemon answers (health)";

/// Says which LLM deployments of a LiteLLM config.yaml can serve a request right now.
#[derive(Debug, Parser)]
#[command(name = "llmhealth", version, after_help = EXAMPLES, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: LogOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Check(check::Check),
    Plan(plan::PlanCommand),
    Validate(validate::Validate),
    Health(health::Health),
    Demo(demo::Demo),
    Providers(providers::Providers),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    fn run(self, log: &LogOptions) -> Result<Exit, CommandError> {
        match self {
            Self::Serve(command) => wait_for(command.run(log)),
            Self::Check(command) => wait_for(command.run()),
            Self::Plan(command) => command.run(),
            Self::Validate(command) => command.run(),
            Self::Health(command) => wait_for(command.run()),
            Self::Demo(command) => wait_for(command.run()),
            Self::Providers(command) => command.run(),
            Self::Schema(command) => command.run(),
            Self::Completions(command) => command.run(),
            Self::Man(command) => command.run(),
        }
    }

    /// What is logged when nobody says otherwise: a command that ends has said all it has to say.
    fn default_level(&self) -> LevelFilter {
        match self {
            Self::Serve(_) | Self::Demo(_) => LevelFilter::INFO,
            _ => LevelFilter::WARN,
        }
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let CommandLine { command, log } = CommandLine::parse();
    logging::start(&log, command.default_level());
    let exit = command.run(&log).unwrap_or_else(|error| {
        report(&error, &log);
        error.exit()
    });
    exit.into()
}

/// Tells why a command failed, in the form that was asked for.
fn report(error: &CommandError, log: &LogOptions) {
    if error.is_closed_pipe() {
        // Whoever read our output has seen enough.
    } else if log.is_json() {
        tracing::error!(hint = error.hint(), "{}", exit::chain(error));
    } else {
        output::print_error(error);
    }
}

/// Runs a command that waits for something, on a runtime of its own.
fn wait_for(command: impl Future<Output = Result<Exit, CommandError>>) -> Result<Exit, CommandError> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::Runtime)?;
    let result = runtime.block_on(command);
    // What still waits for a name server has nobody left to tell.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn verify_cli() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself() {
        for command in CommandLine::command().get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} has no description");
            let help = command.get_after_help().unwrap_or_else(|| panic!("{name} has no examples"));
            assert!(help.to_string().contains(&format!("llmhealth {name}")), "{name} has no examples");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name} does not explain {}", argument.get_id());
            }
        }
    }
}
