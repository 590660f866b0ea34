//! `/maintenance`: what is worked on, by word of an operator or by the windows of the configuration.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::config::Config;
use crate::domain::Redactor;
use crate::state::{Announcement, Maintenance, Target};

use super::auth::Caller;
use super::error::{ApiError, Invalid};
use super::routing_state::moment;
use super::{AppState, json, shapes};

const CHANGE: &str = "announce or cancel maintenance";

/// What is worked on now: the announcements, and every deployment in maintenance whatever the cause.
#[utoipa::path(
    get, path = "/maintenance", tag = "maintenance", security(("key" = [])),
    responses(
        (status = 200, description = "Announcements and deployments", body = MaintenanceList),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn list(State(state): State<AppState>, caller: Caller) -> Response {
    std::future::ready(list_now(&state, &caller)).await
}

fn list_now(state: &AppState, caller: &Caller) -> Response {
    let config = state.config.load();
    let calendar = state.board.calendar();
    let now = Timestamp::now();
    let mut announced = calendar.announced(now);
    let is_visible = |one: &Arc<Announcement>| {
        caller.visible(&config.fleet).any(|deployment| one.target.includes(deployment))
    };
    announced.retain(|one| caller.models.is_none() || is_visible(one));
    let deployments = caller.visible(&config.fleet).filter_map(|deployment| {
        let maintenance = calendar.of(deployment, now)?;
        Some(DeploymentInMaintenance {
            model_id: deployment.id.to_string(),
            model_name: config.redactor.clean(&deployment.model_name).into_owned(),
            maintenance: MaintenanceView::of(&maintenance, &config.redactor),
        })
    });
    let body = MaintenanceList {
        announced: announced.iter().map(|one| AnnouncementView::of(one, &config.redactor)).collect(),
        deployments: deployments.collect(),
    };
    json::respond(StatusCode::OK, &body)
}

/// Announces maintenance from now on. Meanwhile nobody is alerted; the deployments are probed, and used, unless told
/// otherwise. It survives a reload, and not a restart.
#[utoipa::path(
    post, path = "/maintenance", tag = "maintenance", security(("key" = [])),
    request_body = Announce,
    responses(
        (status = 201, description = "Announced", body = AnnouncementView),
        (status = 400, description = "The body is not JSON, or its end is not to be understood", body = shapes::TestRefused),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 403, description = "For admins", body = shapes::DetailObject),
        (status = 404, description = "No such deployment", body = shapes::DetailObject),
        (status = 408, description = "The body came too slowly", body = shapes::Detail),
        (status = 413, description = "The body is too large", body = shapes::Detail),
        (status = 422, description = "A field is missing or of a wrong type", body = shapes::Validation),
    ),
)]
pub(super) async fn announce(
    State(state): State<AppState>,
    caller: Caller,
    body: Body,
) -> Result<Response, ApiError> {
    caller.must_be_admin(CHANGE)?;
    let config = state.config.load_full();
    let server = &config.settings.server;
    let body = json::read(body, server.max_body_bytes, server.body_timeout).await?;
    let announcement = announcement(&body, &config, Timestamp::now())?;
    tracing::info!(key = %caller.name, id = announcement.id, until = %announcement.until, target = ?announcement.target, "maintenance");
    let answer = json::respond(StatusCode::CREATED, &AnnouncementView::of(&announcement, &config.redactor));
    state.board.calendar().announce(announcement);
    Ok(answer)
}

/// Ends announced maintenance before its time.
#[utoipa::path(
    delete, path = "/maintenance/{id}", tag = "maintenance", security(("key" = [])),
    params(("id" = String, Path, description = "The announcement's id")),
    responses(
        (status = 200, description = "Over; this is what it was", body = AnnouncementView),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 403, description = "For admins", body = shapes::DetailObject),
        (status = 404, description = "No such announcement", body = shapes::DetailObject),
    ),
)]
pub(super) async fn cancel(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    std::future::ready(cancel_now(&state, &caller, &id)).await
}

fn cancel_now(state: &AppState, caller: &Caller, id: &str) -> Result<Response, ApiError> {
    caller.must_be_admin(CHANGE)?;
    let config = state.config.load();
    let Some(cancelled) = state.board.calendar().cancel(id) else {
        let id = config.redactor.clean(id);
        return Err(ApiError::NotFoundObject(format!("No maintenance with ID {id} was announced")));
    };
    tracing::info!(key = %caller.name, id, "maintenance is over");
    Ok(json::respond(StatusCode::OK, &AnnouncementView::of(&cancelled, &config.redactor)))
}

/// Reads what an operator announces.
fn announcement(body: &Value, config: &Config, now: Timestamp) -> Result<Announcement, ApiError> {
    let Some(fields) = body.as_object() else {
        return Err(Invalid::wrong_type(&["body"], "dict_type", "dictionary").into());
    };
    let until = end(fields, now)?;
    Ok(Announcement {
        id: Uuid::now_v7().to_string(),
        target: target(fields, config)?,
        since: now,
        until,
        reason: text(fields, "reason")?.map(str::to_owned),
        is_probed: flag(fields, "probe")?.unwrap_or(true),
        is_routable: flag(fields, "routable")?.unwrap_or(true),
    })
}

