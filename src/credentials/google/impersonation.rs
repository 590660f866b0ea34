//! Impersonation: with one token a service account's is asked for (IAM Credentials API).

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::credentials::tokens::Token;
use crate::domain::Secret;
use crate::transport::Transport;

use super::ask::{PATIENCE, ask, authorize, request};
use super::{CLOUD_PLATFORM, GoogleError, document};

const IAM: &str = "the IAM Credentials API";

/// What `gcloud auth application-default login --impersonate-service-account` leaves.
#[derive(Deserialize)]
pub(super) struct Impersonated {
    service_account_impersonation_url: String,
    source_credentials: Value,
    #[serde(default)]
    delegates: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Granted {
    access_token: String,
    expire_time: Timestamp,
}

/// The token of the account that a document impersonates.
pub(super) async fn token(
    transport: &dyn Transport,
    impersonated: Impersonated,
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    let Impersonated { service_account_impersonation_url, source_credentials, delegates } = impersonated;
    let own = document::token_of(transport, source_credentials, &[CLOUD_PLATFORM]).await?;
    exchange(transport, &service_account_impersonation_url, &own.secret, &delegates, scopes).await
}

/// Asks for a service account's token with one's own.
pub(super) async fn exchange(
    transport: &dyn Transport,
    url: &str,
    own: &Secret,
    delegates: &[String],
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    let mut request = request(IAM, Method::POST, url)?;
    authorize(&mut request, &format!("Bearer {}", own.expose()))?;
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.body = json!({"delegates": delegates, "scope": scopes, "lifetime": "3600s"}).to_string().into();
    let answer = ask(transport, IAM, request, PATIENCE).await?;
    let granted: Granted =
        serde_json::from_slice(&answer.body).map_err(|_| GoogleError::NoToken { from: IAM })?;
    let lifetime = Duration::try_from(granted.expire_time.duration_since(Timestamp::now()));
    Ok(Token { secret: Secret::from(granted.access_token), lifetime: lifetime.unwrap_or_default() })
}
