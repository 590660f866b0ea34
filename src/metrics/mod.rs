//! The page that monitoring systems scrape.
//!
//! Nothing is kept for it: what happens is counted where it happens, and the page is written from the board, the
//! configuration and these counts when somebody asks. So a deployment that leaves the configuration leaves the page.
//!
//! LiteLLM's names are used where they mean the same as there; all others begin with `llmhealth_`. Series of a
//! deployment have the labels that LiteLLM gives them, all of them and in this order: `litellm_model_name`, `model_id`,
//! `api_base`, `api_provider`. A reader whose key is for some models finds their series and no others.

mod calls;
mod deployments;
mod process;
mod text;

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::domain::Deployment;
use crate::probe::{Checker, DURATION_BOUNDS};
use crate::reload::Reloads;
use crate::state::{Board, Counted, Told};

pub use text::Format;

use text::{Labels, Page, Type};

/// What a page is written from.
pub struct Sources<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// What is known of its deployments.
    pub board: &'a Board,
    /// What probes them.
    pub checker: &'a Arc<Checker>,
    /// How reloading went.
    pub reloads: Reloads,
    /// Whether the reader may know of a deployment.
    pub sees: &'a dyn Fn(&Deployment) -> bool,
    /// Whether addresses of deployments may be told.
    pub shows_addresses: bool,
    /// Whether the reader may know what is of no deployment, or of all of them.
    pub sees_all: bool,
    /// What clients were told whose calls reached no deployment, by LiteLLM's word for the model that they named.
    pub refusals: Vec<(&'static str, Counted<Told>)>,
    /// How many requests to this process are under way.
    pub in_flight: usize,
    /// The time of asking.
    pub now: Timestamp,
}

/// Writes the page.
#[must_use]
pub fn page(sources: &Sources<'_>, format: Format) -> String {
    let mut page = Page::new(format);
    let build = Labels::new(&[("version", env!("CARGO_PKG_VERSION"))]);
    page.family("llmhealth_build_info", Type::Gauge, "The version of this program.").sample(&build, 1);
    deployments::write(&mut page, sources);
    if sources.sees_all {
        probes(&mut page, sources);
        reloads(&mut page, &sources.reloads);
        let help = "Requests to this process under way.";
        page.gauge("litellm_in_flight_requests", help, sources.in_flight);
        process::write(&mut page);
    }
    page.finish()
}

fn probes(page: &mut Page, sources: &Sources<'_>) {
    let checker = sources.checker;
    let by_provider: Vec<_> = checker
        .probe_counts()
        .into_iter()
        .map(|(provider, counts)| (Labels::new(&[("api_provider", provider)]), counts))
        .collect();

    let mut family = page.family("llmhealth_probes_total", Type::Counter, "Probes, by what was concluded.");
    for (labels, counts) in &by_provider {
        for (status, count) in &counts.by_status {
            family.sample(&labels.and(("status", status)), count);
        }
    }
    let help = "How long probes took, whatever came of them.";
    let mut family = page.family("llmhealth_probe_duration_seconds", Type::Histogram, help);
    for (labels, counts) in &by_provider {
        family.histogram(labels, &DURATION_BOUNDS, &counts.durations, counts.seconds);
    }
    let help = "Tokens that probes may have used at most, as far as that can be told.";
    let mut family = page.family("llmhealth_probe_tokens_total", Type::Counter, help);
    for (labels, counts) in &by_provider {
        family.sample(labels, counts.tokens);
    }
    let help = "What probes may have cost at most in US dollars, as far as prices are known.";
    let mut family = page.family("llmhealth_probe_cost_usd_total", Type::Counter, help);
    for (labels, counts) in &by_provider {
        family.sample(labels, counts.cost_usd);
    }

    let help = "How often a deployment was left alone because its provider asked for that.";
    page.counter("llmhealth_probe_deferrals_total", help, checker.deferrals());
    page.gauge("llmhealth_probes_queued", "Probes that are due and wait for room.", checker.queued());
    in_flight(page, sources);
    budget(page, sources);
    let help = "The most probes that may be under way.";
    page.gauge("llmhealth_probe_concurrency_limit", help, sources.config.settings.probe.concurrency);
}

/// Probes under way, in total and by each cap.
fn in_flight(page: &mut Page, sources: &Sources<'_>) {
    let under_way = sources.checker.in_flight_by();
    page.gauge("llmhealth_probes_in_flight", "Probes under way.", under_way.total);
    let help = "Probes under way to one provider.";
    let mut family = page.family("llmhealth_provider_probes_in_flight", Type::Gauge, help);
    for (provider, count) in under_way.providers {
        family.sample(&Labels::new(&[("api_provider", provider)]), count);
    }
    if sources.config.settings.probe.per_key.is_some() {
        let help = "Probes under way with the API key that has most.";
        page.gauge("llmhealth_key_probes_in_flight_max", help, under_way.busiest_key);
    }
    if !sources.shows_addresses {
        return;
    }
    let mut family =
        page.family("llmhealth_host_probes_in_flight", Type::Gauge, "Probes under way to one host.");
    for (host, count) in under_way.hosts {
        family.sample(&Labels::new(&[("host", &sources.config.redactor.clean(&host))]), count);
    }
}

/// The day's budget.
fn budget(page: &mut Page, sources: &Sources<'_>) {
    let help = "What probes may have cost at most since midnight UTC, in US dollars.";
    page.gauge("llmhealth_probe_budget_spent_usd", help, sources.checker.spent_usd());
    if let Some(budget) = sources.config.settings.probe.daily_budget_usd {
        page.gauge("llmhealth_probe_budget_usd", "What probes may cost in a day, in US dollars.", budget);
    }
}

fn reloads(page: &mut Page, reloads: &Reloads) {
    let help = "How often the configuration was read again.";
    let mut family = page.family("llmhealth_config_reloads_total", Type::Counter, help);
    family.sample(&Labels::new(&[("result", "success")]), reloads.successes);
    family.sample(&Labels::new(&[("result", "failure")]), reloads.failures);
    let help = "Whether the configuration was taken when it was last read.";
    page.gauge("llmhealth_config_last_reload_successful", help, u8::from(reloads.is_last_good));
    let help = "When the configuration in force was read, as a Unix time.";
    page.gauge("llmhealth_config_last_success_timestamp_seconds", help, reloads.last_success.as_second());
}
