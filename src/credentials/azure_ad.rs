//! Microsoft Entra ID (Azure AD): the client credentials grant.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use tokio::time::timeout;
use url::{Url, form_urlencoded};

use crate::domain::{AzureAdCredential, Secret, SignedRequest, WireResponse};
use crate::transport::Transport;

use super::CredentialError;
use super::tokens::Token;

/// A call that hangs must not keep its credential from being asked for again.
const DEADLINE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

#[derive(Deserialize)]
struct Refusal {
    error_description: Option<String>,
    error: Option<String>,
}

/// Asks for a token.
pub(super) async fn fetch(
    transport: &dyn Transport,
    credential: &AzureAdCredential,
    scope: &str,
) -> Result<Token, CredentialError> {
    let request = token_request(credential, scope)?;
    let host = request.url.host_str().unwrap_or_default().to_owned();
    let answer = timeout(DEADLINE, transport.send(request))
        .await
        .map_err(|_| CredentialError::Slow { host, seconds: DEADLINE.as_secs() })?
        .map_err(|source| CredentialError::Fetch { source: Arc::new(source) })?;
    read_token(&answer)
}

fn token_request(credential: &AzureAdCredential, scope: &str) -> Result<SignedRequest, CredentialError> {
    let address = format!("{}/{}/oauth2/v2.0/token", credential.authority, credential.tenant_id);
    let url = Url::parse(&address).map_err(|_| CredentialError::TokenUrl { url: address })?;
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &credential.client_id)
        .append_pair("client_secret", credential.client_secret.expose())
        .append_pair("scope", scope)
        .finish();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(SignedRequest {
        method: Method::POST,
        url,
        headers,
        body: body.into(),
        credential: Some(credential.client_secret.clone()),
        verify_tls: true,
    })
}

fn read_token(answer: &WireResponse) -> Result<Token, CredentialError> {
    if !answer.is_success() {
        let words = serde_json::from_slice::<Refusal>(&answer.body)
            .ok()
            .and_then(|refusal| refusal.error_description.or(refusal.error))
            .unwrap_or_else(|| "no reason given".to_owned());
        return Err(CredentialError::Refused { status: answer.status, message: words });
    }
    let granted: Granted = serde_json::from_slice(&answer.body).map_err(|_| CredentialError::NoToken)?;
    if granted.access_token.is_empty() {
        return Err(CredentialError::NoToken);
    }
    Ok(Token {
        secret: Secret::from(granted.access_token),
        lifetime: Duration::from_secs(granted.expires_in),
    })
}
