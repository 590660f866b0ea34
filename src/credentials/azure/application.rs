//! Tokens for an application: the grants of OAuth that Microsoft's identity platform has for programs.

use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};
use url::form_urlencoded;

use crate::credentials::identity::identity_token;
use crate::credentials::tokens::Token;
use crate::domain::{AzureApplication, AzureProof, Secret};
use crate::transport::Transport;

use super::AzureError;
use super::ask::{PATIENCE, ask, read_token, request};

const ENTRA: &str = "Microsoft Entra ID";

/// What a token of another identity provider is called as a proof (RFC 7523).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Asks for a token with the application's proof.
pub(super) async fn token(
    transport: &dyn Transport,
    application: &AzureApplication,
    scope: &str,
) -> Result<Token, AzureError> {
    let AzureApplication { authority, tenant_id, client_id, proof } = application;
    let (grant, secret) = match proof {
        AzureProof::Secret(secret) => ("client_credentials", secret.clone()),
        AzureProof::Assertion(token) => ("client_credentials", identity_token(transport, token).await?),
        AzureProof::Password { password, .. } => ("password", Secret::clone(password)),
    };
    let shown = match proof {
        AzureProof::Secret(_) => vec![("client_secret", secret.expose())],
        AzureProof::Assertion(_) => {
            vec![("client_assertion_type", ASSERTION), ("client_assertion", secret.expose())]
        }
        AzureProof::Password { username, .. } => {
            vec![("username", username.as_str()), ("password", secret.expose())]
        }
    };
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", grant)
        .append_pair("client_id", client_id)
        .append_pair("scope", scope)
        .extend_pairs(shown)
        .finish();
    let mut request = request(ENTRA, Method::POST, &format!("{authority}/{tenant_id}/oauth2/v2.0/token"))?;
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers.insert(CONTENT_TYPE, content_type);
    request.body = form.into();
    request.credential = Some(secret);
    read_token(ENTRA, &ask(transport, ENTRA, request, PATIENCE).await?)
}
