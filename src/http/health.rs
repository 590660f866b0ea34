//! `GET /health`: the verdict on every deployment, or on those that the query names.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::config::Config;
use crate::domain::Deployment;
use crate::probe::{Report, Scope, Source};

use super::auth::Caller;
use super::error::ApiError;
use super::query::Query;
use super::view::HealthView;
use super::{AppState, json, shapes};

const NOTICE: HeaderName = HeaderName::from_static("litellm-health-field-notice");
const NOTICE_TEXT: HeaderValue = HeaderValue::from_static(
    "api_base, api_version, aws_bedrock_runtime_endpoint are admin-only on this endpoint",
);

/// The verdict on every deployment, probing them now.
///
/// Untargeted it is always 200. With `model` or `model_id` it is 503 when nothing that they name is
/// healthy, with the same body.
#[utoipa::path(
    get, path = "/health", tag = "health", security(("key" = [])),
    params(
        ("model" = Option<String>, Query, description = "A public model name, or a provider's model as in `litellm_params.model`"),
        ("model_id" = Option<String>, Query, description = "The id of one deployment; counts more than `model`"),
    ),
    responses(
        (status = 200, description = "Judged", body = shapes::Health),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 403, description = "Not for this caller, or no such model", body = shapes::DetailObject),
        (status = 404, description = "No deployment has this id", body = shapes::DetailObject),
        (status = 503, description = "Nothing that was asked for is healthy", body = shapes::Health),
    ),
)]
pub(super) async fn health(
    State(state): State<AppState>,
    caller: Caller,
    query: Query,
) -> Result<Response, ApiError> {
    let config = state.config.load_full();
    let Target { scope, is_targeted } = Target::of(&query, &config, &caller)?;
    let report = report(&state, scope).await;
    let view = HealthView::of(&report, &caller);
    let status = if is_targeted && view.healthy_count() == 0 {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let answer = json::respond(status, &view);
    Ok(if caller.is_admin { answer } else { ([(NOTICE, NOTICE_TEXT)], answer).into_response() })
}

/// Where verdicts come from: every request has its deployments probed, sharing a run that is under way. Checks
/// in the background, once there are any, are to be read from the board here.
async fn report(state: &AppState, scope: Scope) -> Arc<Report> {
    state.checker.check(scope, Source::Http).await
}

/// What a query asks for.
struct Target {
    scope: Scope,
    /// Whether it names something, so that 503 can mean that this is not there.
    is_targeted: bool,
}

impl Target {
    fn of(query: &Query, config: &Config, caller: &Caller) -> Result<Self, ApiError> {
        let refuse = |what: &str, name: &str| {
            let name = config.redactor.clean(name);
            Err(ApiError::Forbidden(format!("key not allowed to health-check {what} {name}")))
        };
        if let Some(id) = query.non_empty("model_id") {
            return match config.fleet.by_id(id) {
                Some(deployment) if caller.sees(deployment) => Ok(Self::named([deployment])),
                Some(_) => refuse("model_id", id),
                None => {
                    let id = config.redactor.clean(id);
                    Err(ApiError::NotFoundObject(format!("Model with ID {id} not found")))
                }
            };
        }
        match query.get("model") {
            None => {
                let ids = |_| caller.visible(&config.fleet).map(|one| one.id.clone()).collect();
                let scope = caller.models.as_ref().map_or(Scope::All, |models| Scope::Ids(ids(models)));
                Ok(Self { scope, is_targeted: false })
            }
            Some("") => Ok(Self { scope: Scope::Ids(Vec::new()), is_targeted: false }),
            Some(name) => {
                let mut named = config.fleet.matching(name);
                named.retain(|deployment| caller.sees(deployment));
                if named.is_empty() && !caller.is_admin {
                    refuse("model", name)
                } else {
                    Ok(Self::named(named))
                }
            }
        }
    }

    fn named<'a>(deployments: impl IntoIterator<Item = &'a Arc<Deployment>>) -> Self {
        let ids = deployments.into_iter().map(|deployment| deployment.id.clone());
        Self { scope: Scope::Ids(ids.collect()), is_targeted: true }
    }
}