fn target(fields: &Map<String, Value>, config: &Config) -> Result<Target, ApiError> {
    let fleet = &config.fleet;
    if let Some(id) = text(fields, "model_id")? {
        return match fleet.by_id(id) {
            Some(deployment) => Ok(Target::Deployment(deployment.id.clone())),
            None => Err(ApiError::NotFoundObject(format!(
                "Model with ID {} not found",
                config.redactor.clean(id)
            ))),
        };
    }
    let name = text(fields, "model")?.ok_or_else(|| Invalid::missing(["body", "model"]))?;
    if fleet.all().iter().any(|deployment| deployment.model_name == name) {
        return Ok(Target::Model(name.to_owned()));
    }
    Err(ApiError::NotFoundObject(format!("The model `{}` does not exist", config.redactor.clean(name))))
}

/// When it is over: `until`, or after `duration`.
fn end(fields: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, ApiError> {
    let refused = |message: &str| ApiError::Refused(message.to_owned());
    let until = if let Some(until) = text(fields, "until")? {
        until.parse().map_err(|_| refused("`until` must be a time such as `2026-01-02T03:04:05Z`"))?
    } else {
        let duration = fields.get("duration").filter(|value| !value.is_null());
        let duration = duration.ok_or_else(|| Invalid::missing(["body", "until"]))?;
        let duration = match duration {
            Value::String(text) => humantime::parse_duration(text).ok(),
            other => other.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        };
        let duration =
            duration.ok_or_else(|| refused("`duration` must be a duration such as `30m`, or seconds"))?;
        now.checked_add(duration).map_err(|_| refused("`duration` is too long"))?
    };
    if until <= now {
        return Err(refused("the end of the maintenance must be in the future"));
    }
    Ok(until)
}

fn text<'a>(fields: &'a Map<String, Value>, key: &'static str) -> Result<Option<&'a str>, Invalid> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Invalid::wrong_type(&["body", key], "string_type", "string")),
    }
}

fn flag(fields: &Map<String, Value>, key: &'static str) -> Result<Option<bool>, Invalid> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Invalid::wrong_type(&["body", key], "bool_type", "boolean")),
    }
}

/// What is announced: `model` or `model_id`, `until` or `duration`.
#[derive(Serialize, ToSchema)]
pub(super) struct Announce {
    /// A public name: all its deployments.
    model: Option<String>,
    /// The id of one deployment; counts more than `model`.
    model_id: Option<String>,
    /// RFC 3339; counts more than `duration`.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// `30m`, or a number of seconds.
    duration: Option<Value>,
    reason: Option<String>,
    /// Whether the deployments are probed meanwhile: yes, unless told otherwise.
    probe: Option<bool>,
    /// Whether they may be used meanwhile: yes, unless told otherwise.
    routable: Option<bool>,
}

/// Everything that is worked on.
#[derive(Serialize, ToSchema)]
pub(super) struct MaintenanceList {
    announced: Vec<AnnouncementView>,
    deployments: Vec<DeploymentInMaintenance>,
}

/// What was announced.
#[derive(Serialize, ToSchema)]
pub(super) struct AnnouncementView {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    model_id: Option<String>,
    #[serde(flatten)]
    maintenance: MaintenanceView,
}

impl AnnouncementView {
    fn of(announcement: &Announcement, redactor: &Redactor) -> Self {
        let (model, model_id) = match &announcement.target {
            Target::Model(name) => (Some(redactor.clean(name).into_owned()), None),
            Target::Deployment(id) => (None, Some(id.to_string())),
        };
        let maintenance = MaintenanceView::of(&announcement.maintenance(), redactor);
        Self { id: announcement.id.clone(), model, model_id, maintenance }
    }
}

/// A deployment that is worked on.
#[derive(Serialize, ToSchema)]
struct DeploymentInMaintenance {
    model_id: String,
    model_name: String,
    #[serde(flatten)]
    maintenance: MaintenanceView,
}

/// Maintenance that goes on.
#[derive(Serialize, ToSchema)]
pub(super) struct MaintenanceView {
    #[schema(format = DateTime)]
    since: String,
    #[schema(format = DateTime)]
    until: String,
    reason: Option<String>,
    /// Whether it is probed meanwhile.
    probe: bool,
    /// Whether it may be used meanwhile.
    routable: bool,
}

impl MaintenanceView {
    pub(super) fn of(maintenance: &Maintenance, redactor: &Redactor) -> Self {
        Self {
            since: moment(maintenance.since),
            until: moment(maintenance.until),
            reason: maintenance.reason.as_ref().map(|reason| redactor.clean(reason).into_owned()),
            probe: maintenance.is_probed,
            routable: maintenance.is_routable,
        }
    }
}
