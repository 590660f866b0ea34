//! Tokens of a managed identity: from the endpoint beside an app, or the metadata service of a machine.

use std::time::Duration;

use http::{HeaderValue, Method};

use crate::credentials::tokens::Token;
use crate::domain::{AzureIdentityHost, AzureManagedIdentity};
use crate::transport::Transport;

use super::AzureError;
use super::ask::{ask, read_token, request};

const APP: &str = "the app's identity endpoint";
const MACHINE: &str = "the Azure instance metadata service";

/// Both are next door, and where they are not, nobody answers at all. The first token of an identity takes them
/// a few seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for a token of the identity.
pub(super) async fn token(
    transport: &dyn Transport,
    identity: &AzureManagedIdentity,
    scope: &str,
) -> Result<Token, AzureError> {
    let (from, mut request) = match &identity.host {
        AzureIdentityHost::App { endpoint, header } => {
            let mut request = request(APP, Method::GET, endpoint)?;
            let mut value = HeaderValue::from_str(header.expose()).map_err(|_| AzureError::Unsendable)?;
            value.set_sensitive(true);
            request.headers.insert("x-identity-header", value);
            request.url.query_pairs_mut().append_pair("api-version", "2019-08-01");
            request.credential = Some(header.clone());
            (APP, request)
        }
        AzureIdentityHost::Machine { endpoint } => {
            let url = format!("{endpoint}/metadata/identity/oauth2/token?api-version=2018-02-01");
            let mut request = request(MACHINE, Method::GET, &url)?;
            request.headers.insert("metadata", HeaderValue::from_static("true"));
            (MACHINE, request)
        }
    };
    // These endpoints know the older form of a scope, which names the resource alone.
    let resource = scope.strip_suffix("/.default").unwrap_or(scope);
    request.url.query_pairs_mut().append_pair("resource", resource);
    if let Some(id) = &identity.client_id {
        request.url.query_pairs_mut().append_pair("client_id", id);
    }
    match ask(transport, from, request, PATIENCE).await {
        Ok(answer) => read_token(from, &answer),
        Err(AzureError::Fetch { .. } | AzureError::Slow { .. }) => Err(AzureError::NoIdentity { from }),
        Err(AzureError::Refused { from, status, message }) => {
            Err(AzureError::NotAssigned { from, status, message })
        }
        Err(error) => Err(error),
    }
}
