//! `llmhealth schema`: the JSON Schema of a configuration.

use clap::Args;

use crate::config;

use super::exit::{CommandError, Exit};
use super::output;

const EXAMPLES: &str = "\
Examples:
  llmhealth schema > llmhealth.schema.json

Then begin config.yaml with this line, and editors with a YAML language server complete and check it:
  # yaml-language-server: $schema=llmhealth.schema.json";

/// Print the JSON Schema of a configuration, for editors
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Schema {}

impl Schema {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run(&self) -> Result<Exit, CommandError> {
        output::print(&format!("{:#}", config::schema()))?;
        Ok(Exit::Success)
    }
}
