//! Bedrock's Mantle: OpenAI's format in an AWS region, with a Bedrock API key or a signature.

use http::Method;
use serde_json::Value;
use url::Url;

use crate::domain::{AuthPlan, Body, Call, Mode, WireRequest, WireResponse};

use super::aws::{self, EnvOrder, is_region};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, keys, openai, params, url as urls};

/// The adapter of `bedrock_mantle`.
pub(super) struct Mantle;

impl Adapter for Mantle {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let (in_model, model) = match target.model.split_once('/') {
            Some((region, model)) if is_region(region) => (Some(region), model),
            _ => (None, target.model),
        };
        let target = &Target { model, ..*target };
        let region = aws::region(target, in_model, None, EnvOrder::Standard);
        let mut request = WireRequest::new(Method::POST, address(target, call.mode, &region)?);
        let body = openai::json_body(target, call, &mut request.left_out);
        request.body = Body::Json(Value::Object(body));
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = match keys::api_key(target) {
            Some(key) => AuthPlan::Bearer(key),
            None => aws::signature(target, "bedrock", region)?,
        };
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        aws::failure(response)
    }
}

/// Chat is below the base; the Responses API is beside it, below `openai/v1`.
fn address(target: &Target<'_>, mode: Mode, region: &str) -> Result<Url, BuildError> {
    let own = format!("https://bedrock-mantle.{region}.api.aws/v1");
    let params = &target.deployment.params;
    let base = params
        .str("api_base")
        .or_else(|| params.str("base_url"))
        .or_else(|| target.env.first(target.provider.base_envs))
        .unwrap_or(&own)
        .trim_end_matches('/');
    if mode != Mode::Responses {
        return urls::join(base, mode.openai_path());
    }
    let host = base.strip_suffix("/v1").unwrap_or(base);
    let host = host.strip_suffix("/openai").unwrap_or(host);
    urls::join(host, "openai/v1/responses")
}
