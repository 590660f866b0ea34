//! The Security Token Service: keys of a role for other keys, or for an identity token.

use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use jiff::Timestamp;
use url::form_urlencoded;

use crate::credentials::tokens::Token;
use crate::domain::{AwsKeys, AwsRole, AwsSts, Secret, SignedRequest};
use crate::transport::Transport;

use super::AwsError;
use super::ask::{PATIENCE, ask, remaining, request, tag};
use super::sigv4::sign;

const STS: &str = "AWS STS";

/// `AssumeRole`, signed with the keys at hand.
pub(super) async fn assume_role(
    transport: &dyn Transport,
    sts: &AwsSts,
    keys: &AwsKeys,
    role: &AwsRole,
) -> Result<Token<AwsKeys>, AwsError> {
    let external_id = role.external_id.as_deref().map(|id| ("ExternalId", id));
    let request = post(sts, "AssumeRole", &role.arn, &role.session_name, external_id)?;
    let request = sign(request, keys, "sts", &sts.region, Timestamp::now())?;
    read(&ask(transport, STS, request, PATIENCE).await?.body)
}

/// `AssumeRoleWithWebIdentity`: the token is the credential, so nothing is signed.
pub(super) async fn assume_role_with_web_identity(
    transport: &dyn Transport,
    sts: &AwsSts,
    role_arn: &str,
    session_name: &str,
    token: &Secret,
) -> Result<Token<AwsKeys>, AwsError> {
    let token = Some(("WebIdentityToken", token.expose()));
    let request = post(sts, "AssumeRoleWithWebIdentity", role_arn, session_name, token)?;
    read(&ask(transport, STS, request, PATIENCE).await?.body)
}

fn post(
    sts: &AwsSts,
    action: &str,
    role_arn: &str,
    session_name: &str,
    more: Option<(&str, &str)>,
) -> Result<SignedRequest, AwsError> {
    let mut headers = HeaderMap::new();
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    headers.insert(CONTENT_TYPE, content_type);
    let mut request = request(STS, Method::POST, &sts.endpoint, headers)?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", action)
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", role_arn)
        .append_pair("RoleSessionName", session_name)
        .extend_pairs(more)
        .finish();
    request.body = form.into();
    Ok(request)
}

/// Reads the `Credentials` of an answer.
fn read(body: &[u8]) -> Result<Token<AwsKeys>, AwsError> {
    let xml = String::from_utf8_lossy(body);
    let text = |name| tag(&xml, name).ok_or(AwsError::Unreadable { from: STS });
    let until: Timestamp = text("Expiration")?.parse().map_err(|_| AwsError::Unreadable { from: STS })?;
    Ok(Token {
        secret: AwsKeys {
            access_key_id: text("AccessKeyId")?.to_owned(),
            secret_access_key: Secret::from(text("SecretAccessKey")?),
            session_token: Some(Secret::from(text("SessionToken")?)),
        },
        lifetime: remaining(until),
    })
}
