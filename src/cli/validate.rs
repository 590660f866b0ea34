//! `llmhealth validate`: every mistake of a configuration in one run.

use std::path::PathBuf;

use clap::Args;

use crate::catalog::Catalog;
use crate::config::{self, Config, Finding, Locator, Mistake, Severity};
use crate::domain::Deployment;
use crate::probe::{Plan, PlanError, plan};
use crate::providers::{BaseUrl, BuildError, ResolveError};

use super::exit::{CommandError, Exit};
use super::{findings, output};

const EXAMPLES: &str = "\
Examples:
  llmhealth validate config.yaml
  llmhealth validate config.yaml && llmhealth serve config.yaml

Warnings don't change the exit code. Keys are looked up in the environment as `serve` does it.

Exit codes:
  0  no errors
  2  errors";

/// Find every mistake in a configuration at once, with file, line and hint; sends nothing
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Validate {
    /// LiteLLM's config.yaml
    config: PathBuf,
}

impl Validate {
    pub(super) fn run(&self) -> Result<Exit, CommandError> {
        let environment = config::process_environment();
        let inspected = config::inspect(&self.config, environment).map_err(|error| {
            findings::show(error.findings());
            CommandError::Config(error)
        })?;
        let mut found = inspected.findings;
        found.extend(self.unplannable(&inspected.config));
        found.sort_by_key(|finding| {
            finding.place.as_ref().map(|place| (place.file.clone(), place.line, place.column))
        });
        findings::show(&found);
        let errors = found.iter().filter(|finding| finding.is_error()).count();
        output::print(&format!(
            "{}: {}, {}, {}",
            self.config.display(),
            count(inspected.config.fleet.all().len(), "deployment"),
            count(errors, "error"),
            count(found.len() - errors, "warning")
        ))?;
        Ok(if errors == 0 && inspected.is_usable { Exit::Success } else { Exit::Usage })
    }

    /// What is wrong with deployments that read well and can't be probed all the same.
    fn unplannable(&self, config: &Config) -> Vec<Finding> {
        let catalog = &config.catalog;
        let mistakes: Vec<(usize, Mistake)> = config
            .fleet
            .all()
            .iter()
            .enumerate()
            .filter_map(|(index, deployment)| {
                let error = match plan(&whole(deployment), &config.settings.probe, &config.env, catalog) {
                    Ok(plan) => return Some((index, misspelt(deployment, &plan, catalog)?)),
                    Err(error) => error,
                };
                let is_told = deployment.defect.is_some() && !is_about_a_word(&error);
                if is_told {
                    return None;
                }
                Some((index, mistake(&error)?))
            })
            .collect();
        if mistakes.is_empty() {
            return Vec::new();
        }
        let locator = Locator::open(&self.config);
        let locate = |(index, mistake): (usize, Mistake)| locator.finding(index, &mistake, &config.redactor);
        mistakes.into_iter().map(locate).collect()
    }
}

/// The deployment without the defect that loading has found and told: there may be more.
fn whole(deployment: &Deployment) -> Deployment {
    Deployment { defect: None, ..deployment.clone() }
}

/// Whether a mistake is in a word that stands in the file, and so does not follow from another mistake.
fn is_about_a_word(error: &PlanError) -> bool {
    matches!(error, PlanError::Mode(_) | PlanError::Resolve(_))
}

/// A model that nobody knows and that is spelt almost like one that is known. Only where the provider names the
/// models: deployments at addresses of their own are called as people like, and new versions differ in digits.
fn misspelt(deployment: &Deployment, plan: &Plan, catalog: &Catalog) -> Option<Mistake> {
    let (slug, model) = (plan.provider.slug, plan.model.as_str());
    let is_named_by_provider = matches!(plan.provider.base_url, BaseUrl::Fixed(_))
        && deployment.params.str("api_base").is_none()
        && plan.probed_model.is_none();
    if !is_named_by_provider || catalog.lookup_for(slug, model).is_some() {
        return None;
    }
    let letters = |name: &str| name.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
    let prefix = format!("{slug}/");
    let known = catalog
        .names()
        .map(|name| name.strip_prefix(&prefix).unwrap_or(name))
        .filter(|name| strsim::osa_distance(name, model) <= 2 && letters(name) != letters(model))
        .find(|name| catalog.lookup_for(slug, name).is_some())?;
    Some(Mistake {
        severity: Severity::Warning,
        key: "litellm_params.model".to_owned(),
        message: format!("no model `{model}` of {slug} is known"),
        hint: Some(format!("did you mean `{slug}/{known}`?")),
    })
}

/// The same as a mistake at a key; `None` when loading has found it already.
fn mistake(error: &PlanError) -> Option<Mistake> {
    let key = match error {
        PlanError::Defect(_) => return None,
        PlanError::Mode(_)
        | PlanError::Build(BuildError::UnsupportedMode { .. } | BuildError::NotCallable { .. }) => {
            "model_info.mode".to_owned()
        }
        // Only a client's call leads to these; a probe asks for nothing but what the deployment says.
        PlanError::Build(BuildError::UnsupportedParams { params, .. }) => {
            format!("litellm_params.{}", params.first()?)
        }
        PlanError::Build(BuildError::BadCall { param, .. }) => format!("litellm_params.{param}"),
        PlanError::Resolve(ResolveError::Unknown { key, .. }) => (*key).to_owned(),
        PlanError::Resolve(_) | PlanError::Wildcard { .. } => "litellm_params.model".to_owned(),
        PlanError::Build(BuildError::NoModelList { .. }) => "model_info.llmhealth.method".to_owned(),
        PlanError::Build(
            BuildError::MissingKey { .. } | BuildError::IdentityIsOff { .. } | BuildError::BadVariable { .. },
        ) => "litellm_params.api_key".to_owned(),
        PlanError::Build(BuildError::MissingBase { .. } | BuildError::BadUrl { .. }) => {
            "litellm_params.api_base".to_owned()
        }
        PlanError::Build(BuildError::MissingParam { key } | BuildError::MissingParamOr { key, .. }) => {
            format!("litellm_params.{key}")
        }
        PlanError::Build(BuildError::BadParam { key, .. }) => format!("litellm_params.{key}"),
    };
    // What LiteLLM can do and we can't yet is no mistake of the user's.
    let severity = match error {
        PlanError::Resolve(ResolveError::NotSupported { .. }) => Severity::Warning,
        _ => Severity::Error,
    };
    // The finding names the key itself.
    let message = error.to_string();
    let message = message.strip_prefix(&format!("`{key}`: ")).unwrap_or(&message).to_owned();
    Some(Mistake { severity, key, message, hint: error.hint() })
}

/// `1 error`, `2 errors`.
fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
