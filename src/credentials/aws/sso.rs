//! IAM Identity Center (SSO): the login that `aws sso login` left behind, for the keys of a role.

use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::Deserialize;
use tokio::fs;
use url::form_urlencoded;

use crate::credentials::tokens::Token;
use crate::domain::{AwsKeys, Secret};
use crate::transport::Transport;

use super::AwsError;
use super::ask::{PATIENCE, ask, remaining, request};

const PORTAL: &str = "IAM Identity Center";

/// What a profile says of its login.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SsoLogin {
    /// The profile, for messages.
    pub(super) profile: String,
    /// What the login is kept under: the name of the session, else the address of the portal.
    pub(super) session: String,
    /// Where the portal is.
    pub(super) region: String,
    /// Whose role.
    pub(super) account_id: String,
    /// Which role.
    pub(super) role_name: String,
    /// The folder with logins.
    pub(super) cache: String,
}

/// A login as the AWS command line keeps it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    access_token: String,
    expires_at: String,
}

/// What the portal answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    role_credentials: RoleCredentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Milliseconds since 1970.
    expiration: i64,
}

/// Exchanges the login for the role's keys. Only a person at a browser can log in again.
pub(super) async fn keys(transport: &dyn Transport, login: &SsoLogin) -> Result<Token<AwsKeys>, AwsError> {
    let logged_out = |problem: &'static str| AwsError::LoggedOut { profile: login.profile.clone(), problem };
    let path = format!("{}/{}.json", login.cache, name(&login.session));
    let text = fs::read(&path).await.map_err(|_| logged_out("nobody has logged in"))?;
    let found: Login = serde_json::from_slice(&text).map_err(|_| logged_out("the login can't be read"))?;
    // Old versions write `UTC` for `Z`.
    let until = found.expires_at.replace("UTC", "Z").parse::<Timestamp>();
    if until.is_ok_and(|until| remaining(until).is_zero()) {
        return Err(logged_out("the login has expired"));
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("role_name", &login.role_name)
        .append_pair("account_id", &login.account_id)
        .finish();
    let suffix = if login.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let url = format!("https://portal.sso.{}.{suffix}/federation/credentials?{query}", login.region);
    let mut token = HeaderValue::from_str(&found.access_token).map_err(|_| AwsError::Unsignable)?;
    token.set_sensitive(true);
    let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-amz-sso_bearer_token"), token)]);
    let request = request(PORTAL, Method::GET, &url, headers)?;
    let answer = match ask(transport, PORTAL, request, PATIENCE).await {
        Err(AwsError::Refused { status: 401, .. }) => return Err(logged_out("the login is no longer valid")),
        answer => answer?,
    };
    let Answer { role_credentials: keys } =
        serde_json::from_slice(&answer.body).map_err(|_| AwsError::Unreadable { from: PORTAL })?;
    let until =
        Timestamp::from_millisecond(keys.expiration).map_err(|_| AwsError::Unreadable { from: PORTAL })?;
    Ok(Token {
        secret: AwsKeys {
            access_key_id: keys.access_key_id,
            secret_access_key: Secret::from(keys.secret_access_key),
            session_token: Some(Secret::from(keys.session_token)),
        },
        lifetime: remaining(until),
    })
}

/// The name of the file that a login is kept in.
fn name(session: &str) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, session.as_bytes());
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    hash.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_kept_under_the_hash_of_its_session() {
        assert_eq!(
            name("https://d-92671207e4.awsapps.com/start"),
            "13f9d35043871d073ab260e020f0ffde092cb14b"
        );
    }
}
