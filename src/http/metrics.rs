//! `GET /metrics`: for Prometheus and whatever reads the same.

use axum::extract::{FromRequestParts, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::metrics::{self, Format, Sources};

use super::auth::Caller;
use super::error::ApiError;
use super::{AppState, shapes};

/// Everything that can be counted, as text.
///
/// Prometheus' own format, or OpenMetrics when `Accept` asks for it. Needs the key unless `llmhealth.metrics.public`
/// is true; addresses of deployments are for admins alone.
#[utoipa::path(
    get, path = "/metrics", tag = "metrics", security((), ("key" = [])),
    responses(
        (status = 200, description = "Metrics", body = String, content_type = "text/plain"),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
    ),
)]
pub(super) async fn metrics(
    State(state): State<AppState>,
    headers: HeaderMap,
    Scraper(caller): Scraper,
) -> Response {
    std::future::ready(page(&state, format(&headers), &caller)).await
}

fn page(state: &AppState, format: Format, caller: &Caller) -> Response {
    let config = state.config.load();
    let sources = Sources {
        config: &config,
        board: &state.board,
        checker: &state.checker,
        reloads: state.reloader.tally(),
        sees: &|deployment| caller.sees(deployment),
        shows_addresses: caller.is_admin,
        sees_all: caller.models.is_none(),
        refusals: if caller.models.is_none() { state.proxy.refusals() } else { Vec::new() },
        in_flight: state.lifecycle.in_flight(),
        now: Timestamp::now(),
    };
    let content_type = HeaderValue::from_static(format.content_type());
    ([(CONTENT_TYPE, content_type)], metrics::page(&sources, format)).into_response()
}

/// Who scrapes: a caller with a key, or anybody if the page is public.
pub(super) struct Scraper(Caller);

impl FromRequestParts<AppState> for Scraper {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match Caller::from_request_parts(parts, state).await {
            Ok(caller) => Ok(Self(caller)),
            Err(_) if state.config.load().settings.metrics.public => Ok(Self(Caller::anybody())),
            Err(error) => Err(error),
        }
    }
}

/// The format that is asked for: OpenMetrics only by its name.
fn format(headers: &HeaderMap) -> Format {
    let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut media_types = accepts.flat_map(|value| value.split(','));
    if media_types.any(|media_type| media_type.trim().starts_with("application/openmetrics-text")) {
        Format::OpenMetrics
    } else {
        Format::Prometheus
    }
}
