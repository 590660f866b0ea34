//! `llmhealth completions`: completion scripts for shells.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::exit::{CommandError, Exit};
use super::{CommandLine, output};

const EXAMPLES: &str = "\
Examples:
  llmhealth completions bash > /etc/bash_completion.d/llmhealth
  llmhealth completions zsh > \"${fpath[1]}/_llmhealth\"
  llmhealth completions fish > ~/.config/fish/completions/llmhealth.fish";

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell to complete for
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<Exit, CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut CommandLine::command(), "llmhealth", &mut script);
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Success)
    }
}
