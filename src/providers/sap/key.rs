//! The service key of an SAP AI Core instance: where it is, and who may ask for tokens.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{AuthPlan, Secret, TokenAsk, TokenExchange};
use crate::providers::{BuildError, Target};

const VARIABLE: &str = "AICORE_SERVICE_KEY";

/// A service key, understood.
pub(super) struct ServiceKey {
    /// Where the API is, version included.
    pub(super) api: String,
    tokens: String,
    id: Secret,
    secret: Secret,
}

/// A service key, as SAP's cockpit gives it.
#[derive(Deserialize)]
struct Document {
    clientid: String,
    clientsecret: String,
    url: String,
    serviceurls: Services,
}

#[derive(Deserialize)]
struct Services {
    #[serde(rename = "AI_API_URL")]
    api: String,
}

impl ServiceKey {
    /// The deployment's key, else the environment's: one document, or its parts in a variable each.
    pub(super) fn of(target: &Target<'_>) -> Result<Self, BuildError> {
        let (params, env) = (&target.deployment.params, target.env);
        if let Some(value) = params.get("service_key") {
            return Self::read(value).ok_or_else(|| BuildError::BadParam {
                key: "service_key".to_owned(),
                problem:
                    "is not a service key of SAP AI Core: JSON with `clientid`, `clientsecret`, `url` and \
                          `serviceurls`"
                        .to_owned(),
            });
        }
        // LiteLLM has no use for `api_key` here, so that it may hold anything.
        if let Some(key) = params.get("api_key").and_then(Self::read) {
            return Ok(key);
        }
        let document = env.get(VARIABLE).and_then(|text| Self::read(&Value::from(text)));
        let part = |name: &str| env.get(name).map(str::to_owned);
        let parts = || {
            Some(Document {
                clientid: part("AICORE_CLIENT_ID")?,
                clientsecret: part("AICORE_CLIENT_SECRET")?,
                url: part("AICORE_AUTH_URL")?,
                serviceurls: Services { api: part("AICORE_BASE_URL")? },
            })
        };
        document
            .or_else(|| parts().map(Self::new))
            .ok_or(BuildError::MissingKey { variables: target.provider.key_envs })
    }

    /// From a document, which may be written as text or as YAML.
    fn read(value: &Value) -> Option<Self> {
        let document = match value {
            Value::String(text) => serde_json::from_str(text).ok()?,
            other => Document::deserialize(other).ok()?,
        };
        Some(Self::new(document))
    }

    fn new(document: Document) -> Self {
        let api = document.serviceurls.api.trim_end_matches('/');
        let api = api.strip_suffix("/v2").unwrap_or(api).to_owned() + "/v2";
        let tokens = document.url.trim_end_matches('/');
        let tokens = tokens.strip_suffix("/oauth/token").unwrap_or(tokens).to_owned() + "/oauth/token";
        Self { api, tokens, id: document.clientid.into(), secret: document.clientsecret.into() }
    }

    /// Client credentials.
    pub(super) fn plan(&self) -> AuthPlan {
        AuthPlan::TokenExchange(Arc::new(TokenExchange {
            issuer: "SAP's authentication service",
            hint: "check AICORE_SERVICE_KEY: a service key of the AI Core instance that has not been deleted",
            ask: TokenAsk::Form(
                self.tokens.clone(),
                vec![
                    ("grant_type", "client_credentials".into()),
                    ("client_id", self.id.clone()),
                    ("client_secret", self.secret.clone()),
                ],
            ),
            headers: Vec::new(),
            field: "access_token",
        }))
    }
}
