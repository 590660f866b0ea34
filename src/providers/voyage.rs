//! Voyage AI: OpenAI's format, but texts that are embedded in their context have an endpoint of their own.

use serde_json::{Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, url as urls};

/// The adapter of `voyage`.
pub(super) struct Voyage;

/// The largest chunk, in tokens, into which a document is cut.
const CHUNK_SIZE: u32 = 32000;

impl Adapter for Voyage {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode == Mode::Embedding && target.model.contains("context") {
            return contextualized(target, call);
        }
        openai::post_json(target, call)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        // Rankings are `data` too.
        let mode = if call.mode == Mode::Rerank { Mode::Embedding } else { call.mode };
        openai::verify(mode, response)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Documents to be cut and embedded chunk by chunk.
fn contextualized(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = openai::json_body(target, call, &mut left_out);
    let documents = params::list(body.shift_remove("input").unwrap_or_default());
    body.insert("inputs".to_owned(), documents);
    // A query is not cut.
    if body.get("input_type").and_then(Value::as_str) != Some("query") {
        for (name, value) in [
            ("enable_auto_chunking", json!(true)),
            ("chunk_size", json!(CHUNK_SIZE)),
            ("input_type", json!("document")),
        ] {
            body.entry(name).or_insert(value);
        }
    }
    let url = urls::endpoint(target, "contextualizedembeddings")?;
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
}
