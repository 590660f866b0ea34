//! Workload identity federation: the token of another identity provider is exchanged for Google's
//! (RFC 8693), and that for a service account's if the document says so.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::Value;
use tokio::fs;

use crate::credentials::tokens::Token;
use crate::domain::Secret;
use crate::transport::Transport;

use super::ask::{PATIENCE, ask, authorize, form, read_token, request};
use super::{CLOUD_PLATFORM, GoogleError, impersonation};

const STS: &str = "Google's Security Token Service";
const PROVIDER: &str = "the identity provider";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A configuration file of workload identity federation.
#[derive(Deserialize)]
pub(super) struct ExternalAccount {
    audience: String,
    subject_token_type: String,
    token_url: String,
    credential_source: Source,
    service_account_impersonation_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Where the other provider's token is.
#[derive(Deserialize)]
struct Source {
    file: Option<String>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    format: Option<Format>,
    environment_id: Option<String>,
}

/// How the token is written there; the bare text when nothing is said.
#[derive(Deserialize)]
struct Format {
    r#type: String,
    subject_token_field_name: Option<String>,
}

/// Exchanges the token that the document points to.
pub(super) async fn token(
    transport: &dyn Transport,
    account: ExternalAccount,
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    let subject = subject_token(transport, &account.credential_source).await?;
    let impersonated = account.service_account_impersonation_url.as_deref();
    let scope = if impersonated.is_some() { CLOUD_PLATFORM.to_owned() } else { scopes.join(" ") };
    let fields = [
        ("grant_type", GRANT),
        ("audience", &account.audience),
        ("scope", &scope),
        ("requested_token_type", ACCESS_TOKEN),
        ("subject_token", subject.expose()),
        ("subject_token_type", &account.subject_token_type),
    ];
    let mut request = form(STS, &account.token_url, &fields)?;
    if let (Some(id), Some(secret)) = (&account.client_id, &account.client_secret) {
        authorize(&mut request, &format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))?;
    }
    let federated = read_token(STS, &ask(transport, STS, request, PATIENCE).await?)?;
    match impersonated {
        Some(url) => impersonation::exchange(transport, url, &federated.secret, &[], scopes).await,
        None => Ok(federated),
    }
}

/// The other provider's token. Read anew each time, since these tokens are short-lived.
async fn subject_token(transport: &dyn Transport, source: &Source) -> Result<Secret, GoogleError> {
    if source.environment_id.is_some() {
        return Err(GoogleError::Unsupported { kind: "of an AWS identity" });
    }
    let (from, text) = match (&source.file, &source.url) {
        (Some(path), _) => {
            let text = fs::read_to_string(path).await.map_err(|error| no_token(path, &error.to_string()))?;
            (path, text)
        }
        (None, Some(url)) => {
            let mut request = request(PROVIDER, Method::GET, url)?;
            for (name, value) in &source.headers {
                let name = HeaderName::from_bytes(name.as_bytes());
                let value = HeaderValue::from_str(value);
                let (Ok(name), Ok(mut value)) = (name, value) else {
                    return Err(no_token(url, "its headers can't be sent"));
                };
                value.set_sensitive(true);
                request.headers.insert(name, value);
            }
            let answer = ask(transport, PROVIDER, request, PATIENCE).await?;
            (url, String::from_utf8_lossy(&answer.body).into_owned())
        }
        (None, None) => return Err(GoogleError::Unsupported { kind: "from an executable or certificate" }),
    };
    read_subject(&text, source.format.as_ref()).ok_or_else(|| no_token(from, "there is no token in it"))
}

fn read_subject(text: &str, format: Option<&Format>) -> Option<Secret> {
    let token = match format {
        Some(format) if format.r#type == "json" => {
            let document: Value = serde_json::from_str(text).ok()?;
            document.get(format.subject_token_field_name.as_deref()?)?.as_str()?.to_owned()
        }
        _ => text.trim().to_owned(),
    };
    (!token.is_empty()).then(|| Secret::from(token))
}

fn no_token(from: &str, problem: &str) -> GoogleError {
    GoogleError::SubjectToken { from: format!("`{from}`"), problem: problem.to_owned() }
}
