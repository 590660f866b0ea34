//! Who is asking.
//!
//! Keys come from where LiteLLM takes them, the first header that is present winning. Without any key in the configuration
//! the daemon is open, and everybody is an ordinary caller: addresses of deployments are for admins.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::config::{Config, Settings};
use crate::domain::{Deployment, Fleet, Glob, Role};

use super::AppState;
use super::error::ApiError;

/// Headers that may carry the key, first wins; `authorization` has rules of its own.
const KEY_HEADERS: [&str; 6] = [
    "x-litellm-api-key",
    "authorization",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
];

const NO_KEY: &str = "No api key passed in.";
const MALFORMED: &str = "Malformed API Key passed in. Ensure Key has `Bearer ` prefix.";
const WRONG: &str = "Invalid proxy server token passed.";

/// A caller who may ask.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// What log lines call the caller's key.
    pub(super) name: Arc<str>,
    /// Whether the caller may see addresses, and change things.
    pub(super) is_admin: bool,
    /// Whether the caller has a key that is only for looking.
    pub(super) is_viewer: bool,
    /// The public names that the caller sees; `None` for all.
    pub(super) models: Option<Arc<[Glob]>>,
}

impl Caller {
    /// Somebody whose key is of no concern.
    pub(super) fn anybody() -> Self {
        Self { name: Arc::from("none"), is_admin: false, is_viewer: false, models: None }
    }

    /// The holder of the master key.
    pub(super) fn master() -> Self {
        Self { name: Arc::from("master_key"), is_admin: true, is_viewer: false, models: None }
    }

    /// Whether the caller may know of a deployment.
    pub(super) fn sees(&self, deployment: &Deployment) -> bool {
        self.opens(&deployment.model_name)
    }

    /// Whether the caller may know of a public name.
    pub(super) fn opens(&self, name: &str) -> bool {
        self.models.as_ref().is_none_or(|models| models.iter().any(|glob| glob.matches(name)))
    }

    /// The deployments that the caller may know of, in config order.
    pub(super) fn visible<'a>(&self, fleet: &'a Fleet) -> impl Iterator<Item = &'a Arc<Deployment>> {
        fleet.all().iter().filter(|deployment| self.sees(deployment))
    }

    /// A text as this caller may read it: without secrets, and without addresses unless they are the caller's to see.
    pub(super) fn clean<'a>(&self, text: &'a str, config: &Config) -> Cow<'a, str> {
        let cleaned = config.redactor.clean(text);
        if self.is_admin {
            return cleaned;
        }
        match cleaned {
            Cow::Borrowed(text) => config.addresses.clean(text),
            Cow::Owned(text) => config.addresses.clean(&text).into_owned().into(),
        }
    }

    /// Lets only admins on.
    pub(super) fn must_be_admin(&self, to: &str) -> Result<(), ApiError> {
        if self.is_admin {
            return Ok(());
        }
        Err(ApiError::Forbidden(format!("only an admin key may {to}")))
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        std::future::ready(identify(&parts.headers, &state.config.load().settings)).await
    }
}

fn identify(headers: &HeaderMap, settings: &Settings) -> Result<Caller, ApiError> {
    if settings.master_key.is_none() && settings.keys.is_empty() {
        return Ok(Caller::anybody());
    }
    let presented = presented_key(headers)?;
    let is_master = settings.master_key.as_ref().is_some_and(|key| key.matches(presented));
    // All keys are looked at, so that the time tells nothing of which one it was.
    let own = settings.keys.iter().fold(None, |found, access| {
        let is_it = access.key.matches(presented);
        if is_it { Some(access) } else { found }
    });
    match own {
        _ if is_master => Ok(Caller::master()),
        Some(access) => Ok(Caller {
            name: Arc::clone(&access.name),
            is_admin: access.role == Role::Admin,
            is_viewer: access.role == Role::Viewer,
            models: access.models.clone(),
        }),
        None => Err(ApiError::Unauthorized(WRONG)),
    }
}

/// The key as presented.
fn presented_key(headers: &HeaderMap) -> Result<&str, ApiError> {
    let present = KEY_HEADERS.iter().find_map(|name| Some((*name, headers.get(*name)?)));
    let (name, value) = present.ok_or(ApiError::Unauthorized(NO_KEY))?;
    let value = value.to_str().map_err(|_| ApiError::Unauthorized(MALFORMED))?;
    let key = match name {
        "authorization" => bearer(value).ok_or(ApiError::Unauthorized(MALFORMED))?,
        "x-litellm-api-key" => value.strip_prefix("Bearer ").unwrap_or(value),
        _ => value,
    };
    if key.is_empty() { Err(ApiError::Unauthorized(MALFORMED)) } else { Ok(key) }
}

/// The key in an `Authorization` header. LiteLLM takes the text after `Basic ` as it is, and of an AWS signature
/// the access key id.
fn bearer(value: &str) -> Option<&str> {
    if value.starts_with("AWS4-HMAC-SHA256") {
        return value.split_once("Credential=")?.1.split('/').next();
    }
    ["Bearer ", "bearer ", "Basic "].iter().find_map(|scheme| value.strip_prefix(scheme)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn key_of(headers: &[(&'static str, &'static str)]) -> Result<String, String> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        presented_key(&headers).map(str::to_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_come_from_many_headers() {
        for headers in [
            [("authorization", "Bearer sk-1")],
            [("authorization", "bearer sk-1")],
            [("authorization", "Basic sk-1")],
            [(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=sk-1/20260102/us-east-1/x/aws4_request, Signature=0",
            )],
            [("x-litellm-api-key", "sk-1")],
            [("x-litellm-api-key", "Bearer sk-1")],
            [("api-key", "sk-1")],
            [("x-api-key", "sk-1")],
            [("x-goog-api-key", "sk-1")],
            [("ocp-apim-subscription-key", "sk-1")],
        ] {
            assert_eq!(key_of(&headers), Ok("sk-1".to_owned()), "{headers:?}");
        }
        assert_eq!(key_of(&[("api-key", "a"), ("x-litellm-api-key", "b")]), Ok("b".to_owned()));
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        assert_eq!(key_of(&[]), Err("Authentication Error, No api key passed in.".to_owned()));
        let malformed = format!("Authentication Error, {MALFORMED}");
        for value in ["sk-1", "Bearer ", "Digest x"] {
            assert_eq!(key_of(&[("authorization", value)]), Err(malformed.clone()), "{value}");
        }
    }
}
