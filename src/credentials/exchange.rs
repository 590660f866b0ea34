//! Fetches the tokens that [`TokenExchange`]s describe.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::domain::{Redactor, Secret, SignedRequest, TokenAsk, TokenExchange, TokenHeader, WireResponse};
use crate::transport::{Transport, TransportError};

use super::tokens::Token;

/// A call that hangs must not keep its credential from being asked for again.
const DEADLINE: Duration = Duration::from_secs(30);

/// Times beyond this are in milliseconds: as seconds they would be after the year 5000.
const MILLISECONDS: u64 = 100_000_000_000;

/// Why there is no token.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{issuer} gave no token")]
pub struct ExchangeError {
    issuer: &'static str,
    hint: &'static str,
    #[source]
    problem: ExchangeProblem,
}

impl ExchangeError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.problem {
            ExchangeProblem::Fetch { .. } | ExchangeProblem::Slow { .. } => {
                "check that this machine can reach the token endpoint"
            }
            _ => self.hint,
        }
    }

    /// The HTTP status of a refusal.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.problem {
            ExchangeProblem::Refused { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Whether nobody could be asked, so that nothing is known of the credential.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self.problem, ExchangeProblem::Fetch { .. } | ExchangeProblem::Slow { .. })
    }
}

/// What happened on the way to a token.
#[derive(Debug, Clone, thiserror::Error)]
enum ExchangeProblem {
    /// The address of the token endpoint is not one.
    #[error("`{url}` is not a usable token address")]
    Address {
        /// The text.
        url: String,
    },
    /// The file with the credential can't be read.
    #[error("the file `{path}` can't be read: {problem}")]
    File {
        /// Its path.
        path: String,
        /// What the operating system says.
        problem: String,
    },
    /// A credential that can't stand in an HTTP header.
    #[error("the credential contains characters that can't be sent in a header")]
    Unsendable,
    /// The endpoint did not answer.
    #[error("it could not be asked")]
    Fetch {
        /// Why.
        #[source]
        source: Arc<TransportError>,
    },
    /// The endpoint did not answer in time.
    #[error("it did not answer within {seconds} s")]
    Slow {
        /// How long was waited.
        seconds: u64,
    },
    /// The endpoint refused.
    #[error("it refused with HTTP {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The endpoint's own words.
        message: String,
    },
    /// The endpoint answered without a token.
    #[error("there is no `{field}` in what it gave")]
    NoToken {
        /// The field that should hold it.
        field: &'static str,
    },
}

impl ExchangeProblem {
    /// The same without what was sent, which an endpoint may quote.
    fn without(self, secrets: &[Secret]) -> Self {
        match self {
            Self::Refused { status, message } => {
                Self::Refused { status, message: Redactor::new(secrets).clean(&message).into_owned() }
            }
            other => other,
        }
    }
}

/// Gets a token.
pub(super) async fn fetch(
    transport: &dyn Transport,
    exchange: &TokenExchange,
) -> Result<Token, ExchangeError> {
    let (issuer, hint) = (exchange.issuer, exchange.hint);
    get(transport, exchange).await.map_err(|problem| ExchangeError { issuer, hint, problem })
}

async fn get(transport: &dyn Transport, exchange: &TokenExchange) -> Result<Token, ExchangeProblem> {
    let request = match &exchange.ask {
        TokenAsk::File(path) => {
            let document = serde_json::from_str(&read_file(path).await?).unwrap_or_default();
            return token(&document, exchange.field);
        }
        TokenAsk::Get(url) => request(Method::GET, url, Bytes::new(), exchange).await?,
        TokenAsk::Form(url, fields) => {
            let fields = fields.iter().map(|(name, value)| (name, value.expose()));
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let mut request = request(Method::POST, url, body.into(), exchange).await?;
            let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers.insert(CONTENT_TYPE, content_type);
            request
        }
    };
    let secrets = secrets(exchange, request.credential.as_ref());
    let answer = timeout(DEADLINE, transport.send(request))
        .await
        .map_err(|_| ExchangeProblem::Slow { seconds: DEADLINE.as_secs() })?
        .map_err(|source| ExchangeProblem::Fetch { source: Arc::new(source) })?;
    read_token(&answer, exchange.field).map_err(|problem| problem.without(&secrets))
}

