//! Asks an endpoint that gives access tokens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::credentials::tokens::Token;
use crate::domain::{Redactor, Secret, SignedRequest, WireResponse};
use crate::transport::Transport;

use super::AzureError;

/// An endpoint across the network must answer in this time.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A request without a body; others are made from it.
pub(super) fn request(from: &'static str, method: Method, url: &str) -> Result<SignedRequest, AzureError> {
    let url = Url::parse(url).map_err(|_| AzureError::Address { from, url: url.to_owned() })?;
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    Ok(SignedRequest { method, url, headers, body: Bytes::new(), credential: None, verify_tls: true })
}

/// Sends a request and gives back a good answer. A refusal that quotes the request's credential loses it.
pub(super) async fn ask(
    transport: &dyn Transport,
    from: &'static str,
    request: SignedRequest,
    patience: Duration,
) -> Result<WireResponse, AzureError> {
    let credential = request.credential.clone();
    let answer = timeout(patience, transport.send(request))
        .await
        .map_err(|_| AzureError::Slow { from, seconds: patience.as_secs() })?
        .map_err(|source| AzureError::Fetch { from, source: Arc::new(source) })?;
    if answer.is_success() {
        return Ok(answer);
    }
    let message = Redactor::new(credential.as_slice()).clean(&reason(&answer.body)).into_owned();
    Err(AzureError::Refused { from, status: answer.status, message })
}

/// What all of them answer. The older ones write numbers as texts, or give a point in time alone.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    expires_on: Value,
}

/// Reads a token out of an answer.
pub(super) fn read_token(from: &'static str, answer: &WireResponse) -> Result<Token, AzureError> {
    let granted: Granted = serde_json::from_slice(&answer.body).map_err(|_| AzureError::NoToken { from })?;
    if granted.access_token.is_empty() {
        return Err(AzureError::NoToken { from });
    }
    let lifetime = seconds(&granted.expires_in).unwrap_or_else(|| {
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        seconds(&granted.expires_on).unwrap_or_default().saturating_sub(now)
    });
    Ok(Token { secret: Secret::from(granted.access_token), lifetime: Duration::from_secs(lifetime) })
}

fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// An endpoint's own words about its refusal.
#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
    /// App Service words it in another way.
    message: Option<String>,
}

fn reason(body: &[u8]) -> String {
    let told = serde_json::from_slice::<Refusal>(body)
        .ok()
        .and_then(|refusal| refusal.error_description.or(refusal.message).or(refusal.error));
    let told = told.unwrap_or_else(|| String::from_utf8_lossy(body).chars().take(200).collect());
    // Microsoft Entra ID appends trace ids and the time, each on a line of its own.
    told.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given").to_owned()
}
