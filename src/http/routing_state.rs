//! `GET /routing/state`: which deployments may get traffic, why, and until when.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Config;
use crate::domain::{Deployment, Status};
use crate::state::{Candidate, Candidates, Cause, Condition, Cooldown, Judged, Reason, Suspension};

use super::auth::Caller;
use super::error::ApiError;
use super::maintenance::MaintenanceView;
use super::query::Query;
use super::{AppState, json, shapes};

/// What routing goes by, model name by model name, in config order.
#[utoipa::path(
    get, path = "/routing/state", tag = "routing", security(("key" = [])),
    params(("model" = Option<String>, Query, description = "A public model name, or a provider's model as in `litellm_params.model`")),
    responses(
        (status = 200, description = "Every deployment with the decision on it", body = RoutingState),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 404, description = "No such model", body = shapes::Detail),
    ),
)]
pub(super) async fn routing_state(
    State(state): State<AppState>,
    caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    std::future::ready(state_of(&state, &caller, &query)).await
}

fn state_of(state: &AppState, caller: &Caller, query: &Query) -> Result<Response, ApiError> {
    let config = state.config.load();
    let now = Timestamp::now();
    let groups = match query.non_empty("model") {
        None => by_name(caller.visible(&config.fleet)),
        Some(name) => {
            let named = config.fleet.matching(name).into_iter();
            by_name(named.filter(|deployment| caller.sees(deployment)))
        }
    };
    if let Some(name) = query.non_empty("model").filter(|_| groups.is_empty()) {
        let name = config.redactor.clean(name);
        return Err(ApiError::NotFound(format!("The model `{name}` does not exist or is not accessible")));
    }
    let view = View { config: &config, caller };
    let models = groups
        .into_iter()
        .map(|(name, deployments)| view.group(name, &state.board.candidates(deployments, &config, now)))
        .collect();
    let body = RoutingState {
        enable_health_check_routing: config.settings.routing.enabled,
        suspended: state.board.suspension().map(|suspension| SuspensionView::of(&suspension)),
        models,
    };
    Ok(json::respond(StatusCode::OK, &body))
}

/// Deployments by their public name, in config order.
fn by_name<'a>(
    deployments: impl IntoIterator<Item = &'a Arc<Deployment>>,
) -> Vec<(&'a str, Vec<&'a Arc<Deployment>>)> {
    let mut groups: Vec<(&str, Vec<_>)> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for deployment in deployments {
        let name = deployment.model_name.as_str();
        let at = *index.entry(name).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(deployment);
    }
    groups
}

/// Who looks, and with which configuration.
struct View<'a> {
    config: &'a Config,
    caller: &'a Caller,
}

