//! Reducto: a document is uploaded and then parsed.
//!
//! <https://docs.reducto.ai/api-reference/parse>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Body, Call, Part, PartContent, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{
    Adapter, BuildError, FollowUp, ShapeError, Step, Target, UpstreamFailure, url as urls,
};

use super::{keyed, next};

/// The adapter of `reducto`.
pub(in crate::providers) struct Reducto;

/// What Reducto calls the older form of a parse request.
const LEGACY: &str = "parse-legacy";

impl Adapter for Reducto {
    /// The upload. LiteLLM makes it without headers of the user's.
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let bytes = document(call).ok_or(BuildError::MissingParam { key: "document" })?;
        let content = PartContent::File {
            filename: "document",
            content_type: "application/pdf",
            bytes: Bytes::from(bytes),
        };
        let body = Body::Multipart(vec![Part { name: "file".to_owned(), content }]);
        Ok(WireRequest { body, ..keyed(target, Method::POST, urls::endpoint(target, "upload")?)? })
    }

    fn follow_up(&self, step: &Step<'_>) -> Option<FollowUp> {
        #[derive(Deserialize)]
        struct Uploaded {
            file_id: String,
        }
        let base = step.request.url.path().strip_suffix("/upload")?;
        let Uploaded { file_id } = answer::read(step.response).ok()?;
        let mut url = step.request.url.clone();
        url.set_path(&[base, "/parse"].concat());
        let order =
            if step.model == LEGACY { json!({"document_url": file_id}) } else { json!({"input": file_id}) };
        Some(FollowUp::now(next(step.request, Method::POST, url, Body::Json(order))))
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            result: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        if answer.result == Kind::Object(true) { Ok(()) } else { Err(ShapeError::Missing("result")) }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The bytes in the data URL of a call's document.
fn document(call: &Call) -> Option<Vec<u8>> {
    let url = call.payload.get("document")?.get("document_url").and_then(Value::as_str)?;
    let (_, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    STANDARD.decode(data).ok()
}
