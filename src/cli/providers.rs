//! `llmhealth providers`: whom it can probe, and how.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::domain::Mode;
use crate::providers::{BaseUrl, PROVIDERS, Provider};

use super::exit::{CommandError, Exit};
use super::{output, table};

const EXAMPLES: &str = "\
Examples:
  llmhealth providers
  llmhealth providers groq
  llmhealth providers --format json | jq -r '.[].name'";

/// List the providers that can be probed: modes, key variables, base URL
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Providers {
    /// Only providers whose name contains this
    name: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `providers` prints.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// A table for people
    #[default]
    Table,
    /// A JSON array
    Json,
}

impl Providers {
    pub(super) fn run(&self) -> Result<Exit, CommandError> {
        let wanted =
            |provider: &&Provider| self.name.as_deref().is_none_or(|part| provider.slug.contains(part));
        let found: Vec<&Provider> = PROVIDERS.iter().filter(wanted).collect();
        match self.format {
            Format::Table => output::print(&as_table(&found))?,
            Format::Json => {
                output::print(&found.iter().copied().map(as_json).collect::<Value>().to_string())?;
            }
        }
        Ok(if found.is_empty() { Exit::Usage } else { Exit::Success })
    }
}

fn as_table(providers: &[&Provider]) -> String {
    let mut table = table::table(
        &["NAME", "MODES", "KEY VARIABLES", "BASE URL"],
        &["MODES", "KEY VARIABLES", "BASE URL"],
    );
    for provider in providers {
        let modes = modes(provider).iter().map(|mode| mode.as_str()).collect::<Vec<_>>().join(" ");
        let keys = provider.key_envs.join(" ");
        table.add_row([provider.slug, modes.as_str(), keys.as_str(), base(provider).unwrap_or("api_base")]);
    }
    table.trim_fmt()
}

fn as_json(provider: &Provider) -> Value {
    json!({
        "name": provider.slug,
        "modes": modes(provider).iter().map(|mode| mode.as_str()).collect::<Vec<_>>(),
        "key_variables": provider.key_envs,
        "base_variables": provider.base_envs,
        "base_url": base(provider),
    })
}

/// What it can be probed as, by endpoints of its own or by way of another mode.
fn modes(provider: &Provider) -> Vec<Mode> {
    Mode::ALL.into_iter().filter(|mode| provider.route(*mode).is_some()).collect()
}

/// Its address, unless a deployment has to name one.
fn base(provider: &Provider) -> Option<&'static str> {
    match provider.base_url {
        BaseUrl::Fixed(url) | BaseUrl::Template(url) => Some(url),
        BaseUrl::FromConfig => None,
    }
}
