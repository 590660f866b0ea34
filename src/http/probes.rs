//! What Kubernetes and load balancers ask: liveness, readiness, draining, backlog.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use crate::state::Phase;

use super::auth::Caller;
use super::error::ApiError;
use super::routing_state::SuspensionView;
use super::view::Clean;
use super::{AppState, LITELLM_VERSION, json, shapes};

/// Leaving the pool.
pub(super) const DRAIN: &str = "/health/drain";

/// Whether the process runs. Depends on nothing but the event loop.
#[utoipa::path(
    get, path = "/health/liveliness", tag = "probes",
    responses(
        (status = 200, description = "Alive", body = String, content_type = "application/json"),
        (status = 503, description = "Shutting down", body = shapes::ShuttingDown),
    ),
)]
pub(super) async fn liveliness(State(state): State<AppState>) -> Response {
    std::future::ready(alive(&state)).await
}

/// The same under its other name.
#[utoipa::path(
    get, path = "/health/liveness", tag = "probes",
    responses(
        (status = 200, description = "Alive", body = String, content_type = "application/json"),
        (status = 503, description = "Shutting down", body = shapes::ShuttingDown),
    ),
)]
pub(super) async fn liveness(State(state): State<AppState>) -> Response {
    std::future::ready(alive(&state)).await
}

fn alive(state: &AppState) -> Response {
    match state.lifecycle.phase() {
        Phase::Draining => shutting_down(),
        Phase::Starting | Phase::Ready => json::respond(StatusCode::OK, &"I'm alive!"),
    }
}

/// Whether this daemon can serve. Says nothing of the deployments, unless
/// `llmhealth.readiness.min_healthy_ratio` is set.
#[utoipa::path(
    get, path = "/health/readiness", tag = "probes",
    responses(
        (status = 200, description = "Ready", body = shapes::Readiness),
        (status = 503, description = "Starting, shutting down, or too few deployments are healthy", body = shapes::Readiness),
    ),
)]
pub(super) async fn readiness(State(state): State<AppState>) -> Response {
    let config = state.config.load();
    let body = if config.settings.readiness.public_details {
        details_body(&state)
    } else {
        readiness_body("healthy")
    };
    std::future::ready(match state.lifecycle.phase() {
        Phase::Draining => shutting_down(),
        Phase::Starting => {
            let mut body = readiness_body("starting");
            body["pending"] = json!(*state.lifecycle.pending());
            json::respond(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
        Phase::Ready if too_few_healthy(&state) => {
            json::respond(StatusCode::SERVICE_UNAVAILABLE, &readiness_body("too few deployments are healthy"))
        }
        Phase::Ready => json::respond(StatusCode::OK, &body),
    })
    .await
}

/// Readiness with versions, deployments and uptime.
#[utoipa::path(
    get, path = "/health/readiness/details", tag = "probes", security(("key" = [])),
    responses(
        (status = 200, description = "Details; 200 also while draining", body = shapes::ReadinessDetails),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn readiness_details(State(state): State<AppState>, _caller: Caller) -> Response {
    std::future::ready(json::respond(StatusCode::OK, &details_body(&state))).await
}

/// How many requests are under way, this one included.
#[utoipa::path(
    get, path = "/health/backlog", tag = "probes", security(("key" = [])),
    responses(
        (status = 200, description = "Counts", body = shapes::Backlog),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn backlog(State(state): State<AppState>, _caller: Caller) -> Response {
    let body = json!({
        "in_flight_requests": state.lifecycle.in_flight(),
        "admitted_requests": 0,
        "queued_requests": 0,
        "rejected_requests": 0,
    });
    std::future::ready(json::respond(StatusCode::OK, &body)).await
}

/// Stops taking part, for good, and returns when the requests under way have ended.
///
/// Off unless `general_settings.enable_drain_endpoint` is true.
#[utoipa::path(
    get, path = "/health/drain", tag = "probes",
    params(("X-Drain-Token" = Option<String>, Header, description = "`general_settings.drain_endpoint_token`, when there is one")),
    responses(
        (status = 200, description = "Drained", body = shapes::Drained),
        (status = 401, description = "Missing or wrong token", body = shapes::Detail),
        (status = 404, description = "Not enabled", body = shapes::Detail),
    ),
)]
pub(super) async fn drain(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, ApiError> {
    let config = state.config.load_full();
    let settings = &config.settings.drain;
    if !settings.endpoint {
        return Err(ApiError::NotFound("Not Found".to_owned()));
    }
    if let Some(token) = &settings.token {
        let shown = headers.get("x-drain-token").and_then(|value| value.to_str().ok());
        if !shown.is_some_and(|shown| token.matches(shown)) {
            return Err(ApiError::DrainToken);
        }
    }
    state.lifecycle.drain();
    let drained = state.lifecycle.wait_until_left(0, settings.timeout).await;
    Ok(json::respond(StatusCode::OK, &json!({"status": "drained", "drained_requests": drained})))
}

/// What may be asked of readiness, for browsers.
#[utoipa::path(
    options, path = "/health/readiness", tag = "probes",
    responses((status = 200, description = "Allowed methods, in headers")),
)]
pub(super) async fn readiness_options() -> Response {
    std::future::ready(options()).await
}

/// What may be asked of liveness, for browsers.
#[utoipa::path(
    options, path = "/health/liveliness", tag = "probes",
    responses((status = 200, description = "Allowed methods, in headers")),
)]
pub(super) async fn liveliness_options() -> Response {
    std::future::ready(options()).await
}

