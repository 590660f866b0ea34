//! Routes of LiteLLM about things that this daemon does not have (a database, a license, shared checks) or only
//! names (callbacks): they answer as LiteLLM does in the same situation.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::auth::Caller;
use super::error::{ApiError, Invalid};
use super::query::Query;
use super::{AppState, json, shapes};

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
pub(super) async fn history(_caller: Caller, query: Query) -> Result<Response, ApiError> {
    query.integer("limit", 100, 1, Some(1000))?;
    query.integer("offset", 0, 0, None)?;
    std::future::ready(Err(ApiError::NoDatabase)).await
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
        (status = 422, description = "No service named, or it is not set up", body = shapes::Refusal),
    ),
)]
pub(super) async fn services(_caller: Caller, query: Query) -> Result<Response, ApiError> {
    let refusal = match query.get("service") {
        None => ApiError::Invalid(Invalid::missing_query("service")),
        Some(name) if SERVICES.contains(&name) => ApiError::ServiceNotSetUp(format!(
            "\"{name}\" not in proxy config: general_settings. Unable to test this."
        )),
        Some(name) => {
            let list = SERVICES.map(|service| format!("'{service}'")).join(", ");
            ApiError::UnknownService(format!("Service must be in list. Service={name} not in [{list}]"))
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
    let repr = |names: &[String]| {
        format!("[{}]", names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "))
    };
    let mut all: Vec<String> =
        [&names.callbacks, &names.success, &names.failure].into_iter().flatten().cloned().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    let alerting = if names.alerting.is_empty() { "None".to_owned() } else { repr(&names.alerting) };
    let body = json!({
        "alerting": alerting,
        "litellm.callbacks": repr(&names.callbacks),
        "litellm.input_callback": "[]",
        "litellm.failure_callback": repr(&names.failure),
        "litellm.success_callback": repr(&names.success),
        "litellm._async_success_callback": "[]",
        "litellm._async_failure_callback": "[]",
        "litellm._async_input_callback": "[]",
        "all_litellm_callbacks": repr(&all),
        "num_callbacks": count,
        "num_alerting": names.alerting.len(),
        "litellm.request_timeout": names.request_timeout.unwrap_or(6000.0),
    });
    json::respond(StatusCode::OK, &body)
}

/// Proves that the server routes.
#[utoipa::path(
    get, path = "/test", tag = "probes",
    responses((status = 200, description = "The route", body = shapes::Route)),
)]
pub(super) async fn test_route() -> Response {
    std::future::ready(json::respond(StatusCode::OK, &json!({"route": "/test"}))).await
}
