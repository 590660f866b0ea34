//! JSON in and out: compact answers, and request bodies within limits.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::error::ApiError;

/// How many times the limit of a body is read before the connection is given up.
const MOST_THROWN_AWAY: usize = 16;

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
    let bytes = timeout(patience, collect(body, limit)).await.map_err(|_| ApiError::BodyTimeout)??;
    serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::MalformedBody(format!("the request body is not JSON: {error}")))
}

/// The whole body. What comes beyond the limit is read up to a point and thrown away: a client that is still
/// sending when the connection closes would see a broken connection instead of the answer.
async fn collect(mut body: Body, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut collected = Vec::new();
    let mut total: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::MalformedBody("the request body broke off".to_owned()))?;
        let Ok(data) = frame.into_data() else { continue };
        total = total.saturating_add(data.len());
        if total > limit.saturating_mul(MOST_THROWN_AWAY) {
            break;
        }
        if total <= limit {
            collected.extend_from_slice(&data);
        }
    }
    if total > limit { Err(ApiError::BodyTooLarge(limit)) } else { Ok(collected) }
}
