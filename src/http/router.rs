//! All routes in one list, and what is done to every answer.

use std::any::Any;
use std::collections::HashSet;
use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use tokio_util::task::AbortOnDropHandle;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::state::Lifecycle;

use super::error::ApiError;
use super::openapi::Document;
use super::pages::Pages;
use super::route::{Handlers, Route, route};
use super::{
    AppState, call, compat, health, maintenance, metrics, model_info, models, openapi, probes, reload,
    routing_state, test_connection,
};

/// What LiteLLM puts on every answer.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::VARY, HeaderValue::from_static("Origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Smaller answers, in bytes, are not worth compressing.
pub(super) const WORTH_IT: u16 = 4096;

/// Routes that answer at once, on the thread that accepts.
const IMMEDIATE: &[Route] = &[
    route!(probes::liveliness, probes::liveliness_options),
    route!(probes::liveness, probes::liveness_options),
    route!(probes::readiness, probes::readiness_options),
    route!(probes::readiness_details),
    route!(probes::backlog),
    route!(probes::drain),
    route!(compat::test_route),
];

/// Routes that probe, or whose answers are large.
const WORKING: &[Route] = &[
    route!(health::health),
    route!(test_connection::test_connection),
    route!(models::list_v1),
    route!(models::list),
    route!(models::get_v1),
    route!(models::get),
    route!(model_info::info_v1),
    route!(model_info::info),
    route!(routing_state::routing_state),
    route!(maintenance::list, maintenance::announce),
    route!(maintenance::cancel),
    route!(metrics::metrics),
    route!(compat::history),
    route!(compat::latest),
    route!(compat::shared_status),
    route!(compat::license),
    route!(compat::services),
    route!(compat::active_callbacks),
    route!(compat::settings),
    route!(reload::reload),
    route!(openapi::openapi),
];

/// Routes that call deployments for clients.
const CALLING: &[Route] = &[
    route!(call::chat_v1),
    route!(call::chat),
    route!(call::embeddings_v1),
    route!(call::embeddings),
    route!(call::completions_v1),
    route!(call::completions),
    route!(call::responses_v1),
    route!(call::responses),
    route!(call::azure_responses_v1),
    route!(call::azure_responses),
    route!(call::azure),
    route!(call::engines),
];

/// The daemon's routes.
pub fn router(state: AppState) -> Router {
    let mut paths = HashSet::new();
    let immediate = routed(IMMEDIATE, &mut paths);
    let working = routed(WORKING, &mut paths)
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(SizeAbove::new(WORTH_IT)),
        )
        .layer(from_fn_with_state(state.clone(), work_elsewhere))
        .layer(Extension(Document::default()))
        .layer(Extension(Pages::default()));
    let calling = routed(CALLING, &mut paths);
    immediate
        .merge(working)
        .merge(calling)
        .method_not_allowed_fallback(|| ready(ApiError::MethodNotAllowed))
        .fallback(move |uri: Uri| ready(unknown(&paths, &uri)))
        .layer(from_fn_with_state(Arc::clone(&state.lifecycle), around))
        .with_state(state)
}

/// The routes of a list. Takes note of their paths.
fn routed(list: &[Route], paths: &mut HashSet<String>) -> Router<AppState> {
    list.iter().fold(Router::new(), |routes, route| {
        let Handlers { path, methods } = (route.handlers)();
        let routes = routes.route(&path, methods);
        paths.insert(path);
        routes
    })
}

/// The description of all routes.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    let head = OpenApiRouter::with_openapi(openapi::Head::openapi());
    let all = [IMMEDIATE, WORKING, CALLING].into_iter().flatten();
    all.fold(head, |routes, route| routes.routes((route.described)())).into_openapi()
}

/// Works on a request where probes run, so that liveness never waits behind the answer for a large fleet. A
/// client that leaves takes its request with it, but not a fan-out.
async fn work_elsewhere(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let work = async move {
        let (head, body) = next.run(request).await.into_parts();
        // Compression works while a body is read.
        match body.collect().await {
            Ok(body) => Response::from_parts(head, Body::from(body.to_bytes())),
            Err(error) => {
                tracing::error!(%error, "cannot compress an answer");
                ApiError::Internal.into_response()
            }
        }
    };
    elsewhere(&state, work).await
}

/// Works where probes run. Dropped, it takes the work with it.
pub(super) async fn elsewhere(
    state: &AppState,
    work: impl Future<Output = Response> + Send + 'static,
) -> Response {
    match AbortOnDropHandle::new(state.checker.runtime().spawn(work)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => ApiError::Internal.into_response(),
        },
    }
}

/// A known path with a slash too many is redirected; anything else does not exist.
fn unknown(paths: &HashSet<String>, uri: &Uri) -> Response {
    let shorter = uri.path().trim_end_matches('/');
    let location = match uri.query() {
        Some(query) => format!("{shorter}?{query}"),
        None => shorter.to_owned(),
    };
    match HeaderValue::from_str(&location) {
        Ok(location) if shorter != uri.path() && paths.contains(shorter) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
        }
        _ => ApiError::NotFound("Not Found".to_owned()).into_response(),
    }
}

/// What is done around every request: it counts as under way, for the backlog and for draining, until its answer is there,
/// and a stream until its end; a panic is answered too. Requests that wait for the others to end are not counted.
async fn around(State(lifecycle): State<Arc<Lifecycle>>, request: Request, next: Next) -> Response {
    let in_flight = (request.uri().path() != probes::DRAIN).then(|| lifecycle.enter());
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|panic| report_panic(&*panic));
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().append(name, value);
    }
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _in_flight = &in_flight;
            frame
        }))
    })
}

/// A panic is a bug of ours: logged here, and told without details.
fn report_panic(panic: &(dyn Any + Send)) -> Response {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    ApiError::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn defect() -> Response {
        ready(()).await;
        panic!("a defect with sk-12345678 in it")
    }

    #[tokio::test]
    async fn a_panic_is_told_without_its_words() {
        let router: Router =
            Router::new().route("/", get(defect)).layer(from_fn_with_state(Lifecycle::starting(&[]), around));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let told = r#"{"error":{"message":"Internal server error","type":"internal_server_error","param":null,"code":"500"}}"#;
        assert_eq!(body, told);
    }
}
