//! The series of deployments.

use std::fmt::Display;
use std::sync::Arc;

use crate::domain::{Deployment, RateLimit};
use crate::providers::resolve;
use crate::state::{Condition, Maintenance, Standing, Traffic};

use super::text::{Labels, Page, Type};
use super::{Sources, calls};

/// One deployment with what is known of it.
pub(super) struct Row<'a> {
    pub(super) deployment: &'a Deployment,
    /// Its id, without secrets.
    pub(super) id: String,
    /// Its model, as the provider names it and without secrets.
    pub(super) model: String,
    /// The provider; empty when the model string leads to none.
    pub(super) provider: &'static str,
    pub(super) labels: Labels,
    /// Its calls, if there were any.
    pub(super) traffic: Option<Arc<Traffic>>,
    standing: Arc<Standing>,
    maintenance: Option<Maintenance>,
}

/// Writes what is known of each deployment.
pub(super) fn write(page: &mut Page, sources: &Sources<'_>) {
    let rows = rows(sources);
    conditions(page, sources, &rows);
    checks(page, sources, &rows);
    cooldowns(page, sources, &rows);
    limits(page, &rows);
    calls::write(page, sources, &rows);
    let help = "1 while this machine itself has no network, so that verdicts keep what they were before.";
    page.gauge("llmhealth_suspended", help, u8::from(sources.board.suspension().is_some()));
}

fn rows<'a>(sources: &Sources<'a>) -> Vec<Row<'a>> {
    let snapshot = sources.board.snapshot();
    let fleet = sources.config.fleet.all().iter();
    // Of several deployments with one id the first is the one that counts; two equal series make a page invalid.
    let first = fleet.filter(|deployment| {
        sources.config.fleet.by_id(&deployment.id).is_some_and(|first| Arc::ptr_eq(first, deployment))
    });
    first
        .filter(|deployment| (sources.sees)(deployment))
        .filter_map(|deployment| {
            let standing = Arc::clone(snapshot.get(&deployment.id)?);
            let maintenance = sources.board.calendar().of(deployment, sources.now);
            let traffic = snapshot.traffic(&deployment.id).map(Arc::clone);
            Some(row(sources, deployment, traffic, standing, maintenance))
        })
        .collect()
}

fn row<'a>(
    sources: &Sources<'a>,
    deployment: &'a Deployment,
    traffic: Option<Arc<Traffic>>,
    standing: Arc<Standing>,
    maintenance: Option<Maintenance>,
) -> Row<'a> {
    let clean = |text: &str| sources.config.redactor.clean(text).into_owned();
    let params = &deployment.params;
    let api_base = params.str("api_base").or_else(|| params.str("base_url"));
    let resolved =
        resolve(&deployment.model, params.str("custom_llm_provider"), api_base, &sources.config.catalog);
    let (provider, model) =
        resolved.map_or(("", &*deployment.model), |resolved| (resolved.provider.slug, resolved.model));
    let (id, model) = (clean(&deployment.id), clean(model));
    let labels = Labels::new(&[
        ("litellm_model_name", &model),
        ("model_id", &id),
        ("api_base", &clean(api_base.filter(|_| sources.shows_addresses).unwrap_or_default())),
        ("api_provider", provider),
    ]);
    Row { deployment, id, model, provider, labels, traffic, standing, maintenance }
}

fn conditions(page: &mut Page, sources: &Sources<'_>, rows: &[Row<'_>]) {
    let help = "0 healthy or not judged yet, 1 partial outage (the latest check failed), 2 complete outage (failed often enough to be sure, or failures keep traffic away).";
    each(page, "litellm_deployment_state", help, rows, |row| {
        Some(match (row.standing.condition, row.standing.consecutive_failures) {
            (Condition::Unhealthy, _) => 2,
            _ if row.standing.cooling(sources.now).is_some() => 2,
            (_, 0) => 0,
            _ => 1,
        })
    });
    let help = "1 for the damped state that the deployment is in.";
    let mut family = page.family("llmhealth_deployment_condition", Type::Gauge, help);
    for row in rows {
        family.sample(&row.labels.and(("condition", row.standing.condition.as_str())), 1);
    }
    let help = "1 for the verdict of the latest check.";
    let mut family = page.family("llmhealth_deployment_status", Type::Gauge, help);
    for row in rows {
        if let Some(latest) = &row.standing.latest {
            family.sample(&row.labels.and(("status", latest.verdict.status.as_str())), 1);
        }
    }
    let mut family = page.family("llmhealth_deployments", Type::Gauge, "Deployments, by their damped state.");
    for condition in [Condition::Unknown, Condition::Healthy, Condition::Unhealthy] {
        let count = rows.iter().filter(|row| row.standing.condition == condition).count();
        family.sample(&Labels::new(&[("condition", condition.as_str())]), count);
    }
}

