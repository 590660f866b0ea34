//! Every deployment as the configuration describes it, credentials left out or masked.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::config::{Config, is_secret_key};
use crate::domain::{Deployment, Secret};
use crate::probe::mode_of;

use super::auth::Caller;
use super::error::ApiError;
use super::models::hidden_names;
use super::query::Query;
use super::view::{ADMIN_ONLY, Clean};
use super::{AppState, json, shapes};

/// Parameters that LiteLLM leaves out altogether.
const LEFT_OUT: [&str; 5] =
    ["api_key", "client_secret", "vertex_credentials", "aws_access_key_id", "aws_secret_access_key"];

/// Parameters that every entry has in LiteLLM, false unless the config says otherwise.
const FLAGS: [&str; 5] = [
    "allow_client_keepalive_override",
    "use_in_pass_through",
    "use_litellm_proxy",
    "use_xai_oauth",
    "merge_reasoning_content_in_choices",
];

/// All deployments in config order, or the one with `litellm_model_id`.
#[utoipa::path(
    get, path = "/v1/model/info", tag = "models", security(("key" = [])),
    params(
        ("litellm_model_id" = Option<String>, Query, description = "The id of one deployment"),
        ("healthy_only" = Option<bool>, Query, description = "Leave out names whose deployments are all unhealthy"),
    ),
    responses(
        (status = 200, description = "The deployments", body = shapes::ModelInfoList),
        (status = 400, description = "No deployment has this id", body = shapes::DetailObject),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 422, description = "`healthy_only` is no truth value", body = shapes::Validation),
    ),
)]
pub(super) async fn info_v1(
    State(state): State<AppState>,
    caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    std::future::ready(info_of(&state, &caller, &query)).await
}

/// The same without a version in the path.
#[utoipa::path(
    get, path = "/model/info", tag = "models", security(("key" = [])),
    params(
        ("litellm_model_id" = Option<String>, Query, description = "The id of one deployment"),
        ("healthy_only" = Option<bool>, Query, description = "Leave out names whose deployments are all unhealthy"),
    ),
    responses(
        (status = 200, description = "The deployments", body = shapes::ModelInfoList),
        (status = 400, description = "No deployment has this id", body = shapes::DetailObject),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 422, description = "`healthy_only` is no truth value", body = shapes::Validation),
    ),
)]
pub(super) async fn info(
    State(state): State<AppState>,
    caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    std::future::ready(info_of(&state, &caller, &query)).await
}

fn info_of(state: &AppState, caller: &Caller, query: &Query) -> Result<Response, ApiError> {
    let config = state.config.load();
    let mut data: Vec<Value> = if let Some(id) = query.non_empty("litellm_model_id") {
        let found = config.fleet.by_id(id).filter(|deployment| caller.sees(deployment));
        let deployment = found.ok_or_else(|| ApiError::UnknownModelId(unknown_id(&config, id)))?;
        vec![entry(&config, deployment)]
    } else {
        let hidden = hidden_names(state, &config, query)?;
        let shown = caller.visible(&config.fleet).filter(|one| !hidden.contains(one.model_name.as_str()));
        shown.map(|deployment| entry(&config, deployment)).collect()
    };
    if caller.is_viewer {
        for entry in &mut data {
            hide_addresses(entry, &config);
        }
    }
    Ok(json::respond(StatusCode::OK, &json!({"data": data})))
}

/// Takes what only admins see out of an entry, and addresses out of what remains.
fn hide_addresses(entry: &mut Value, config: &Config) {
    if let Some(params) = entry["litellm_params"].as_object_mut() {
        params.retain(|key, _| !ADMIN_ONLY.contains(&key.as_str()));
    }
    *entry = json!(Clean { value: entry, redactor: &config.addresses });
}

fn unknown_id(config: &Config, id: &str) -> String {
    format!("Model id = {} not found on litellm proxy", config.redactor.clean(id))
}

fn entry(config: &Config, deployment: &Deployment) -> Value {
    let mut params: Map<String, Value> = deployment
        .params
        .iter()
        .filter(|(key, _)| !LEFT_OUT.contains(key))
        .map(|(key, value)| (key.to_owned(), masked(config, key, value)))
        .collect();
    for flag in FLAGS {
        params.entry(flag).or_insert(Value::Bool(false));
    }
    let mut info = Map::new();
    info.insert("id".to_owned(), (*deployment.id).into());
    info.insert("db_model".to_owned(), false.into());
    for (key, value) in deployment.info.iter().filter(|(key, _)| *key != "id") {
        info.insert(key.to_owned(), masked(config, key, value));
    }
    for (key, value) in known(config, deployment) {
        info.entry(key).or_insert(value);
    }
    json!({"model_name": deployment.model_name, "litellm_params": params, "model_info": info})
}

/// What the catalog adds to an entry's own `model_info`.
fn known(config: &Config, deployment: &Deployment) -> Vec<(&'static str, Value)> {
    let mut known = Vec::new();
    if let Some(mode) = mode_of(deployment, &config.catalog) {
        known.push(("mode", mode.into()));
    }
    if let Some(facts) = config.catalog.lookup(&deployment.model) {
        known.push(("key", facts.name.into()));
        known.push(("litellm_provider", facts.provider.into()));
        known.push(("input_cost_per_token", facts.input_cost.into()));
        known.push(("output_cost_per_token", facts.output_cost.into()));
        known.push(("supports_reasoning", facts.reasoning.into()));
    }
    known
}

/// A value as it may be shown: masked under a key that names a credential, cleaned elsewhere.
fn masked(config: &Config, key: &str, value: &Value) -> Value {
    if is_secret_key(key) {
        return hidden(value);
    }
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), masked(config, key, value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| masked(config, key, item)).collect::<Vec<_>>().into(),
        _ => json!(Clean { value, redactor: &config.redactor }),
    }
}

/// The shape of a value without what is in it.
fn hidden(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Number(number) => Secret::from(number.to_string()).masked().into(),
        Value::String(text) => Secret::from(text.as_str()).masked().into(),
        Value::Array(items) => items.iter().map(hidden).collect::<Vec<_>>().into(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), hidden(value))).collect::<Map<_, _>>().into()
        }
    }
}
