//! The series of clients' calls. Only deployments that were called have any.
//!
//! Of LiteLLM's labels those are here that say something about a deployment or an error. Those that say who called
//! (`hashed_api_key`, `team`, `end_user`, `client_ip`, ...) are left out: to Prometheus that is the same as an empty
//! value, and the number of series stays that of the fleet.

use crate::state::{Counted, ErrorKind, Histogram, Told, TrafficCounts};

use super::Sources;
use super::deployments::Row;
use super::text::{Labels, Page, Type};

/// A deployment that was called.
struct Called<'a> {
    row: &'a Row<'a>,
    counts: TrafficCounts,
    under_way: u64,
    open_streams: u64,
    /// The public name.
    group: String,
    /// The labels of series about what was asked of a deployment.
    asked: Labels,
    /// The labels of series about what a model took.
    model: Labels,
}

/// Writes what calls did.
pub(super) fn write(page: &mut Page, sources: &Sources<'_>, rows: &[Row<'_>]) {
    let called: Vec<_> = rows.iter().filter_map(|row| Called::of(row, sources)).collect();
    responses(page, &called);
    latencies(page, &called);
    tokens(page, &called);
    told(page, sources, &called);
    fallbacks(page, &called);
    our_own(page, &called);
}

impl<'a> Called<'a> {
    fn of(row: &'a Row<'a>, sources: &Sources<'_>) -> Option<Self> {
        let traffic = row.traffic.as_ref()?;
        let group = sources.config.redactor.clean(&row.deployment.model_name).into_owned();
        let asked = Labels::new(&[("requested_model", &group)]).with(&row.labels);
        let model = Labels::new(&[
            ("model", &row.model),
            ("requested_model", &group),
            ("model_id", &row.id),
            ("api_provider", row.provider),
        ]);
        Some(Self {
            row,
            counts: traffic.counts(),
            under_way: traffic.under_way() as u64,
            open_streams: traffic.open_streams() as u64,
            group,
            asked,
            model,
        })
    }
}

