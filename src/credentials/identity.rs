//! Tokens of other identity providers, which are exchanged for a cloud's credentials.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use tokio::fs;
use tokio::time::timeout;
use url::Url;

use crate::domain::{IdentityToken, Secret, SignedRequest};
use crate::transport::{Transport, TransportError};

/// A provider must answer in this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no token of the other identity provider.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no identity token came from {from}: {problem}")]
pub struct IdentityError {
    from: String,
    problem: String,
    #[source]
    source: Option<Arc<TransportError>>,
}

/// The token. Files and endpoints are read anew each time, since these tokens are short-lived.
pub(super) async fn identity_token(
    transport: &dyn Transport,
    token: &IdentityToken,
) -> Result<Secret, IdentityError> {
    match token {
        IdentityToken::Value(secret) => Ok(secret.clone()),
        IdentityToken::File(path) => match fs::read_to_string(path).await {
            Ok(text) if !text.trim().is_empty() => Ok(Secret::from(text.trim())),
            Ok(_) => Err(no_token(path, "the file is empty")),
            Err(error) => Err(no_token(path, &error.to_string())),
        },
        IdentityToken::Endpoint { url, header: (name, value), field } => {
            let mut value = HeaderValue::from_str(value.expose())
                .map_err(|_| no_token(url, "its header can't be sent"))?;
            value.set_sensitive(true);
            let request = SignedRequest {
                method: Method::GET,
                url: Url::parse(url).map_err(|_| no_token(url, "it is not a usable address"))?,
                headers: HeaderMap::from_iter([(http::HeaderName::from_static(name), value)]),
                body: Bytes::new(),
                credential: None,
                verify_tls: true,
            };
            let answer = timeout(PATIENCE, transport.send(request))
                .await
                .map_err(|_| no_token(url, &format!("no answer came within {} s", PATIENCE.as_secs())))?
                .map_err(|source| IdentityError {
                    source: Some(Arc::new(source)),
                    ..no_token(url, "it could not be asked")
                })?;
            if !answer.is_success() {
                return Err(no_token(url, &format!("it refused with HTTP {}", answer.status)));
            }
            read(&answer.body, *field).ok_or_else(|| no_token(url, "the answer holds no token"))
        }
    }
}

fn read(body: &[u8], field: Option<&str>) -> Option<Secret> {
    let text = match field {
        None => String::from_utf8_lossy(body).trim().to_owned(),
        Some(field) => serde_json::from_slice::<Value>(body).ok()?.get(field)?.as_str().map(str::to_owned)?,
    };
    (!text.is_empty()).then(|| Secret::from(text))
}

fn no_token(from: &str, problem: &str) -> IdentityError {
    IdentityError { from: from.to_owned(), problem: problem.to_owned(), source: None }
}
