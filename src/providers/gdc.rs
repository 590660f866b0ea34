//! Gemini on Google Distributed Cloud: OpenAI's format, below project and location.

use http::HeaderValue;
use serde_json::Value;

use crate::domain::{Body, Call, WireRequest, WireResponse};

use super::chat::Answers;
use super::vertex::Place;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, url as urls};

/// The adapter of `gdc`.
pub(super) struct Gdc;

impl Adapter for Gdc {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let place = Place::of(target)?;
        let url = urls::join(urls::base(target)?, &place.path("v1", "chat/completions"))?;
        let mut left_out = Vec::new();
        let mut body = openai::json_body(target, call, &mut left_out);
        body.shift_remove("gdc_credentials");
        let mut request = openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)?;
        let project = HeaderValue::from_str(&format!("projects/{}", place.project));
        let project = project.map_err(|_| BuildError::BadParam {
            key: "vertex_project".to_owned(),
            problem: "can't be sent as a header".to_owned(),
        })?;
        request.headers.entry("x-goog-user-project").or_insert(project);
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}
