//! Where requests to Bedrock go, and how they are authorised.

use http::Method;
use serde_json::Value;

use crate::domain::{AuthPlan, Body, Secret, WireRequest};
use crate::providers::aws::{self, EnvOrder, dns_suffix};
use crate::providers::{BuildError, Target, params, url as urls};

use super::model::Model;

/// Parameters that name another endpoint than Amazon's, first wins.
const OVERRIDES: [&str; 3] = ["api_base", "base_url", "aws_bedrock_runtime_endpoint"];

/// One of Bedrock's endpoints, in a region.
pub(super) struct Endpoint {
    base: String,
    region: String,
    service: &'static str,
}

/// What an endpoint takes as authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// A Bedrock API key if there is one, else a signature.
    KeyOrSignature,
    /// A signature: API keys are not taken for re-ranking and agents.
    Signature,
}

impl Endpoint {
    /// `bedrock-runtime`: models.
    pub(super) fn runtime(target: &Target<'_>, model: &Model<'_>, order: EnvOrder) -> Self {
        Self::new(target, model, order, "bedrock-runtime", "bedrock")
    }

    /// `bedrock-agent-runtime`: re-ranking and agents.
    pub(super) fn agent_runtime(target: &Target<'_>, model: &Model<'_>) -> Self {
        Self::new(target, model, EnvOrder::Standard, "bedrock-agent-runtime", "bedrock")
    }

    /// `bedrock-agentcore`: hosted agents.
    pub(super) fn agent_core(target: &Target<'_>, model: &Model<'_>) -> Self {
        Self::new(target, model, EnvOrder::Standard, "bedrock-agentcore", "bedrock-agentcore")
    }

    /// `bedrock-mantle`: models by the APIs of their vendors.
    pub(super) fn mantle(target: &Target<'_>, model: &Model<'_>) -> Self {
        let region = aws::region(target, model.region, None, EnvOrder::Mantle);
        let own = || format!("https://bedrock-mantle.{region}.api.aws");
        let base = override_of(target).map_or_else(own, str::to_owned);
        Self { base, region, service: "bedrock" }
    }

    fn new(
        target: &Target<'_>,
        model: &Model<'_>,
        order: EnvOrder,
        host: &str,
        service: &'static str,
    ) -> Self {
        let region = aws::region(target, model.region, model.region_of_arn(), order);
        let base = override_of(target)
            .map_or_else(|| format!("https://{host}.{region}.{}", dns_suffix(&region)), str::to_owned);
        Self { base, region, service }
    }

    /// A `POST` of JSON below the endpoint.
    pub(super) fn post(
        self,
        target: &Target<'_>,
        path: &str,
        body: Value,
        access: Access,
    ) -> Result<WireRequest, BuildError> {
        let mut request = WireRequest::new(Method::POST, urls::join(&self.base, path)?);
        request.body = Body::Json(body);
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = match api_key(target) {
            Some(key) if access == Access::KeyOrSignature => AuthPlan::Bearer(key),
            _ => aws::signature(target, self.service, self.region)?,
        };
        Ok(request)
    }
}

/// `ListFoundationModels` of the control plane, which an endpoint of one's own does not have.
pub(super) fn list_models(target: &Target<'_>, model: &Model<'_>) -> Result<WireRequest, BuildError> {
    if override_of(target).is_some() {
        return Err(BuildError::NoModelList { provider: target.provider.slug });
    }
    let region = aws::region(target, model.region, model.region_of_arn(), EnvOrder::Standard);
    let base = format!("https://bedrock.{region}.{}", dns_suffix(&region));
    let mut request = WireRequest::new(Method::GET, urls::join(&base, "foundation-models")?);
    request.auth = match api_key(target) {
        Some(key) => AuthPlan::Bearer(key),
        None => aws::signature(target, "bedrock", region)?,
    };
    Ok(request)
}

/// The endpoint that the deployment or the environment names.
fn override_of<'t>(target: &Target<'t>) -> Option<&'t str> {
    let params = &target.deployment.params;
    OVERRIDES
        .into_iter()
        .find_map(|key| params.str(key))
        .or_else(|| target.env.first(target.provider.base_envs))
}

/// A Bedrock API key.
fn api_key(target: &Target<'_>) -> Option<Secret> {
    let own = target.deployment.params.secret("api_key");
    own.or_else(|| target.env.first(target.provider.key_envs).map(Secret::from))
}
