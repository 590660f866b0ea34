//! How an Azure OpenAI request is authorised: a key, a token, or an identity to fetch a token for.
//!
//! Declared reuse point: Azure's other AI services take the same credentials.

use crate::domain::{AuthPlan, AzureAdCredential, Secret};
use crate::providers::{BuildError, Target};

/// What tokens for Azure's AI services are asked for.
const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

/// Variables with a ready token.
const TOKEN_VARIABLES: [&str; 2] = ["AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN"];

/// The credential that a deployment gives, else the environment's.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::providers) enum Credential {
    /// A resource's key.
    Key(Secret),
    /// A ready token of Microsoft Entra ID.
    Token(Secret),
    /// An application that a token is fetched for.
    Application(AzureAdCredential),
}

impl Credential {
    /// Finds it: the deployment's own key, token or application first, then the environment's token,
    /// key and application.
    pub(in crate::providers) fn of(target: &Target<'_>) -> Result<Self, BuildError> {
        let (params, env) = (&target.deployment.params, target.env);
        if let Some(key) = params.secret("api_key") {
            return Ok(Self::Key(key));
        }
        if let Some(token) = params.secret("azure_ad_token") {
            return Ok(Self::Token(token));
        }
        let own = |param: &str, _: &str| params.str(param).map(ToOwned::to_owned);
        if let Some(application) = application(target, own) {
            return Ok(Self::Application(application));
        }
        if let Some(token) = env.first(&TOKEN_VARIABLES) {
            return Ok(Self::Token(token.into()));
        }
        if let Some(key) = env.first(target.provider.key_envs) {
            return Ok(Self::Key(key.into()));
        }
        application(target, |param, variable| {
            params.str(param).or_else(|| env.get(variable)).map(ToOwned::to_owned)
        })
        .map(Self::Application)
        .ok_or(BuildError::MissingKey { variables: target.provider.key_envs })
    }

    /// Where it goes. Keys have a header of their own, except in OpenAI's own API.
    pub(in crate::providers) fn plan(self, bearer: bool) -> AuthPlan {
        match self {
            Self::Key(key) if bearer => AuthPlan::Bearer(key),
            Self::Key(key) => AuthPlan::Header { name: "api-key", prefix: "", key },
            Self::Token(token) => AuthPlan::Bearer(token),
            Self::Application(credential) => AuthPlan::AzureAd { scope: SCOPE, credential },
        }
    }
}

/// The application that is looked up by parameter and variable, if all of it is there.
fn application(
    target: &Target<'_>,
    look_up: impl Fn(&str, &str) -> Option<String>,
) -> Option<AzureAdCredential> {
    let authority = target.env.get("AZURE_AUTHORITY_HOST").unwrap_or(AzureAdCredential::PUBLIC_CLOUD);
    Some(AzureAdCredential {
        authority: authority.trim_end_matches('/').to_owned(),
        tenant_id: look_up("tenant_id", "AZURE_TENANT_ID")?,
        client_id: look_up("client_id", "AZURE_CLIENT_ID")?,
        client_secret: look_up("client_secret", "AZURE_CLIENT_SECRET")?.into(),
    })
}
