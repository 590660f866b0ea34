//! Codestral's fill-in-the-middle API. A configured base is the whole URL, as in LiteLLM.

use http::Method;
use serde_json::Value;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, openai, params, url as urls,
};

/// The adapter of `text-completion-codestral`.
pub(super) struct Codestral;

const BASE: &str = "https://codestral.mistral.ai/v1";

impl Adapter for Codestral {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let body = openai::json_body(target, call, &mut left_out);
        let url = match urls::deployment_base(target) {
            Some(whole) => urls::parse(whole.to_owned())?,
            None => urls::join(BASE, "fim/completions")?,
        };
        openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        if urls::deployment_base(target).is_some() {
            // The whole URL of one endpoint says nothing of another.
            return Err(BuildError::NoModelList { provider: target.provider.slug });
        }
        let mut request = WireRequest::new(Method::GET, urls::join(BASE, "models")?);
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = keys::auth_plan(target)?;
        Ok(request)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(Mode::Completion, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}
