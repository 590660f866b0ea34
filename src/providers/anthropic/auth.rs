//! How a request to Anthropic is authorised, and the headers that go with it.

use http::{HeaderMap, HeaderValue};

use crate::domain::{AuthPlan, Secret};
use crate::providers::{BuildError, Target};

/// The variable with a bearer token, for gateways that speak this format.
const TOKEN_VARIABLE: &str = "ANTHROPIC_AUTH_TOKEN";

/// How the OAuth tokens of Claude subscriptions begin.
const OAUTH_PREFIX: &str = "sk-ant-oat";

/// The beta feature that lets OAuth tokens in.
const OAUTH_BETA: &str = "oauth-2025-04-20";

const VERSION: &str = "anthropic-version";
const BETA: &str = "anthropic-beta";
const BROWSER: &str = "anthropic-dangerous-direct-browser-access";

/// The deployment's key, else the environment's key, else the environment's token.
pub(super) fn plan(target: &Target<'_>) -> Result<AuthPlan, BuildError> {
    let key = target.deployment.params.secret("api_key");
    if let Some(key) = key.or_else(|| target.env.first(target.provider.key_envs).map(Secret::from)) {
        return Ok(if key.expose().starts_with(OAUTH_PREFIX) {
            AuthPlan::Bearer(key)
        } else {
            AuthPlan::Header { name: "x-api-key", prefix: "", key }
        });
    }
    match target.env.get(TOKEN_VARIABLE) {
        Some(token) => Ok(AuthPlan::Bearer(token.into())),
        None => Err(BuildError::MissingKey { variables: target.provider.key_envs }),
    }
}

/// Adds the API's version, the beta features that an OAuth token or the request needs, and keeps those of the user's
/// that are any.
pub(crate) fn add_headers(headers: &mut HeaderMap, plan: &AuthPlan, needed: &[&'static str]) {
    headers.entry(VERSION).or_insert(HeaderValue::from_static("2023-06-01"));
    let oauth = matches!(plan, AuthPlan::Bearer(token) if token.expose().starts_with(OAUTH_PREFIX));
    if oauth {
        headers.insert(BROWSER, HeaderValue::from_static("true"));
    }
    let asked = headers.remove(BETA);
    let asked = asked.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut betas: Vec<&str> = asked.split(',').map(str::trim).filter(|beta| is_dated(beta)).collect();
    for beta in oauth.then_some(OAUTH_BETA).into_iter().chain(needed.iter().copied()) {
        if !betas.contains(&beta) {
            betas.push(beta);
        }
    }
    if let Some(value) = HeaderValue::from_str(&betas.join(",")).ok().filter(|value| !value.is_empty()) {
        headers.insert(BETA, value);
    }
}

/// Beta features are named with the day they came (`context-1m-2025-08-07`); the API refuses a request
/// that names anything else.
fn is_dated(beta: &str) -> bool {
    let mut words = beta.rsplitn(4, '-');
    let mut digits =
        |count| words.next().is_some_and(|w| w.len() == count && w.bytes().all(|b| b.is_ascii_digit()));
    digits(2) && digits(2) && digits(4) && words.next().is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beta(asked: Option<&'static str>, key: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        if let Some(asked) = asked {
            headers.insert(BETA, HeaderValue::from_static(asked));
        }
        add_headers(&mut headers, &AuthPlan::Bearer(key.into()), &[]);
        assert_eq!(headers[VERSION], "2023-06-01");
        headers.get(BETA).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn only_dated_beta_features_are_named() {
        assert_eq!(beta(Some("x-1"), "k"), None);
        assert_eq!(beta(Some("context-1m-2025-08-07, x-1"), "k").as_deref(), Some("context-1m-2025-08-07"));
        assert_eq!(beta(None, "k"), None);
    }

    #[test]
    fn an_oauth_token_brings_its_own() {
        assert_eq!(beta(None, "sk-ant-oat01-x").as_deref(), Some("oauth-2025-04-20"));
        assert_eq!(
            beta(Some("files-api-2025-04-14"), "sk-ant-oat01-x").as_deref(),
            Some("files-api-2025-04-14,oauth-2025-04-20")
        );
    }
}
