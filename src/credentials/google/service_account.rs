//! Service accounts: a signed assertion is exchanged for an access token (RFC 7523).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::credentials::rsa;
use crate::credentials::tokens::Token;
use crate::transport::Transport;

use super::ask::{PATIENCE, ask, form, read_token};
use super::document::problem;
use super::{GoogleError, TOKEN_ENDPOINT};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How long an assertion and its token are good for, in seconds. Google allows no more.
const LIFETIME: i64 = 3600;

/// The key file of a service account.
#[derive(Deserialize)]
pub(super) struct ServiceAccount {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: String,
}

/// Asks the account's token endpoint for an access token.
pub(super) async fn token(
    transport: &dyn Transport,
    account: &ServiceAccount,
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    let now = Timestamp::now().as_second();
    let assertion = assertion(account, scopes, now)?;
    let request =
        form(TOKEN_ENDPOINT, &account.token_uri, &[("assertion", &assertion), ("grant_type", GRANT)])?;
    read_token(TOKEN_ENDPOINT, &ask(transport, TOKEN_ENDPOINT, request, PATIENCE).await?)
}

/// A JSON Web Token in which the account asks for the scopes, signed with its key.
fn assertion(account: &ServiceAccount, scopes: &[&str], now: i64) -> Result<String, GoogleError> {
    let mut header = json!({"alg": "RS256", "typ": "JWT"});
    if let Some(id) = &account.private_key_id {
        header["kid"] = Value::from(id.as_str());
    }
    let claims = json!({
        "iss": account.client_email,
        "scope": scopes.join(" "),
        "aud": account.token_uri,
        "iat": now,
        "exp": now + LIFETIME,
    });
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = rsa::sign(&account.private_key, signed.as_bytes())
        .map_err(|_| problem("has a `private_key` that is not an RSA key in PEM form"))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
