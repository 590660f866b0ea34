//! All routes in one list, and what is done to every answer.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, options};
use tokio_util::task::AbortOnDropHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::{AppState, compat, health, model_info, models, openapi, probes, test_connection};

/// What LiteLLM puts on every answer.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::VARY, HeaderValue::from_static("Origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// The daemon's routes.
pub fn router(state: AppState) -> Router {
    let working = working().route_layer(from_fn_with_state(state.clone(), work_elsewhere));
    let (routes, document) = immediate().merge(working).split_for_parts();
    let paths: HashSet<String> = document.paths.paths.keys().cloned().collect();
    let document = Arc::new(document);
    routes
        .route("/openapi.json", get(move || std::future::ready(openapi::respond(&document))))
        .route("/health/readiness", options(probes::options))
        .route("/health/liveliness", options(probes::options))
        .route("/health/liveness", options(probes::options))
        .method_not_allowed_fallback(|| std::future::ready(ApiError::MethodNotAllowed))
        .fallback(move |method: Method, uri: Uri| std::future::ready(unknown(&paths, &method, &uri)))
        .layer(CompressionLayer::new().gzip(true))
        .layer(CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| report_panic(&*panic)))
        .layer(map_response(add_security_headers))
        .layer(from_fn_with_state(state.clone(), count))
        .with_state(state)
}

/// Routes that answer at once, on the thread that accepts.
fn immediate() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::Head::openapi())
        .routes(routes!(probes::liveliness))
        .routes(routes!(probes::liveness))
        .routes(routes!(probes::readiness))
        .routes(routes!(probes::readiness_details))
        .routes(routes!(probes::backlog))
        .routes(routes!(probes::drain))
        .routes(routes!(compat::test_route))
}

/// Routes that probe, or whose answers grow with the fleet.
fn working() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(test_connection::test_connection))
        .routes(routes!(models::list_v1))
        .routes(routes!(models::list))
        .routes(routes!(models::get_v1))
        .routes(routes!(models::get))
        .routes(routes!(model_info::info_v1))
        .routes(routes!(model_info::info))
        .routes(routes!(compat::history))
        .routes(routes!(compat::latest))
        .routes(routes!(compat::shared_status))
        .routes(routes!(compat::license))
        .routes(routes!(compat::services))
        .routes(routes!(compat::active_callbacks))
        .routes(routes!(compat::settings))
}

/// Works on a request where probes run, so that liveness never waits behind the answer for a large fleet. A
/// client that leaves takes its request with it, but not a fan-out.
async fn work_elsewhere(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let work = state.checker.runtime().spawn(next.run(request));
    match AbortOnDropHandle::new(work).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => ApiError::Internal.into_response(),
        },
    }
}

/// A known path with a slash too many is redirected; anything else does not exist.
fn unknown(paths: &HashSet<String>, method: &Method, uri: &Uri) -> Response {
    let shorter = uri.path().trim_end_matches('/');
    let is_known = shorter != uri.path() && paths.contains(shorter);
    if !is_known || *method == Method::OPTIONS {
        return ApiError::NotFound("Not Found".to_owned()).into_response();
    }
    let location = match uri.query() {
        Some(query) => format!("{shorter}?{query}"),
        None => shorter.to_owned(),
    };
    match HeaderValue::from_str(&location) {
        Ok(location) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response(),
        Err(_) => ApiError::NotFound("Not Found".to_owned()).into_response(),
    }
}

async fn add_security_headers(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().append(name, value);
    }
    std::future::ready(response).await
}

/// Counts requests under way, for the backlog and for draining.
async fn count(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let _in_flight = state.lifecycle.enter();
    next.run(request).await
}

/// A panic is a bug of ours: logged here, and told without details.
fn report_panic(panic: &(dyn Any + Send)) -> Response {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    ApiError::Internal.into_response()
}
