//! The public model names, as OpenAI's API lists models.

use std::collections::HashSet;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Config;
use crate::domain::Deployment;
use crate::probe::mode_of;

use super::auth::Caller;
use super::error::ApiError;
use super::query::Query;
use super::{AppState, json, shapes};

/// The `created` of every entry: LiteLLM's constant.
const CREATED: u64 = 1_677_610_602;

/// All public model names, in config order. Aliases come first.
#[utoipa::path(
    get, path = "/v1/models", tag = "models", security(("key" = [])),
    params(("healthy_only" = Option<bool>, Query, description = "Leave out names whose deployments are all unhealthy")),
    responses(
        (status = 200, description = "The names", body = shapes::ModelList),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 422, description = "`healthy_only` is no truth value", body = shapes::Validation),
    ),
)]
pub(super) async fn list_v1(
    State(state): State<AppState>,
    caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    std::future::ready(list_all(&state, &caller, &query)).await
}

/// The same without a version in the path.
#[utoipa::path(
    get, path = "/models", tag = "models", security(("key" = [])),
    params(("healthy_only" = Option<bool>, Query, description = "Leave out names whose deployments are all unhealthy")),
    responses(
        (status = 200, description = "The names", body = shapes::ModelList),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 422, description = "`healthy_only` is no truth value", body = shapes::Validation),
    ),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    std::future::ready(list_all(&state, &caller, &query)).await
}

/// One public model name. Names may contain slashes.
#[utoipa::path(
    get, path = "/v1/models/{*id}", tag = "models", security(("key" = [])),
    params(
        ("id" = String, Path, description = "A public model name"),
        ("healthy_only" = Option<bool>, Query, description = "Leave out names whose deployments are all unhealthy"),
    ),
    responses(
        (status = 200, description = "The model", body = shapes::Model),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 404, description = "No such name", body = shapes::Detail),
        (status = 422, description = "`healthy_only` is no truth value", body = shapes::Validation),
    ),
)]
pub(super) async fn get_v1(
    State(state): State<AppState>,
    caller: Caller,
    name: ModelName,
    query: Query,
) -> Result<Response, ApiError> {
    std::future::ready(get_one(&state, &caller, &name.0, &query)).await
}

/// The same without a version in the path.
#[utoipa::path(
    get, path = "/models/{*id}", tag = "models", security(("key" = [])),
    params(
        ("id" = String, Path, description = "A public model name"),
        ("healthy_only" = Option<bool>, Query, description = "Leave out names whose deployments are all unhealthy"),
    ),
    responses(
        (status = 200, description = "The model", body = shapes::Model),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 404, description = "No such name", body = shapes::Detail),
        (status = 422, description = "`healthy_only` is no truth value", body = shapes::Validation),
    ),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    name: ModelName,
    query: Query,
) -> Result<Response, ApiError> {
    std::future::ready(get_one(&state, &caller, &name.0, &query)).await
}

/// The rest of the path, which may contain slashes.
pub(super) struct ModelName(String);

impl<S: Send + Sync> FromRequestParts<S> for ModelName {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        // What is not UTF-8 once it is decoded can't be a name.
        let name = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(name.map_or_else(|_| "\u{fffd}".to_owned(), |Path(name)| name)))
    }
}

fn list_all(state: &AppState, caller: &Caller, query: &Query) -> Result<Response, ApiError> {
    let config = state.config.load();
    let hidden = hidden_names(state, &config, query)?;
    let aliases: Vec<&str> = aliases(caller, &config, &hidden).collect();
    let shown = distinct(caller, &config).into_iter().filter(|one| {
        let name = one.model_name.as_str();
        !hidden.contains(name) && !aliases.contains(&name)
    });
    let shown = shown.map(|deployment| entry(&config, deployment));
    let data: Vec<Value> = aliases.iter().map(|alias| model(alias)).chain(shown).collect();
    Ok(json::respond(StatusCode::OK, &json!({"data": data, "object": "list"})))
}

fn get_one(state: &AppState, caller: &Caller, name: &str, query: &Query) -> Result<Response, ApiError> {
    let config = state.config.load();
    let hidden = hidden_names(state, &config, query)?;
    if aliases(caller, &config, &hidden).any(|alias| alias == name) {
        return Ok(json::respond(StatusCode::OK, &model(name)));
    }
    let mut visible = caller.visible(&config.fleet);
    let found = visible.find(|one| one.model_name == name && !hidden.contains(name));
    let Some(deployment) = found else {
        let name = config.redactor.clean(name);
        return Err(ApiError::NotFound(format!("The model `{name}` does not exist or is not accessible")));
    };
    Ok(json::respond(StatusCode::OK, &entry(&config, deployment)))
}

/// The names that a listing leaves out, if the query or the configuration wants only what is healthy. As in LiteLLM a
/// request can't turn the configuration's wish off, and its own counts only where background checks serve
/// listings or routing.
pub(super) fn hidden_names<'a>(
    state: &AppState,
    config: &'a Config,
    query: &Query,
) -> Result<HashSet<&'a str>, ApiError> {
    let settings = &config.settings;
    let wants = query.flag("healthy_only")? || settings.listing.healthy_only;
    let knows = settings.background.enabled && (settings.listing.healthy_only || settings.routing.enabled);
    Ok(if wants && knows { state.board.unhealthy_names(config, Timestamp::now()) } else { HashSet::new() })
}

/// The first deployment of each public name.
fn distinct<'a>(caller: &Caller, config: &'a Config) -> Vec<&'a Deployment> {
    let mut seen = HashSet::new();
    let all = caller.visible(&config.fleet);
    all.filter(|deployment| seen.insert(deployment.model_name.as_str())).map(AsRef::as_ref).collect()
}

/// The aliases that are to be seen: by their own name or by that of what they stand for.
fn aliases<'a>(caller: &Caller, config: &'a Config, hidden: &HashSet<&str>) -> impl Iterator<Item = &'a str> {
    let aliases = config.settings.proxy.aliases.iter().filter(|(name, alias)| {
        let is_open = caller.opens(name) || caller.opens(&alias.model);
        is_open && !alias.is_hidden && !hidden.contains(alias.model.as_str())
    });
    aliases.map(|(name, _)| name.as_str())
}

fn model(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": CREATED, "owned_by": "openai"})
}

fn entry(config: &Config, deployment: &Deployment) -> Value {
    let mut entry = model(&deployment.model_name);
    if let Some(mode) = mode_of(deployment, &config.catalog) {
        entry["mode"] = mode.into();
    }
    entry
}