fn responses(page: &mut Page, called: &[Called<'_>]) {
    let help = "Calls that the deployment served.";
    let mut family = page.family("litellm_deployment_success_responses_total", Type::Counter, help);
    for one in called {
        family.sample(&one.asked, one.counts.successes);
    }
    let help = "Calls that the deployment failed, by the status and the class of the error.";
    let mut family = page.family("litellm_deployment_failure_responses_total", Type::Counter, help);
    for one in called {
        for (error, count) in one.counts.failures.iter() {
            family.sample(&with_error(&one.asked, *error, one.row.provider), count);
        }
    }
    let help = "Calls of the deployment, served or failed.";
    let mut family = page.family("litellm_deployment_total_requests_total", Type::Counter, help);
    for one in called {
        family.sample(&one.asked, one.counts.successes + one.counts.failures.total());
    }
}

fn latencies(page: &mut Page, called: &[Called<'_>]) {
    type Part<T> = for<'c> fn(&'c Called<'_>) -> &'c T;
    let mut each = |name, help, labels: Part<Labels>, of: Part<Histogram>| {
        let mut family = page.family(name, Type::Histogram, help);
        for one in called {
            let Histogram { bounds, counts, sum } = of(one);
            if counts.iter().any(|count| *count > 0) {
                family.histogram(labels(one), bounds, counts, *sum);
            }
        }
    };
    let help = "How long served calls took the deployment, to the last byte, in seconds.";
    each("litellm_llm_api_latency_metric", help, |one| &one.model, |one| &one.counts.latency);
    let help = "How long clients waited for served calls, in seconds.";
    each("litellm_request_total_latency_metric", help, |one| &one.model, |one| &one.counts.total_latency);
    let help = "How long the first piece of a streamed answer took, in seconds.";
    each("litellm_llm_api_time_to_first_token_metric", help, |one| &one.model, |one| &one.counts.first_piece);
    let help = "How long calls took for each token of their answer, in seconds.";
    each(
        "litellm_deployment_latency_per_output_token",
        help,
        |one| &one.row.labels,
        |one| &one.counts.per_output_token,
    );
}

fn tokens(page: &mut Page, called: &[Called<'_>]) {
    let mut each = |name, help, of: fn(&TrafficCounts) -> Option<u64>| {
        let mut family = page.family(name, Type::Counter, help);
        for one in called {
            if let Some(count) = of(&one.counts) {
                family.sample(&one.model, count);
            }
        }
    };
    let help = "Tokens of requests, as far as providers told.";
    each("litellm_input_tokens_metric_total", help, |counts| Some(counts.usage.input));
    let help = "Tokens of answers, as far as providers told.";
    each("litellm_output_tokens_metric_total", help, |counts| Some(counts.usage.output));
    let help = "Tokens of requests and answers, as far as providers told.";
    each("litellm_total_tokens_metric_total", help, |counts| Some(counts.usage.input + counts.usage.output));
    let help = "Tokens of requests that providers had in their cache.";
    each("litellm_input_cached_tokens_metric_total", help, |counts| {
        Some(counts.usage.cached).filter(|count| *count > 0)
    });
    let help = "Tokens of answers that were reasoning.";
    each("litellm_output_reasoning_tokens_metric_total", help, |counts| {
        Some(counts.usage.reasoning).filter(|count| *count > 0)
    });
    let help = "What answers cost in US dollars, where prices are known. Cached tokens count in full.";
    let mut family = page.family("litellm_spend_metric_total", Type::Counter, help);
    for one in called {
        if let Some(cost) = one.counts.cost_usd {
            family.sample(&one.model, cost);
        }
    }
}

/// What clients of one deployment, or of none, were told.
struct Clients<'a> {
    requested: Labels,
    deployment: Labels,
    provider: &'a str,
    told: &'a Counted<Told>,
}

fn told(page: &mut Page, sources: &Sources<'_>, called: &[Called<'_>]) {
    let deployment = |id: &str, provider: &str| Labels::new(&[("model_id", id), ("api_provider", provider)]);
    let of_deployments = called.iter().map(|one| Clients {
        requested: Labels::new(&[("requested_model", &one.group)]),
        deployment: deployment(&one.row.id, one.row.provider),
        provider: one.row.provider,
        told: &one.counts.told,
    });
    let of_none = sources.refusals.iter().map(|(model, told)| Clients {
        requested: Labels::new(&[("requested_model", model)]),
        deployment: deployment("", ""),
        provider: "",
        told,
    });
    let all: Vec<_> = of_deployments.chain(of_none).collect();

    let help = "Calls of clients, by the status that they got. 499: they did not wait for one.";
    let mut family = page.family("litellm_proxy_total_requests_metric_total", Type::Counter, help);
    for Clients { requested, deployment, told, .. } in &all {
        let mut by_status = Counted::default();
        for (Told { status, route, .. }, count) in told.iter() {
            by_status.add_many((*status, *route), count);
        }
        for ((status, route), count) in by_status.iter() {
            let labels = requested.and(("status_code", &status.to_string())).and(("route", route));
            family.sample(&labels.with(deployment), count);
        }
    }
    let help = "Calls of clients that got an error.";
    let mut family = page.family("litellm_proxy_failed_requests_metric_total", Type::Counter, help);
    for Clients { requested, deployment, provider, told } in &all {
        for (Told { status, class, route }, count) in told.iter() {
            if let Some(class) = *class {
                let labels = with_error(requested, ErrorKind { status: *status, class }, provider);
                family.sample(&labels.and(("route", route)).with(deployment), count);
            }
        }
    }
}

fn fallbacks(page: &mut Page, called: &[Called<'_>]) {
    let mut each = |name, help, is_served: bool| {
        let mut family = page.family(name, Type::Counter, help);
        for one in called {
            let labels = [("requested_model", &*one.group), ("fallback_model", &*one.row.model)];
            for ((error, _), count) in one.counts.fallbacks.iter().filter(|((_, is), _)| *is == is_served) {
                let labels = with_error(&Labels::new(&labels), *error, one.row.provider);
                family.sample(&labels.and(("model_id", &one.row.id)), count);
            }
        }
    };
    let help = "Calls that the deployment served after another one had failed with this error.";
    each("litellm_deployment_successful_fallbacks_total", help, true);
    let help = "Calls that the deployment failed after another one had failed with this error.";
    each("litellm_deployment_failed_fallbacks_total", help, false);
}

fn our_own(page: &mut Page, called: &[Called<'_>]) {
    let mut each = |name, kind, help, of: fn(&Called<'_>) -> u64| {
        let mut family = page.family(name, kind, help);
        for one in called {
            family.sample(&one.row.labels, of(one));
        }
    };
    let help = "Calls that the deployment failed and another one was asked.";
    each("llmhealth_deployment_retries_total", Type::Counter, help, |one| one.counts.retries);
    let help = "Streams that broke after their first piece.";
    each("llmhealth_deployment_streams_broken_total", Type::Counter, help, |one| one.counts.streams_broken);
    let help = "Calls that the client did not wait for.";
    each("llmhealth_deployment_calls_abandoned_total", Type::Counter, help, |one| one.counts.abandoned);
    let help = "Calls under way.";
    each("llmhealth_deployment_calls_in_flight", Type::Gauge, help, |one| one.under_way);
    let help = "Streamed answers under way.";
    each("llmhealth_deployment_streams_open", Type::Gauge, help, |one| one.open_streams);
}

/// LiteLLM's labels for an error. Its class begins with the provider: `Openai.RateLimitError`.
fn with_error(labels: &Labels, error: ErrorKind, provider: &str) -> Labels {
    let mut letters = provider.chars();
    let class = match letters.next() {
        Some(first) => format!("{}{}.{}", first.to_ascii_uppercase(), letters.as_str(), error.class),
        None => error.class.to_owned(),
    };
    labels.and(("exception_status", &error.status.to_string())).and(("exception_class", &class))
}
