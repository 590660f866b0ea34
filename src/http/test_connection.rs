//! `POST /health/test_connection`: probes a deployment that the request describes.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::config;

use super::auth::Caller;
use super::error::{ApiError, Invalid};
use super::view::{Detail, EntryView};
use super::{AppState, json, shapes};

/// Probes a deployment that need not be in the configuration. 200 whether it is healthy or not; see `status`.
#[utoipa::path(
    post, path = "/health/test_connection", tag = "health", security(("key" = [])),
    request_body = shapes::TestConnection,
    responses(
        (status = 200, description = "Probed", body = shapes::Tested),
        (status = 400, description = "The body is not JSON, or names environment variables", body = shapes::DetailAny),
        (status = 401, description = "Missing or wrong key", body = shapes::ErrorEnvelope),
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
    let current = state.config.load_full();
    let server = &current.settings.server;
    let request = json::read(body, server.max_body_bytes, server.body_timeout).await?;
    if names_environment(&request) {
        let message = "Environment variable references are not permitted in request parameters.";
        return Err(ApiError::Refused(message.to_owned()));
    }

    // JSON is YAML, so one resolution serves files and requests, and learns the secrets of this one.
    let text = json!({"model_list": [entry(&request)?]}).to_string();
    let loaded = config::load_text(text, Path::new("request"), current.env.clone())
        .map_err(|error| ApiError::Refused(current.redactor.clean(&error.to_string()).into_owned()))?;
    let Some(deployment) = loaded.config.fleet.all().first() else {
        return Err(ApiError::Refused("the request describes no deployment".to_owned()));
    };

    let checked = state.checker.test(Arc::clone(deployment)).await;
    let result = EntryView {
        checked: &checked,
        detail: Detail { details: true, is_admin: caller.is_admin },
        with_id: false,
        redactor: &loaded.config.redactor,
    };
    let status = if checked.verdict.status.is_healthy() { "success" } else { "error" };
    let answer = json!({"status": status, "result": result});
    let answer = super::view::Clean { value: &answer, redactor: &current.redactor };
    Ok(json::respond(StatusCode::OK, &answer))
}

/// The entry of `model_list` that a request stands for.
fn entry(request: &Value) -> Result<Value, ApiError> {
    let params = object(request, "litellm_params")?.ok_or_else(|| {
        ApiError::Invalid(Invalid {
            kind: "missing",
            location: ["body", "litellm_params"],
            message: "Field required".to_owned(),
            input: Value::Null,
            context: None,
        })
    })?;
    let mut info = object(request, "model_info")?.unwrap_or_default();
    match request.get("mode") {
        None | Some(Value::Null) => {}
        Some(Value::String(mode)) => {
            info.insert("mode".to_owned(), mode.clone().into());
        }
        Some(_) => return Err(wrong_type("mode", "string_type", "Input should be a valid string")),
    }
    let name = params.get("model").and_then(Value::as_str).unwrap_or("test").to_owned();
    Ok(json!({"model_name": name, "litellm_params": params, "model_info": info}))
}

fn object(request: &Value, name: &'static str) -> Result<Option<Map<String, Value>>, ApiError> {
    if !request.is_object() {
        return Err(wrong_type("request", "dict_type", "Input should be a valid dictionary"));
    }
    match request.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields.clone())),
        Some(_) => Err(wrong_type(name, "dict_type", "Input should be a valid dictionary")),
    }
}

/// Does not show the input: it may be a credential in the wrong place.
fn wrong_type(name: &'static str, kind: &'static str, message: &str) -> ApiError {
    let location = ["body", name];
    ApiError::Invalid(Invalid {
        kind,
        location,
        message: message.to_owned(),
        input: Value::Null,
        context: None,
    })
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
