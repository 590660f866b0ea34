//! `GET /health`: the verdict on every deployment, or on those that the query names.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::config::Config;
use crate::domain::Deployment;
use crate::probe::{Report, Scope, Source};

use super::auth::Caller;
use super::error::ApiError;
use super::pages::Pages;
use super::query::Query;
use super::view::{HealthView, Tally};
use super::{AppState, json, shapes};

const NOTICE: HeaderName = HeaderName::from_static("litellm-health-field-notice");
const NOTICE_TEXT: HeaderValue = HeaderValue::from_static(
    "api_base, api_version, aws_bedrock_runtime_endpoint are admin-only on this endpoint",
);

/// The verdict on every deployment: the latest of the background checks if they are on, else probing now.
///
/// Untargeted it is 200 unless `strict` or `min_healthy` ask for more. With `model` or `model_id` it is 503 when nothing
/// that they name is healthy, with the same body; not while some of it was never judged, so that a start pages nobody.
#[utoipa::path(
    get, path = "/health", tag = "health", security(("key" = [])),
    params(
        ("model" = Option<String>, Query, description = "A public model name, or a provider's model as in `litellm_params.model`"),
        ("model_id" = Option<String>, Query, description = "The id of one deployment; counts more than `model`"),
        ("fresh" = Option<bool>, Query, description = "For admins: probe now, also with background checks on"),
        ("strict" = Option<bool>, Query, description = "503 when anything is unhealthy"),
        ("min_healthy" = Option<f64>, Query, minimum = 0, maximum = 1, description = "503 when a smaller share of the judged deployments is healthy"),
    ),
    responses(
        (status = 200, description = "Judged", body = shapes::Health),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 403, description = "Not for this caller, or no such model", body = shapes::DetailObject),
        (status = 404, description = "No deployment has this id", body = shapes::DetailObject),
        (status = 422, description = "A parameter can't be understood", body = shapes::Validation),
        (status = 503, description = "Less is healthy than was asked for", body = shapes::Health),
    ),
)]
pub(super) async fn health(
    State(state): State<AppState>,
    Extension(pages): Extension<Pages>,
    caller: Caller,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let config = state.config.load_full();
    let demand = Demand::of(&query)?;
    let is_fresh = query.flag("fresh")?;
    if is_fresh {
        caller.must_be_admin("have deployments probed at once")?;
    }
    let is_watched = config.settings.background.enabled && !is_fresh;
    let Target { scope, is_targeted } = Target::of(&query, &config, &caller, is_watched)?;
    let (tally, mut answer) = if is_watched && !is_targeted {
        let page = pages.get(&state, &caller, scope).await?;
        (page.tally, page.answer(&headers).await?)
    } else {
        let report = report(&state, scope, is_watched).await;
        let view = HealthView::of(&report, &caller);
        (view.tally(), json::respond(StatusCode::OK, &view))
    };
    *answer.status_mut() = demand.status(tally, is_targeted);
    if !caller.is_admin {
        answer.headers_mut().insert(NOTICE, NOTICE_TEXT);
    }
    Ok(answer)
}

/// Where verdicts come from: the board, or probes, sharing a run that is under way.
async fn report(state: &AppState, scope: Scope, is_watched: bool) -> Arc<Report> {
    if is_watched {
        return Arc::new(state.checker.latest(&scope));
    }
    state.checker.check(scope, Source::Http).await
}

/// How much has to be healthy.
struct Demand {
    is_strict: bool,
    least: Option<f64>,
}

impl Demand {
    fn of(query: &Query) -> Result<Self, ApiError> {
        Ok(Self { is_strict: query.flag("strict")?, least: query.ratio("min_healthy")? })
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio of counts far below 2^52")]
    fn status(&self, tally: Tally, is_targeted: bool) -> StatusCode {
        let Tally { healthy, unhealthy, unknown } = tally;
        let judged = healthy + unhealthy;
        let is_gone = is_targeted && healthy == 0 && unknown == 0;
        let is_flawed = self.is_strict && unhealthy > 0;
        let is_too_little =
            self.least.is_some_and(|least| judged > 0 && (healthy as f64) < least * judged as f64);
        if is_gone || is_flawed || is_too_little { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    }
}

/// What a query asks for.
struct Target {
    scope: Scope,
    /// Whether it names something, so that 503 can mean that this is not there.
    is_targeted: bool,
}

impl Target {
    /// An empty `model` names nothing, and everything where background checks answer: as in LiteLLM.
    fn of(query: &Query, config: &Config, caller: &Caller, is_watched: bool) -> Result<Self, ApiError> {
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
        match query.get("model").filter(|name| !(is_watched && name.is_empty())) {
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
