//! `POST /-/reload`: reads the configuration again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Finding;
use crate::reload::{Cause, Change, ReloadError, Reloaded};

use super::auth::Caller;
use super::error::ApiError;
use super::{AppState, json, shapes};

/// Reads the configuration again and puts it in force. One that can't be used is refused with everything that is wrong
/// with it, and the one in force stays.
#[utoipa::path(
    post, path = "/-/reload", tag = "settings", security(("key" = [])),
    responses(
        (status = 200, description = "In force", body = ReloadView),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 403, description = "For admins", body = shapes::DetailObject),
        (status = 422, description = "Can't be used; the old one stays in force", body = RefusedView),
    ),
)]
pub(super) async fn reload(State(state): State<AppState>, caller: Caller) -> Result<Response, ApiError> {
    caller.must_be_admin("reload the configuration")?;
    let reloader = Arc::clone(&state.reloader);
    let cause = Cause::Http(caller.name);
    // A task of its own: a client that leaves must not stop a reload half-way.
    match tokio::spawn(async move { reloader.reload(cause).await }).await {
        Ok(Ok(Reloaded { change, findings })) => {
            let Change { deployments, added, removed, changed } = change;
            let findings = findings.iter().map(FindingView::of).collect();
            let body = ReloadView { status: "reloaded", deployments, added, removed, changed, findings };
            Ok(json::respond(StatusCode::OK, &body))
        }
        Ok(Err(ReloadError::Config(error))) => {
            let text = match std::error::Error::source(&error) {
                Some(cause) => format!("{error}: {cause}"),
                None => error.to_string(),
            };
            let redactor = &state.config.load().redactor;
            let findings = error.findings().iter().map(FindingView::of).collect();
            let detail = Refused { error: redactor.clean(&text).into_owned(), findings };
            Ok(json::respond(StatusCode::UNPROCESSABLE_ENTITY, &RefusedView { detail }))
        }
        Ok(Err(ReloadError::Read(_))) | Err(_) => Err(ApiError::Internal),
    }
}

/// What a reload did. Deployments by id.
#[derive(Serialize, ToSchema)]
pub(super) struct ReloadView {
    /// `reloaded`.
    status: &'static str,
    /// How many there are now.
    deployments: usize,
    added: Vec<String>,
    removed: Vec<String>,
    /// Described in another way. What is known of them stays.
    changed: Vec<String>,
    /// Mistakes that leave the configuration usable.
    findings: Vec<FindingView>,
}

/// Why the configuration in force stays.
#[derive(Serialize, ToSchema)]
pub(super) struct RefusedView {
    detail: Refused,
}

/// What is wrong with a configuration.
#[derive(Serialize, ToSchema)]
struct Refused {
    error: String,
    findings: Vec<FindingView>,
}

/// One mistake in a configuration.
#[derive(Serialize, ToSchema)]
struct FindingView {
    /// `error` or `warning`.
    severity: String,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// From 1.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// From 1.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The path of the key; empty for the file as a whole.
    key: String,
    message: String,
    hint: Option<String>,
}

impl FindingView {
    fn of(finding: &Finding) -> Self {
        let place = finding.place.as_ref();
        Self {
            severity: finding.severity.to_string(),
            file: place.map(|place| place.file.display().to_string()),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            key: finding.key.clone(),
            message: finding.message.clone(),
            hint: finding.hint.clone(),
        }
    }
}
