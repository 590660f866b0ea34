//! Bedrock's Mantle: OpenAI's format in an AWS region, with a Bedrock API key or a signature.

use http::Method;
use serde_json::Value;
use url::Url;

use crate::domain::{AuthPlan, Body, Call, Mode, WireRequest, WireResponse};

use super::aws::{self, EnvOrder, is_region};
use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, keys, openai, params, url as urls};

/// The adapter of `bedrock_mantle`.
pub(super) struct Mantle;

impl Adapter for Mantle {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let place = Place::of(target);
        let target = &Target { model: place.model, ..*target };
        let mut request = WireRequest::new(Method::POST, place.url(target, call.mode)?);
        let body = openai::json_body(target, call, &mut request.left_out);
        request.body = Body::Json(Value::Object(body));
        place.authorise(target, request)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let place = Place::of(target);
        let url = urls::join(&place.base(target), "models")?;
        place.authorise(target, WireRequest::new(Method::GET, url))
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        aws::failure(response)
    }
}

/// A model, and the region that it is asked in.
struct Place<'a> {
    model: &'a str,
    region: String,
}

impl<'a> Place<'a> {
    /// A region may stand before the model.
    fn of(target: &Target<'a>) -> Self {
        let (in_model, model) = match target.model.split_once('/') {
            Some((region, model)) if is_region(region) => (Some(region), model),
            _ => (None, target.model),
        };
        Self { model, region: aws::region(target, in_model, None, EnvOrder::Mantle) }
    }

    fn base(&self, target: &Target<'_>) -> String {
        let params = &target.deployment.params;
        let base = params
            .str("api_base")
            .or_else(|| params.str("base_url"))
            .or_else(|| target.env.first(target.provider.base_envs));
        match base {
            Some(base) => base.trim_end_matches('/').to_owned(),
            None => format!("https://bedrock-mantle.{}.api.aws/v1", self.region),
        }
    }

    /// Chat is below the base; the Responses API is beside it, below `openai/v1`.
    fn url(&self, target: &Target<'_>, mode: Mode) -> Result<Url, BuildError> {
        let base = self.base(target);
        if mode != Mode::Responses {
            return urls::join(&base, mode.openai_path());
        }
        let host = base.strip_suffix("/v1").unwrap_or(&base);
        let host = host.strip_suffix("/openai").unwrap_or(host);
        urls::join(host, "openai/v1/responses")
    }

    fn authorise(self, target: &Target<'_>, mut request: WireRequest) -> Result<WireRequest, BuildError> {
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = match keys::api_key(target) {
            Some(key) => AuthPlan::Bearer(key),
            None => aws::signature(target, "bedrock", self.region)?,
        };
        Ok(request)
    }
}
