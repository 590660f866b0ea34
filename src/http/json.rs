//! JSON in and out: compact answers, and request bodies within limits.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
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
    let bytes =
        timeout(patience, collect(body, limit, patience)).await.map_err(|_| ApiError::BodyTimeout)??;
    serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::MalformedBody(format!("the request body is not JSON: {error}")))
}

/// Whether a JSON text has more than so many values. In memory each of them takes far more room than in the text.
pub(super) fn has_more_values_than(most: usize, json: &[u8]) -> bool {
    // A value takes at least one byte and what parts it from the next.
    if json.len() <= most {
        return false;
    }
    let (mut values, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' | b':' | b'[' | b'{' if !is_text => values += 1,
            _ => {}
        }
    }
    values > most
}

/// Reads a body of at most `limit` bytes, however large that is, as long as more of it comes within `patience`.
pub(super) async fn bytes(body: Body, limit: usize, patience: Duration) -> Result<Bytes, ApiError> {
    collect(body, limit, patience).await
}

/// Reads a body of which nothing is wanted: at most so many bytes, and for so long.
pub(super) async fn throw_away(mut body: Body, most: usize, patience: Duration) {
    let read = async {
        let mut total: usize = 0;
        while let Some(Ok(frame)) = body.frame().await {
            total = total.saturating_add(frame.data_ref().map_or(0, Bytes::len));
            if total > most {
                break;
            }
        }
    };
    // Who takes longer is cut off.
    drop(timeout(patience, read).await);
}

/// The whole body. What comes beyond the limit is read up to a point and thrown away: a client that is still
/// sending when the connection closes would see a broken connection instead of the answer.
async fn collect(mut body: Body, limit: usize, patience: Duration) -> Result<Bytes, ApiError> {
    let mut collected = Bytes::new();
    let mut rest = BytesMut::new();
    let mut total: usize = 0;
    while let Some(frame) = timeout(patience, body.frame()).await.map_err(|_| ApiError::BodyTimeout)? {
        let frame = frame.map_err(|_| ApiError::MalformedBody("the request body broke off".to_owned()))?;
        let Ok(data) = frame.into_data() else { continue };
        total = total.saturating_add(data.len());
        if total > limit.saturating_mul(MOST_THROWN_AWAY) {
            break;
        }
        if total > limit {
            continue;
        }
        // Nearly every body comes in one piece, which is not copied.
        if collected.is_empty() {
            collected = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if total > limit {
        return Err(ApiError::BodyTooLarge(limit));
    }
    Ok(if rest.is_empty() { collected } else { [collected, rest.freeze()].concat().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_count_and_not_what_is_in_texts() {
        let numbers = format!("[{}0]", "0,".repeat(99));
        assert!(!has_more_values_than(100, numbers.as_bytes()));
        assert!(has_more_values_than(99, numbers.as_bytes()));
        assert!(has_more_values_than(20, "[".repeat(21).as_bytes()));
        let text = format!(r#"{{"a\\": "{}"}}"#, r#"\",[{:"#.repeat(99));
        assert!(!has_more_values_than(2, text.as_bytes()), "{text}");
    }
}