impl View<'_> {
    fn clean(&self, text: &str) -> String {
        self.config.redactor.clean(text).into_owned()
    }

    fn group(&self, name: &str, candidates: &Candidates) -> ModelRouting {
        ModelRouting {
            model_name: self.clean(name),
            usable_count: candidates.usable().len(),
            safety_net: candidates.is_safety_net,
            deployments: candidates.all.iter().map(|one| self.deployment(one, candidates)).collect(),
        }
    }

    fn deployment(&self, candidate: &Candidate, candidates: &Candidates) -> DeploymentRouting {
        let Candidate { deployment, standing, maintenance, decision } = candidate;
        let api_base = deployment.params.str("api_base").filter(|_| self.caller.is_admin);
        DeploymentRouting {
            model_id: deployment.id.to_string(),
            model: self.clean(&deployment.model),
            api_base: api_base.map(|base| self.clean(base)),
            usable: candidates.may_use(candidate),
            reason: decision.reason,
            until: decision.until.map(moment),
            condition: standing.condition,
            since: standing.since.map(moment),
            turning: standing.is_turning,
            status: standing.latest.as_ref().map_or(Status::Unknown, |latest| latest.verdict.status),
            checked_at: standing.latest.as_ref().map(|latest| moment(latest.at())),
            last_healthy: standing.last_healthy.map(moment),
            next_due: standing.next_due.map(moment),
            consecutive_failures: standing.consecutive_failures,
            consecutive_successes: standing.consecutive_successes,
            last_error: standing.last_error.as_ref().and_then(|judged| self.error(judged)),
            cooldown: candidate.cooldown().map(|cooldown| self.cooldown(cooldown)),
            maintenance: maintenance
                .as_ref()
                .map(|maintenance| MaintenanceView::of(maintenance, &self.config.redactor)),
        }
    }

    fn error(&self, judged: &Judged) -> Option<LastError> {
        let failure = judged.outcome.failure.as_ref()?;
        Some(LastError {
            at: moment(judged.at()),
            error: self.caller.clean(&failure.message, self.config).into_owned(),
            exception_status: judged.verdict.exception_status,
        })
    }

    fn cooldown(&self, cooldown: &Cooldown) -> CooldownView {
        CooldownView {
            since: moment(cooldown.since),
            until: moment(cooldown.until),
            reason: self.caller.clean(&cooldown.reason, self.config).into_owned(),
            cause: match cooldown.cause {
                Cause::Traffic => "traffic",
                Cause::Probes => "probes",
            },
            exception_status: cooldown.status,
        }
    }
}

/// A moment in answers: RFC 3339 with milliseconds.
pub(super) fn moment(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Which deployments may get traffic.
#[derive(Serialize, ToSchema)]
pub(super) struct RoutingState {
    enable_health_check_routing: bool,
    /// Present while this machine itself can reach nothing: then earlier verdicts stay in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    suspended: Option<SuspensionView>,
    models: Vec<ModelRouting>,
}

/// Why verdicts are suspended.
#[derive(Serialize, ToSchema)]
pub(super) struct SuspensionView {
    #[schema(format = DateTime)]
    since: String,
    reason: String,
}

impl SuspensionView {
    pub(super) fn of(suspension: &Suspension) -> Self {
        Self { since: moment(suspension.since), reason: suspension.reason.clone() }
    }
}

/// The deployments of one public name.
#[derive(Serialize, ToSchema)]
struct ModelRouting {
    model_name: String,
    usable_count: usize,
    /// No deployment is usable by itself, so all may be tried that no operator took out.
    safety_net: bool,
    deployments: Vec<DeploymentRouting>,
}

/// A deployment with the decision on it and what that rests on.
#[derive(Serialize, ToSchema)]
struct DeploymentRouting {
    model_id: String,
    model: String,
    /// For admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    api_base: Option<String>,
    usable: bool,
    reason: Reason,
    /// When a refusal ends if nothing new is learned.
    #[schema(format = DateTime)]
    until: Option<String>,
    condition: Condition,
    #[schema(format = DateTime)]
    since: Option<String>,
    /// The latest check disagrees with the condition.
    turning: bool,
    status: Status,
    #[schema(format = DateTime)]
    checked_at: Option<String>,
    #[schema(format = DateTime)]
    last_healthy: Option<String>,
    #[schema(format = DateTime)]
    next_due: Option<String>,
    consecutive_failures: u32,
    consecutive_successes: u32,
    /// The latest failure, also when it is over.
    last_error: Option<LastError>,
    cooldown: Option<CooldownView>,
    maintenance: Option<MaintenanceView>,
}

/// A failure.
#[derive(Serialize, ToSchema)]
struct LastError {
    #[schema(format = DateTime)]
    at: String,
    error: String,
    exception_status: Option<u16>,
}

/// Why and how long a deployment is left alone.
#[derive(Serialize, ToSchema)]
struct CooldownView {
    #[schema(format = DateTime)]
    since: String,
    #[schema(format = DateTime)]
    until: String,
    reason: String,
    /// Whose failures led to it: `traffic` or `probes`.
    cause: &'static str,
    exception_status: Option<u16>,
}
