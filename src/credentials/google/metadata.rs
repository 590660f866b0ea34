//! The metadata server of Compute Engine, Cloud Run and GKE (workload identity).

use std::time::Duration;

use http::{HeaderValue, Method};

use crate::credentials::tokens::Token;
use crate::transport::Transport;

use super::GoogleError;
use super::ask::{ask, read_token, request};

const METADATA: &str = "the metadata server";

/// It is next door, and where it is not, nobody answers at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// The token of the machine's, or pod's, service account.
pub(super) async fn token(
    transport: &dyn Transport,
    endpoint: &str,
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    let url = format!("{endpoint}/computeMetadata/v1/instance/service-accounts/default/token");
    let mut request = request(METADATA, Method::GET, &url)?;
    request.url.query_pairs_mut().append_pair("scopes", &scopes.join(","));
    request.headers.insert("metadata-flavor", HeaderValue::from_static("Google"));
    match ask(transport, METADATA, request, PATIENCE).await {
        Ok(answer) => read_token(METADATA, &answer),
        Err(GoogleError::Fetch { .. } | GoogleError::Slow { .. }) => Err(GoogleError::NoCredentials),
        Err(error) => Err(error),
    }
}
