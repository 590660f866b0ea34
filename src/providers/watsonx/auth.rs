//! How a request to watsonx.ai is authorised: a ready token, a key of Cloud Pak for Data, or a key of IBM Cloud
//! for which IAM gives a token.

use std::sync::Arc;

use crate::domain::{AuthPlan, Secret, TokenAsk, TokenExchange};
use crate::providers::{BuildError, Target, keys};

const IAM: &str = "https://iam.cloud.ibm.com/identity/token";

/// The deployment's own credential, else the environment's.
pub(super) fn plan(target: &Target<'_>) -> Result<AuthPlan, BuildError> {
    let (params, env) = (&target.deployment.params, target.env);
    let zen = |key: Secret| AuthPlan::Header { name: "authorization", prefix: "ZenApiKey ", key };
    if let Some(token) = params.secret("token") {
        return Ok(AuthPlan::Bearer(token));
    }
    if let Some(key) = params.secret("zen_api_key") {
        return Ok(zen(key));
    }
    if let Some(key) = params.secret("api_key").or_else(|| params.secret("apikey")) {
        return Ok(exchange(target, key));
    }
    if let Some(token) = env.get("WATSONX_TOKEN") {
        return Ok(AuthPlan::Bearer(token.into()));
    }
    if let Some(key) = env.get("WATSONX_ZENAPIKEY") {
        return Ok(zen(key.into()));
    }
    let key = keys::api_key(target);
    key.map(|key| exchange(target, key)).ok_or(BuildError::MissingKey { variables: target.provider.key_envs })
}

fn exchange(target: &Target<'_>, key: Secret) -> AuthPlan {
    AuthPlan::TokenExchange(Arc::new(TokenExchange {
        issuer: "IBM Cloud IAM",
        hint: "check `litellm_params.api_key` or WATSONX_API_KEY: an API key of IBM Cloud that has not been deleted",
        ask: TokenAsk::Form(
            target.env.get("WATSONX_IAM_URL").unwrap_or(IAM).to_owned(),
            vec![("grant_type", "urn:ibm:params:oauth:grant-type:apikey".into()), ("apikey", key)],
        ),
        headers: Vec::new(),
        field: "access_token",
    }))
}