fn checks(page: &mut Page, sources: &Sources<'_>, rows: &[Row<'_>]) {
    let help = "How long ago the latest check ended.";
    each(page, "llmhealth_deployment_check_age_seconds", help, rows, |row| {
        let age = sources.now.duration_since(row.standing.latest.as_ref()?.at());
        Some(age.as_secs_f64().max(0.0))
    });
    let help = "How long the latest check took.";
    each(page, "llmhealth_deployment_latency_seconds", help, rows, |row| {
        Some(row.standing.latest.as_ref()?.outcome.latency.as_secs_f64())
    });
    let help = "Checks that failed in a row, up to the latest.";
    each(page, "llmhealth_deployment_consecutive_failures", help, rows, |row| {
        Some(row.standing.consecutive_failures)
    });
}

fn cooldowns(page: &mut Page, sources: &Sources<'_>, rows: &[Row<'_>]) {
    let help = "How often failures began to keep traffic away, by the status of the last of them.";
    let mut family = page.family("litellm_deployment_cooled_down_total", Type::Counter, help);
    for row in rows {
        for (status, count) in row.standing.cooldowns.iter().flat_map(|cooldowns| cooldowns.iter()) {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            family.sample(&row.labels.and(("exception_status", &status)), count);
        }
    }
    let help = "How much longer failures keep traffic away.";
    each(page, "llmhealth_deployment_cooldown_seconds", help, rows, |row| {
        let until = row.standing.cooling(sources.now)?.until;
        Some(until.duration_since(sources.now).as_secs_f64())
    });
    let help = "1 while the deployment is under maintenance.";
    each(page, "llmhealth_deployment_maintenance", help, rows, |row| row.maintenance.as_ref().map(|_| 1));
}

fn limits(page: &mut Page, rows: &[Row<'_>]) {
    let configured = |row: &Row<'_>, key: &str| row.deployment.params.get(key)?.as_f64();
    each(page, "litellm_deployment_rpm_limit", "Requests per minute, as configured.", rows, |row| {
        configured(row, "rpm")
    });
    each(page, "litellm_deployment_tpm_limit", "Tokens per minute, as configured.", rows, |row| {
        configured(row, "tpm")
    });
    let told = |row: &Row<'_>, of: fn(&RateLimit) -> Option<&String>| {
        let limit = row.standing.latest.as_ref()?.outcome.rate_limit.as_ref()?;
        of(limit)?.trim().parse::<f64>().ok().filter(|count| count.is_finite())
    };
    let help = "Requests left, as the provider told the latest check.";
    each(page, "litellm_remaining_requests_metric", help, rows, |row| {
        told(row, |limit| limit.remaining_requests.as_ref())
    });
    let help = "Tokens left, as the provider told the latest check.";
    each(page, "litellm_remaining_tokens_metric", help, rows, |row| {
        told(row, |limit| limit.remaining_tokens.as_ref())
    });
}

/// A family of gauges with a sample for each deployment that has a value.
fn each<'a, V: Display>(
    page: &mut Page,
    name: &'static str,
    help: &str,
    rows: &[Row<'a>],
    value: impl Fn(&Row<'a>) -> Option<V>,
) {
    let mut family = page.family(name, Type::Gauge, help);
    for row in rows {
        if let Some(value) = value(row) {
            family.sample(&row.labels, value);
        }
    }
}
