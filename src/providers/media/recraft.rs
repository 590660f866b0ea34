//! Recraft: OpenAI's images, with an editing endpoint of its own.
//!
//! <https://www.recraft.ai/docs/api-reference/endpoints>

use serde_json::{Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, url as urls,
};

use super::post;

/// The adapter of `recraft`.
pub(in crate::providers) struct Recraft;

/// How far an edited picture may be from the one given, of 1; Recraft wants it said.
const STRENGTH: f64 = 0.2;

impl Adapter for Recraft {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let url = urls::endpoint(target, target.provider.path(call.mode))?;
        let mut left_out = Vec::new();
        let body = if call.mode == Mode::ImageEdit {
            edit(target, call, &mut left_out)
        } else {
            Body::Json(Value::Object(openai::json_body(target, call, &mut left_out)))
        };
        post(target, call.mode, url, body, left_out)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// OpenAI's form for one picture.
fn edit(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Body {
    let mut call = call.clone();
    if target.deployment.params.get("strength").is_none() {
        call.payload.insert("strength".to_owned(), json!(STRENGTH));
    }
    let mut parts = openai::upload::parts(target, &call, left_out);
    for part in &mut parts {
        if part.name == "image[]" {
            "image".clone_into(&mut part.name);
        }
    }
    Body::Multipart(parts)
}
