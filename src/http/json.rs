//! JSON in and out: compact answers, and request bodies within limits.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::error::ApiError;

/// A compact JSON answer.
pub(super) fn respond(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let json = HeaderValue::from_static("application/json");
            (status, [(header::CONTENT_TYPE, json)], bytes).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "cannot serialise an answer");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Reads a JSON body of at most `limit` bytes that comes within `patience`.
pub(super) async fn read(body: Body, limit: usize, patience: Duration) -> Result<Value, ApiError> {
    let collected = timeout(patience, Limited::new(body, limit).collect())
        .await
        .map_err(|_| ApiError::BodyTimeout)?
        .map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                ApiError::BodyTooLarge(limit)
            } else {
                ApiError::MalformedBody("the request body broke off".to_owned())
            }
        })?;
    let bytes: Bytes = collected.to_bytes();
    serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::MalformedBody(format!("the request body is not JSON: {error}")))
}
