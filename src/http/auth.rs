//! Who is asking.
//!
//! Keys come from where LiteLLM takes them, the first header that is present winning. Without a master key
//! the daemon is open, and everybody is an ordinary caller: addresses of deployments are for admins.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller {
    /// Whether the caller has shown the master key, and so may see addresses.
    pub(super) is_admin: bool,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        std::future::ready(identify(&parts.headers, state)).await
    }
}

fn identify(headers: &HeaderMap, state: &AppState) -> Result<Caller, ApiError> {
    let config = state.config.load();
    let Some(master_key) = &config.settings.master_key else {
        return Ok(Caller { is_admin: false });
    };
    let key = presented_key(headers)?;
    if master_key.matches(key) { Ok(Caller { is_admin: true }) } else { Err(ApiError::Unauthorized(WRONG)) }
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
