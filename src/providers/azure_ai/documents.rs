//! Document Intelligence: an analysis that is taken on and polled.

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{FollowUp, ShapeError, Step};

/// What stands before the name of an analysis.
pub(super) const PREFIX: &str = "doc-intelligence/";

/// The header that carries a key.
pub(super) const KEY_HEADER: &str = "ocp-apim-subscription-key";

/// Where the result will be.
const LOCATION: &str = "operation-location";

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    status: Option<String>,
    error: Kind,
    #[serde(rename = "analyzeResult")]
    result: Kind,
}

/// The document of a call: its bytes if they are in it, else its address.
pub(super) fn body(payload: &Map<String, Value>) -> Body {
    let document = payload.get("document").and_then(|document| document.get("document_url"));
    let text = document.and_then(Value::as_str).unwrap_or_default();
    Body::Json(match text.strip_prefix("data:").and_then(|data| data.split_once(";base64,")) {
        Some((_, base64)) => json!({"base64Source": base64}),
        None => json!({"urlSource": text}),
    })
}

/// Asks for the result until it is there. The key goes to the host that was asked and to no other.
pub(super) fn follow_up(step: &Step<'_>) -> Option<FollowUp> {
    if step.request.method == Method::GET {
        let state: State = answer::read(step.response).ok()?;
        let pending = matches!(state.status.as_deref(), Some("notStarted" | "running"));
        return pending.then(|| FollowUp::poll(step.request.clone()));
    }
    let url = Url::parse(step.response.header(LOCATION)?).ok()?;
    if url.origin() != step.request.url.origin() {
        return None;
    }
    Some(FollowUp::now(WireRequest { method: Method::GET, url, body: Body::Empty, ..step.request.clone() }))
}

/// Whether an analysis has a result.
pub(super) fn verify(response: &WireResponse) -> Result<(), ShapeError> {
    let state: State = answer::read(response)?;
    answer::refuse_error(state.error, response)?;
    match state.result {
        Kind::Object(true) => Ok(()),
        _ => Err(ShapeError::Missing("analyzeResult")),
    }
}
