//! `llmhealth man`: manual pages.

use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use super::exit::{CommandError, Exit};
use super::{CommandLine, output};

const EXAMPLES: &str = "\
Examples:
  llmhealth man | man -l -
  llmhealth man serve > /usr/local/share/man/man1/llmhealth-serve.1";

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Man {
    /// The command to describe [default: the whole program]
    command: Option<String>,
}

impl Man {
    pub(super) fn run(&self) -> Result<Exit, CommandError> {
        let mut program = CommandLine::command();
        // Gives every command its full name, which becomes the page's title.
        program.build();
        let described = match &self.command {
            None => &program,
            Some(name) => program
                .find_subcommand(name)
                .ok_or_else(|| CommandError::NoSuchCommand { name: name.clone() })?,
        };
        let mut page = Vec::new();
        Page::new(described.clone()).manual("llmhealth").render(&mut page).map_err(CommandError::Output)?;
        output::print(&String::from_utf8_lossy(&page))?;
        Ok(Exit::Success)
    }
}
