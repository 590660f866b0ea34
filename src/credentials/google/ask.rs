//! Asks an endpoint that gives access tokens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use tokio::time::timeout;
use url::{Url, form_urlencoded};

use crate::credentials::tokens::Token;
use crate::domain::{Secret, SignedRequest, WireResponse};
use crate::transport::Transport;

use super::GoogleError;

/// An endpoint across the network must answer in this time.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A request without a body; others are made from it.
pub(super) fn request(from: &'static str, method: Method, url: &str) -> Result<SignedRequest, GoogleError> {
    let url = Url::parse(url).map_err(|_| GoogleError::Address { from, url: url.to_owned() })?;
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    Ok(SignedRequest { method, url, headers, body: Bytes::new(), credential: None, verify_tls: true })
}

/// A `POST` of a form.
pub(super) fn form(
    from: &'static str,
    url: &str,
    fields: &[(&str, &str)],
) -> Result<SignedRequest, GoogleError> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = request(from, Method::POST, url)?;
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers.insert(CONTENT_TYPE, content_type);
    request.body = body.into();
    Ok(request)
}

/// Adds an `Authorization` header, which is kept out of logs.
pub(super) fn authorize(request: &mut SignedRequest, value: &str) -> Result<(), GoogleError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| GoogleError::Document { problem: "holds characters that can't be sent".to_owned() })?;
    value.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}

/// Sends a request and gives back a good answer.
pub(super) async fn ask(
    transport: &dyn Transport,
    from: &'static str,
    request: SignedRequest,
    patience: Duration,
) -> Result<WireResponse, GoogleError> {
    let answer = timeout(patience, transport.send(request))
        .await
        .map_err(|_| GoogleError::Slow { from, seconds: patience.as_secs() })?
        .map_err(|source| GoogleError::Fetch { from, source: Arc::new(source) })?;
    if answer.is_success() {
        return Ok(answer);
    }
    Err(GoogleError::Refused { from, status: answer.status, message: reason(&answer.body) })
}

/// What OAuth endpoints and the metadata server answer.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

/// Reads a token out of an answer.
pub(super) fn read_token(from: &'static str, answer: &WireResponse) -> Result<Token, GoogleError> {
    let granted: Granted = serde_json::from_slice(&answer.body).map_err(|_| GoogleError::NoToken { from })?;
    if granted.access_token.is_empty() {
        return Err(GoogleError::NoToken { from });
    }
    let lifetime = Duration::from_secs(granted.expires_in);
    Ok(Token { secret: Secret::from(granted.access_token), lifetime })
}

/// An endpoint's own words about its refusal: OAuth's two fields, or the error of a Google API.
#[derive(Deserialize)]
struct Refusal {
    error: Option<Fault>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Fault {
    Word(String),
    Api { message: String },
}

fn reason(body: &[u8]) -> String {
    let told = serde_json::from_slice::<Refusal>(body).ok().and_then(|refusal| {
        match (refusal.error, refusal.error_description) {
            (Some(Fault::Word(word)), Some(description)) => Some(format!("{word}: {description}")),
            (Some(Fault::Word(text) | Fault::Api { message: text }), _) | (None, Some(text)) => Some(text),
            (None, None) => None,
        }
    });
    told.unwrap_or_else(|| match String::from_utf8_lossy(body).trim() {
        "" => "no reason given".to_owned(),
        text => text.chars().take(200).collect(),
    })
}
