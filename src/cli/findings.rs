//! Shows the mistakes of a configuration to the person who wrote it.

use anstream::{AutoStream, ColorChoice};

use crate::config::{Finding, Loaded};
use crate::logging::LogOptions;
use crate::reload::{ConfigSource, log_findings};

use super::exit::CommandError;
use super::output;

/// Loads a configuration and prints what is wrong with it on standard error.
pub(super) fn load(source: &ConfigSource) -> Result<Loaded, CommandError> {
    load_and(source, show)
}

/// The same for a daemon, whose standard error may have to be log lines only.
pub(super) fn load_for_daemon(source: &ConfigSource, log: &LogOptions) -> Result<Loaded, CommandError> {
    load_and(source, if log.is_json() { log_findings } else { show })
}

fn load_and(source: &ConfigSource, tell: fn(&[Finding])) -> Result<Loaded, CommandError> {
    match source.load() {
        Ok(loaded) => {
            tell(&loaded.findings);
            Ok(loaded)
        }
        Err(error) => {
            tell(error.findings());
            Err(CommandError::Config(error))
        }
    }
}

/// Prints findings on standard error, the lines that they are about included.
pub(super) fn show(findings: &[Finding]) {
    let colour = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    for finding in findings {
        output::note(&finding.render(colour));
    }
}
