//! Asks an endpoint that gives keys or tokens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::timeout;
use url::Url;

use crate::credentials::tokens::Token;
use crate::domain::{AwsKeys, Secret, SignedRequest, WireResponse};
use crate::transport::Transport;

use super::AwsError;

/// An endpoint across the network must answer in this time.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Keys without an expiry are looked up again after half of this time, since files change.
pub(super) const UNDATED: Duration = Duration::from_mins(10);

/// A request without a body.
pub(super) fn request(
    from: &'static str,
    method: Method,
    url: &str,
    headers: HeaderMap,
) -> Result<SignedRequest, AwsError> {
    let url = Url::parse(url).map_err(|_| AwsError::Address { from, url: url.to_owned() })?;
    Ok(SignedRequest { method, url, headers, body: Bytes::new(), credential: None, verify_tls: true })
}

/// Sends a request and gives back a good answer.
pub(super) async fn ask(
    transport: &dyn Transport,
    from: &'static str,
    request: SignedRequest,
    patience: Duration,
) -> Result<WireResponse, AwsError> {
    let answer = timeout(patience, transport.send(request))
        .await
        .map_err(|_| AwsError::Slow { from, seconds: patience.as_secs() })?
        .map_err(|source| AwsError::Fetch { from, source: Arc::new(source) })?;
    if answer.is_success() {
        return Ok(answer);
    }
    Err(AwsError::Refused { from, status: answer.status, message: reason(&answer.body) })
}

/// Keys as the container endpoint, the instance metadata and a credential process write them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    access_key_id: String,
    secret_access_key: String,
    #[serde(alias = "SessionToken")]
    token: Option<String>,
    expiration: Option<Timestamp>,
}

/// Reads keys out of JSON.
pub(super) fn read_keys(from: &'static str, json: &[u8]) -> Result<Token<AwsKeys>, AwsError> {
    let written: Written = serde_json::from_slice(json).map_err(|_| AwsError::Unreadable { from })?;
    Ok(Token {
        secret: AwsKeys {
            access_key_id: written.access_key_id,
            secret_access_key: Secret::from(written.secret_access_key),
            session_token: written.token.filter(|token| !token.is_empty()).map(Secret::from),
        },
        lifetime: written.expiration.map_or(UNDATED, remaining),
    })
}

/// The time until then; none when it has passed.
pub(super) fn remaining(until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default()
}

/// The text between the first `<tag>` and its end: enough of XML for the answers of STS.
pub(super) fn tag<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}

/// An endpoint's own words about its refusal: XML from STS, JSON or text from the others.
fn reason(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if let Some(message) = tag(&text, "Message") {
        return match tag(&text, "Code") {
            Some(code) => format!("{code}: {message}"),
            None => message.to_owned(),
        };
    }
    match text.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) => line.chars().take(200).collect(),
        None => "no reason given".to_owned(),
    }
}