/// The same under its other name.
#[utoipa::path(
    options, path = "/health/liveness", tag = "probes",
    responses((status = 200, description = "Allowed methods, in headers")),
)]
pub(super) async fn liveness_options() -> Response {
    std::future::ready(options()).await
}

fn options() -> Response {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::ALLOW, HeaderValue::from_static("GET, OPTIONS")),
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, OPTIONS")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*")),
    ];
    (StatusCode::OK, headers).into_response()
}

fn shutting_down() -> Response {
    json::respond(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "shutting_down"}))
}

fn readiness_body(status: &str) -> Value {
    json!({"status": status, "db": "Not connected"})
}

/// Whether fewer of the judged deployments are healthy than the configuration demands.
fn too_few_healthy(state: &AppState) -> bool {
    let Some(least) = state.config.load().settings.readiness.min_healthy_ratio else { return false };
    let snapshot = state.board.snapshot();
    let (healthy, judged) = snapshot.healthy_and_judged();
    #[expect(clippy::cast_precision_loss, reason = "a ratio of counts far below 2^52")]
    let ratio = healthy as f64 / judged.max(1) as f64;
    judged > 0 && ratio < least
}

fn details_body(state: &AppState) -> Value {
    let config = state.config.load();
    let callbacks = &config.settings.callbacks;
    let level = LevelFilter::current();
    let mut body = json!({
        "status": "healthy",
        "db": "Not connected",
        "cache": callbacks.cache,
        "litellm_version": LITELLM_VERSION,
        "success_callbacks": callbacks.success,
        "use_aiohttp_transport": false,
        "log_level": python_level(level),
        "is_detailed_debug": level >= LevelFilter::DEBUG,
        // There is no admin UI that could show them.
        "show_no_redis_warning": false,
        "show_env_credential_login_warning": false,
        "llmhealth_version": env!("CARGO_PKG_VERSION"),
        "deployments": config.fleet.all().len(),
        "uptime_seconds": state.lifecycle.uptime().as_secs(),
    });
    if let Some(suspension) = state.board.suspension() {
        body["suspended"] = json!(SuspensionView::of(&suspension));
    }
    json!(Clean { value: &body, redactor: &config.redactor })
}

/// The name of a log level in Python.
fn python_level(level: LevelFilter) -> &'static str {
    match level {
        LevelFilter::OFF => "CRITICAL",
        LevelFilter::ERROR => "ERROR",
        LevelFilter::WARN => "WARNING",
        LevelFilter::INFO => "INFO",
        _ => "DEBUG",
    }
}
