//! Credentials documents: the JSON files that the Google Cloud console and `gcloud` write.
//!
//! Their form is described under "How Application Default Credentials works" and in AIP-4112 to 4117.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::credentials::tokens::Token;
use crate::transport::Transport;

use super::ask::{PATIENCE, ask, form, read_token};
use super::external::{self, ExternalAccount};
use super::impersonation::{self, Impersonated};
use super::service_account::{self, ServiceAccount};
use super::{GoogleError, TOKEN_ENDPOINT};

/// Google's endpoint for documents that name none.
const DEFAULT_TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// What `gcloud auth application-default login` leaves.
#[derive(Deserialize)]
struct AuthorizedUser {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    token_uri: Option<String>,
}

/// The access token that a document leads to.
pub(super) async fn token(
    transport: &dyn Transport,
    text: &str,
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    let document: Value = serde_json::from_str(text).map_err(|_| problem("is not JSON"))?;
    token_of(transport, document, scopes).await
}

/// The same for a document that is parsed. Boxed, because a document may hold another one.
pub(super) fn token_of<'a>(
    transport: &'a dyn Transport,
    document: Value,
    scopes: &'a [&'a str],
) -> BoxFuture<'a, Result<Token, GoogleError>> {
    Box::pin(async move {
        match document.get("type").and_then(Value::as_str) {
            Some("service_account") => {
                let account: ServiceAccount = read(document)?;
                service_account::token(transport, &account, scopes).await
            }
            Some("authorized_user") => refresh(transport, &read(document)?, scopes).await,
            Some("external_account") => {
                let account: ExternalAccount = read(document)?;
                external::token(transport, account, scopes).await
            }
            Some("impersonated_service_account") => {
                let impersonated: Impersonated = read(document)?;
                impersonation::token(transport, impersonated, scopes).await
            }
            Some(other) => Err(problem(&format!("is of the unknown type `{other}`"))),
            None => Err(problem("has no `type`")),
        }
    })
}

/// The refresh token grant of OAuth 2.0.
async fn refresh(
    transport: &dyn Transport,
    user: &AuthorizedUser,
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    let scope = scopes.join(" ");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", &user.client_id),
        ("client_secret", &user.client_secret),
        ("refresh_token", &user.refresh_token),
        ("scope", &scope),
    ];
    let uri = user.token_uri.as_deref().unwrap_or(DEFAULT_TOKEN_URI);
    let request = form(TOKEN_ENDPOINT, uri, &fields)?;
    read_token(TOKEN_ENDPOINT, &ask(transport, TOKEN_ENDPOINT, request, PATIENCE).await?)
}

/// The fields of a document. The parser's own words are passed on only where they name a field: they may
/// quote a value.
fn read<T: DeserializeOwned>(document: Value) -> Result<T, GoogleError> {
    serde_json::from_value(document).map_err(|error| {
        let words = error.to_string();
        match words.strip_prefix("missing field ") {
            Some(field) => problem(&format!("has no {field}")),
            None => problem("has a field of a wrong type"),
        }
    })
}

pub(super) fn problem(text: &str) -> GoogleError {
    GoogleError::Document { problem: text.to_owned() }
}
