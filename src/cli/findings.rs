//! Shows the mistakes of a configuration to the person who wrote it.

use anstream::{AutoStream, ColorChoice};

use crate::app::ConfigSource;
use crate::config::{Finding, Loaded};

use super::exit::CommandError;
use super::output;

/// Loads a configuration and prints what is wrong with it on standard error.
pub(super) fn load(source: &ConfigSource) -> Result<Loaded, CommandError> {
    match source.load() {
        Ok(loaded) => {
            show(&loaded.findings);
            Ok(loaded)
        }
        Err(error) => {
            show(error.findings());
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
