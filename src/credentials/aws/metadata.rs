//! Keys from where a program runs: a container's endpoint, or the metadata of an EC2 instance.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};

use crate::credentials::identity::identity_token;
use crate::credentials::tokens::Token;
use crate::domain::{AwsContainer, AwsKeys, Secret};
use crate::transport::Transport;

use super::AwsError;
use super::ask::{ask, read_keys, request};

const CONTAINER: &str = "the container credential endpoint";
const INSTANCE: &str = "the EC2 instance metadata";

/// Both are next door, and where they are not, nobody answers at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// The keys of a container's role (ECS, EKS Pod Identity).
pub(super) async fn container(
    transport: &dyn Transport,
    container: &AwsContainer,
) -> Result<Token<AwsKeys>, AwsError> {
    let mut headers = HeaderMap::new();
    if let Some(token) = &container.token {
        let token = identity_token(transport, token).await?;
        headers.insert(AUTHORIZATION, sensitive(&token)?);
    }
    let request = request(CONTAINER, Method::GET, &container.url, headers)?;
    read_keys(CONTAINER, &ask(transport, CONTAINER, request, PATIENCE).await?.body)
}

/// The keys of an instance's role, by version 2 of the metadata service; `None` when the instance has no role
/// or this is no instance.
pub(super) async fn instance(
    transport: &dyn Transport,
    endpoint: &str,
) -> Result<Option<Token<AwsKeys>>, AwsError> {
    let mut headers = HeaderMap::new();
    headers.insert("x-aws-ec2-metadata-token-ttl-seconds", HeaderValue::from_static("60"));
    let session = request(INSTANCE, Method::PUT, &format!("{endpoint}/latest/api/token"), headers)?;
    let Ok(session) = ask(transport, INSTANCE, session, PATIENCE).await else {
        return Ok(None);
    };
    let session = Secret::from(String::from_utf8_lossy(&session.body).trim());
    let roles = format!("{endpoint}/latest/meta-data/iam/security-credentials/");
    let role = match read(transport, &roles, &session).await {
        Err(AwsError::Refused { status: 404, .. }) => return Ok(None),
        role => role?,
    };
    let role = String::from_utf8_lossy(&role);
    let Some(role) = role.lines().next().filter(|role| !role.is_empty()) else {
        return Ok(None);
    };
    let keys = read(transport, &format!("{roles}{role}"), &session).await?;
    read_keys(INSTANCE, &keys).map(Some)
}

async fn read(transport: &dyn Transport, url: &str, session: &Secret) -> Result<bytes::Bytes, AwsError> {
    let mut headers = HeaderMap::new();
    headers.insert("x-aws-ec2-metadata-token", sensitive(session)?);
    let request = request(INSTANCE, Method::GET, url, headers)?;
    Ok(ask(transport, INSTANCE, request, PATIENCE).await?.body)
}

fn sensitive(secret: &Secret) -> Result<HeaderValue, AwsError> {
    let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| AwsError::Unsignable)?;
    value.set_sensitive(true);
    Ok(value)
}
