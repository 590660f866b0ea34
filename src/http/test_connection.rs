//! `POST /health/test_connection`: probes a deployment that the request describes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::config::{self, Config};
use crate::domain::Environment;

use super::auth::Caller;
use super::error::{ApiError, Invalid};
use super::view::{Clean, Detail, EntryView};
use super::{AppState, json, shapes};

/// Probes a deployment that need not be in the configuration. 200 whether it is healthy or not; see `status`.
///
/// Without a master key, and so for anybody, nothing of the daemon's own credentials goes with the probe.
#[utoipa::path(
    post, path = "/health/test_connection", tag = "health", security(("key" = [])),
    request_body = shapes::TestConnection,
    responses(
        (status = 200, description = "Probed", body = shapes::Tested),
        (status = 400, description = "The body is not JSON, or names environment variables", body = shapes::TestRefused),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
        (status = 403, description = "For admins, once there are keys", body = shapes::DetailObject),
        (status = 408, description = "The body came too slowly", body = shapes::Detail),
        (status = 413, description = "The body is too large", body = shapes::Detail),
        (status = 422, description = "A field is missing or of a wrong type", body = shapes::Validation),
    ),
)]
pub(super) async fn test_connection(
    State(state): State<AppState>,
    caller: Caller,
    body: Body,
) -> Result<Response, ApiError> {
    if caller.is_viewer {
        caller.must_be_admin("test a connection")?;
    }
    let current = state.config.load_full();
    let server = &current.settings.server;
    let request = json::read(body, server.max_body_bytes, server.body_timeout).await?;
    if names_environment(&request) {
        let message = "Environment variable references are not permitted in request parameters.";
        return Err(ApiError::Refused(message.to_owned()));
    }
    let entry = entry(request)?;

    // A caller who could name an address and borrow the daemon's own keys could read them there.
    let env = if caller.is_admin { current.env.clone() } else { Environment::default() };
    let loaded = config::resolve_entry(entry, env)
        .map_err(|error| ApiError::Refused(current.redactor.clean(&error.to_string()).into_owned()))?;
    let own =
        Config { settings: current.settings.clone(), catalog: Arc::clone(&current.catalog), ..loaded.config };
    let Some(deployment) = own.fleet.all().first() else {
        return Err(ApiError::Refused("the request describes no deployment".to_owned()));
    };

    let checked = state.checker.test(Arc::clone(deployment), &own, caller.is_admin).await;
    let result = EntryView {
        checked: &checked,
        detail: Detail { details: true, caller: &caller },
        with_id: false,
        config: &own,
    };
    let status = if checked.verdict.status.is_healthy() { "success" } else { "error" };
    let answer = json!({"status": status, "result": result});
    Ok(json::respond(StatusCode::OK, &Clean { value: &answer, redactor: &current.redactor }))
}

/// The entry of `model_list` that a request stands for.
fn entry(request: Value) -> Result<Value, ApiError> {
    let Value::Object(mut request) = request else {
        return Err(Invalid::wrong_type(&["body"], "model_attributes_type", "dictionary").into());
    };
    let params = object(&mut request, "litellm_params");
    let info = object(&mut request, "model_info").map(Option::unwrap_or_default);
    let mode = match request.remove("mode") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(mode)) => Ok(Some(mode)),
        Some(_) => Err(Invalid::wrong_type(&["body", "mode"], "string_type", "string")),
    };
    let params = params.and_then(|params| params.ok_or(Invalid::missing(["body", "litellm_params"])));
    match (params, info, mode) {
        (Ok(params), Ok(mut info), Ok(mode)) => {
            if let Some(mode) = mode {
                info.insert("mode".to_owned(), mode.into());
            }
            let name = params.get("model").and_then(Value::as_str).unwrap_or("test").to_owned();
            Ok(json!({"model_name": name, "litellm_params": params, "model_info": info}))
        }
        (params, info, mode) => {
            let mistakes = [mode.err(), params.err(), info.err()].into_iter().flatten();
            Err(ApiError::Invalid(mistakes.collect()))
        }
    }
}

fn object(
    request: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<Map<String, Value>>, Invalid> {
    match request.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(_) => Err(Invalid::wrong_type(&["body", name], "dict_type", "dictionary")),
    }
}

/// Whether any text refers to the daemon's environment: a caller must not read it through a probe.
fn names_environment(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("os.environ/"),
        Value::Array(items) => items.iter().any(names_environment),
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| key.contains("os.environ/") || names_environment(value))
        }
        _ => false,
    }
}
