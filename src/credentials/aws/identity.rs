//! Tokens of other identity providers, which are exchanged for keys.

use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use tokio::fs;

use crate::domain::{IdentityToken, Secret};
use crate::transport::Transport;

use super::AwsError;
use super::ask::{PATIENCE, ask, request};

const PROVIDER: &str = "the identity provider";

/// The token. Files and endpoints are read anew each time, since these tokens are short-lived.
pub(super) async fn identity_token(
    transport: &dyn Transport,
    token: &IdentityToken,
) -> Result<Secret, AwsError> {
    match token {
        IdentityToken::Value(secret) => Ok(secret.clone()),
        IdentityToken::File(path) => match fs::read_to_string(path).await {
            Ok(text) if !text.trim().is_empty() => Ok(Secret::from(text.trim())),
            Ok(_) => Err(no_token(path, "the file is empty")),
            Err(error) => Err(no_token(path, &error.to_string())),
        },
        IdentityToken::Endpoint { url, header: (name, value), field } => {
            let mut headers = HeaderMap::new();
            let mut value = HeaderValue::from_str(value.expose())
                .map_err(|_| no_token(url, "its header can't be sent"))?;
            value.set_sensitive(true);
            headers.insert(*name, value);
            let request = request(PROVIDER, Method::GET, url, headers)?;
            let answer = ask(transport, PROVIDER, request, PATIENCE).await?;
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

fn no_token(from: &str, problem: &str) -> AwsError {
    AwsError::IdentityToken { from: from.to_owned(), problem: problem.to_owned() }
}