async fn request(
    method: Method,
    url: &str,
    body: Bytes,
    exchange: &TokenExchange,
) -> Result<SignedRequest, ExchangeProblem> {
    let url = Url::parse(url).map_err(|_| ExchangeProblem::Address { url: url.to_owned() })?;
    let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let mut credential = None;
    for (name, value) in &exchange.headers {
        let value = match value {
            TokenHeader::Fixed(text) => HeaderValue::from_static(text),
            TokenHeader::RandomId => sendable(Uuid::new_v4().to_string())?,
            TokenHeader::Secret(prefix, secret) => keep(&mut credential, prefix, secret.clone())?,
            TokenHeader::File(prefix, path) => {
                let text = read_file(path).await?;
                keep(&mut credential, prefix, Secret::from(text.trim()))?
            }
        };
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(SignedRequest { method, url, headers, body, credential, verify_tls: true })
}

async fn read_file(path: &str) -> Result<String, ExchangeProblem> {
    tokio::fs::read_to_string(path)
        .await
        .map_err(|error| ExchangeProblem::File { path: path.to_owned(), problem: error.to_string() })
}

/// What of a token request nobody may see: the credential in its headers, and those fields of its form that are
/// no constants of the protocol.
fn secrets(exchange: &TokenExchange, credential: Option<&Secret>) -> Vec<Secret> {
    let fields = match &exchange.ask {
        TokenAsk::Form(_, fields) => fields.as_slice(),
        TokenAsk::Get(_) | TokenAsk::File(_) => &[],
    };
    let is_secret = |name: &str| name.ends_with("key") || name.ends_with("secret");
    let fields = fields.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone());
    fields.chain(credential.cloned()).collect()
}

/// The value of a header with a secret in it, which is remembered and kept out of logs.
fn keep(
    credential: &mut Option<Secret>,
    prefix: &str,
    secret: Secret,
) -> Result<HeaderValue, ExchangeProblem> {
    let mut value = sendable([prefix, secret.expose()].concat())?;
    value.set_sensitive(true);
    *credential = Some(secret);
    Ok(value)
}

fn sendable(text: String) -> Result<HeaderValue, ExchangeProblem> {
    HeaderValue::from_maybe_shared(Bytes::from(text)).map_err(|_| ExchangeProblem::Unsendable)
}

fn read_token(answer: &WireResponse, field: &'static str) -> Result<Token, ExchangeProblem> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if !answer.is_success() {
        return Err(ExchangeProblem::Refused { status: answer.status, message: reason(&body, answer) });
    }
    token(&body, field)
}

/// The token in an answer or document.
fn token(body: &Value, field: &'static str) -> Result<Token, ExchangeProblem> {
    let token = body.get(field).and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or(ExchangeProblem::NoToken { field })?;
    Ok(Token { secret: Secret::from(token), lifetime: lifetime(body, Timestamp::now()) })
}

/// How long a token is good for: told as a time span, or as a point in time in seconds or milliseconds.
fn lifetime(body: &Value, now: Timestamp) -> Duration {
    if let Some(seconds) = body.get("expires_in").and_then(Value::as_u64) {
        return Duration::from_secs(seconds);
    }
    let until = match body.get("expires_at").and_then(Value::as_u64) {
        Some(millis) if millis > MILLISECONDS => Duration::from_millis(millis),
        Some(seconds) => Duration::from_secs(seconds),
        None => return Duration::ZERO,
    };
    until.saturating_sub(now.as_duration().try_into().unwrap_or_default())
}

/// An endpoint's own words: the fields of OAuth, of IBM, SAP and Sber, and of GitHub.
fn reason(body: &Value, answer: &WireResponse) -> String {
    let fields = ["error_description", "errorMessage", "message", "error"];
    let told = fields.iter().find_map(|name| body.get(name).and_then(Value::as_str));
    told.map_or_else(
        || match String::from_utf8_lossy(&answer.body).trim() {
            "" => "no reason given".to_owned(),
            text => text.chars().take(200).collect(),
        },
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value) -> WireResponse {
        WireResponse { status, headers: HeaderMap::new(), body: body.to_string().into() }
    }

    #[test]
    fn lifetimes_are_told_in_three_ways() {
        let now = Timestamp::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (body, seconds) in [
            (json!({"expires_in": 3600}), 3600),
            (json!({"expires_at": 1_700_000_600}), 600),
            (json!({"expires_at": 1_700_000_600_000_u64}), 600),
            (json!({"expires_at": 1_600_000_000}), 0),
            (json!({}), 0),
        ] {
            assert_eq!(lifetime(&body, now), Duration::from_secs(seconds), "{body}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_issuers_words() {
        for (body, words) in [
            (json!({"errorCode": "BXNIM0415E", "errorMessage": "API key not found"}), "API key not found"),
            (json!({"code": 4, "message": "Can't decode header"}), "Can't decode header"),
            (json!({"error": "invalid_client"}), "invalid_client"),
            (json!({"odd": 1}), r#"{"odd":1}"#),
        ] {
            let error = read_token(&answer(401, &body), "token").unwrap_err().to_string();
            assert_eq!(error, format!("it refused with HTTP 401: {words}"));
        }
        let error = read_token(&answer(200, &json!({"token": ""})), "token").unwrap_err();
        assert_eq!(error.to_string(), "there is no `token` in what it gave");
    }
}
