//! Routes of LiteLLM about things that this daemon does not have (a database, a license, shared checks) or only
//! names (callbacks): they answer as LiteLLM does in the same situation.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::config::python_repr;

use super::auth::Caller;
use super::error::{ApiError, Invalid};
use super::query::Query;
use super::view::Clean;
use super::{AppState, json, shapes};

/// LiteLLM's default of `litellm_settings.request_timeout`, in seconds.
const REQUEST_TIMEOUT: f64 = 6000.0;

/// Services that LiteLLM can test. None of them is ours to reach.
const SERVICES: [&str; 12] = [
    "slack_budget_alerts",
    "langfuse",
    "langfuse_otel",
    "slack",
    "openmeter",
    "webhook",
    "email",
    "braintrust",
    "datadog",
    "datadog_llm_observability",
    "generic_api",
    "arize",
];

/// History of checks. There is no store.
#[utoipa::path(
    get, path = "/health/history", tag = "health", security(("key" = [])),
    params(
        ("model" = Option<String>, Query, description = "A public model name"),
        ("status_filter" = Option<String>, Query, description = "`healthy` or `unhealthy`"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 1000, description = "How many"),
        ("offset" = Option<i64>, Query, minimum = 0, description = "After how many"),
    ),
    responses(
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 422, description = "A parameter is out of bounds", body = shapes::Validation),
        (status = 500, description = "There is no store", body = shapes::DetailObject),
    ),
)]
pub(super) async fn history(
    State(state): State<AppState>,
    _caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    let limit = query.integer("limit", 100, 1..=1000);
    let offset = query.integer("offset", 0, 0..=i64::MAX);
    let config = state.config.load();
    let clean = |mistake: Invalid| Invalid {
        input: mistake.input.map(|text| config.redactor.clean(&text).into_owned()),
        ..mistake
    };
    let mistakes: Vec<Invalid> = [limit.err(), offset.err()].into_iter().flatten().map(clean).collect();
    let refusal = if mistakes.is_empty() { ApiError::NoDatabase } else { ApiError::Invalid(mistakes) };
    std::future::ready(Err(refusal)).await
}

/// The latest stored check of each deployment. There is no store.
#[utoipa::path(
    get, path = "/health/latest", tag = "health", security(("key" = [])),
    responses(
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 500, description = "There is no store", body = shapes::DetailObject),
    ),
)]
pub(super) async fn latest(_caller: Caller) -> Result<Response, ApiError> {
    std::future::ready(Err(ApiError::NoDatabase)).await
}

/// Whether replicas share their checks. They don't.
#[utoipa::path(
    get, path = "/health/shared-status", tag = "health", security(("key" = [])),
    responses(
        (status = 200, description = "Off", body = shapes::SharedStatus),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn shared_status(_caller: Caller) -> Response {
    let body = json!({"shared_health_check_enabled": false, "message": "Shared health check is not enabled"});
    std::future::ready(json::respond(StatusCode::OK, &body)).await
}

/// The license of a LiteLLM proxy. There is none to have.
#[utoipa::path(
    get, path = "/health/license", tag = "health", security(("key" = [])),
    responses(
        (status = 200, description = "Community", body = shapes::License),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn license(_caller: Caller) -> Response {
    let body = json!({
        "has_license": false, "license_type": "community", "expiration_date": null, "allowed_features": [],
        "limits": {"max_users": null, "max_teams": null},
    });
    std::future::ready(json::respond(StatusCode::OK, &body)).await
}

/// Tests an integration. None is built in, so every answer says why it can't be tested.
#[utoipa::path(
    get, path = "/health/services", tag = "health", security(("key" = [])),
    params(("service" = String, Query, description = "The integration's name")),
    responses(
        (status = 400, description = "No such service", body = shapes::ErrorEnvelope),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 422, description = "No service named, or it can't be tested", body = shapes::ServiceRefused),
    ),
)]
pub(super) async fn services(
    State(state): State<AppState>,
    _caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    let config = state.config.load();
    let named = &config.settings.callbacks;
    let mut set_up =
        [&named.alerting, &named.callbacks, &named.success, &named.failure].into_iter().flatten();
    let refusal = match query.get("service") {
        None => Invalid::missing(["query", "service"]).into(),
        Some(name) if set_up.any(|service| service == name) => ApiError::UntestableService(format!(
            "\"{name}\" is in the config, but llmhealth does not send to it. Unable to test this."
        )),
        Some(name) if SERVICES.contains(&name) => ApiError::UntestableService(format!(
            "\"{name}\" not in proxy config: general_settings. Unable to test this."
        )),
        Some(name) => {
            let name = config.redactor.clean(name);
            let list = python_list(SERVICES);
            ApiError::UnknownService(format!("Service must be in list. Service={name} not in {list}"))
        }
    };
    std::future::ready(Err(refusal)).await
}

/// The integrations that the configuration names.
#[utoipa::path(
    get, path = "/active/callbacks", tag = "settings", security(("key" = [])),
    responses(
        (status = 200, description = "Names", body = shapes::Callbacks),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn active_callbacks(State(state): State<AppState>, _caller: Caller) -> Response {
    std::future::ready(callbacks(&state)).await
}

/// The same under its other name.
#[utoipa::path(
    get, path = "/settings", tag = "settings", security(("key" = [])),
    responses(
        (status = 200, description = "Names", body = shapes::Callbacks),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn settings(State(state): State<AppState>, _caller: Caller) -> Response {
    std::future::ready(callbacks(&state)).await
}

/// LiteLLM answers with the `repr` of its Python lists.
fn callbacks(state: &AppState) -> Response {
    let config = state.config.load();
    let names = &config.settings.callbacks;
    let mut all: Vec<&str> = Vec::new();
    for name in [&names.callbacks, &names.success, &names.failure].into_iter().flatten() {
        if !all.contains(&name.as_str()) {
            all.push(name);
        }
    }
    let alerting = if names.alerting.is_empty() { "None".to_owned() } else { python_list(&names.alerting) };
    let body = json!({
        "alerting": alerting,
        "litellm.callbacks": python_list(&names.callbacks),
        "litellm.input_callback": "[]",
        "litellm.failure_callback": python_list(&names.failure),
        "litellm.success_callback": python_list(&names.success),
        "litellm._async_success_callback": "[]",
        "litellm._async_failure_callback": "[]",
        "litellm._async_input_callback": "[]",
        "all_litellm_callbacks": python_list(&all),
        "num_callbacks": all.len(),
        "num_alerting": names.alerting.len(),
        "litellm.request_timeout": names.request_timeout.unwrap_or(REQUEST_TIMEOUT),
    });
    json::respond(StatusCode::OK, &Clean { value: &body, redactor: &config.redactor })
}

/// `repr` of a list of texts.
fn python_list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| python_repr(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// Proves that the server routes.
#[utoipa::path(
    get, path = "/test", tag = "probes",
    responses((status = 200, description = "The route", body = shapes::Route)),
)]
pub(super) async fn test_route() -> Response {
    std::future::ready(json::respond(StatusCode::OK, &json!({"route": "/test"}))).await
}
