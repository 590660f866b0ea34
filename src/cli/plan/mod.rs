//! `llmhealth plan`: what would be sent, and what it would cost. Sends nothing.

mod cost;
mod curl;
mod table;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::config::Config;
use crate::domain::Deployment;
use crate::probe::{Plan, PlanError, describe, plan};
use crate::reload::ConfigSource;

use super::exit::{CommandError, Exit};
use super::{findings, output};

const EXAMPLES: &str = "\
Examples:
  llmhealth plan config.yaml
  llmhealth plan config.yaml --format json | jq 'select(.provider == \"azure\") | .requests[].url'
  llmhealth plan config.yaml --format curl --show-secrets | sh -x

Costs are estimates from list prices: known for models that are billed by the token.";

/// Show what a probe of each deployment would send and cost; sends nothing
#[derive(Debug, Args)]
#[command(name = "plan", after_help = EXAMPLES)]
pub(super) struct PlanCommand {
    /// LiteLLM's config.yaml
    config: PathBuf,
    /// What to print: a table, one JSON object per line, or curl commands
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show keys as they are in place of `sk-1****2345`
    #[arg(long)]
    show_secrets: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    Curl,
}

/// A deployment with its plan, or with the reason why there is none.
struct Planned<'a> {
    deployment: &'a Deployment,
    plan: Result<Plan, PlanError>,
}

impl PlanCommand {
    pub(super) fn run(&self) -> Result<Exit, CommandError> {
        let config = findings::load(&ConfigSource::File(self.config.clone()))?.config;
        let planned: Vec<Planned<'_>> = config
            .fleet
            .all()
            .iter()
            .map(|deployment| Planned {
                deployment,
                plan: plan(deployment, &config.settings.probe, &config.env, &config.catalog),
            })
            .collect();
        let lines =
            |line: &dyn Fn(&Planned<'_>) -> String| planned.iter().map(line).collect::<Vec<_>>().join("\n");
        output::print(&match self.format {
            Format::Table => table::render(&planned, &config, self.show_secrets),
            Format::Json => lines(&|planned| self.json(planned, &config).to_string()),
            Format::Curl => lines(&|planned| curl::render(planned, &config, self.show_secrets)),
        })?;
        Ok(Exit::Success)
    }

    fn json(&self, planned: &Planned<'_>, config: &Config) -> Value {
        let Deployment { id, model_name, model, .. } = planned.deployment;
        match &planned.plan {
            Ok(plan) => json!({
                "model_id": id,
                "model_name": model_name,
                "model": model,
                "provider": plan.provider.slug,
                "mode": plan.mode.as_str(),
                "requests": [describe(&plan.request, self.show_secrets)],
            }),
            Err(error) => json!({
                "model_id": id,
                "model_name": model_name,
                "model": model,
                "error": problem(error, config),
            }),
        }
    }
}

/// Why there is no plan, in one line.
fn problem(error: &PlanError, config: &Config) -> String {
    config.redactor.clean(&error.to_string()).into_owned()
}
