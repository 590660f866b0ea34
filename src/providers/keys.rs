//! Finds the key of a request: the deployment's own, else the provider's environment variables.
//!
//! A key goes only to the provider it belongs to. LiteLLM sends `OPENAI_API_KEY` to other vendors when
//! theirs is missing; we say that it is missing.

use crate::domain::{AuthPlan, Secret};

use super::{Auth, BuildError, Keyless, Target};

/// The key: `api_key`, else the first of the provider's variables that is set.
#[must_use]
pub fn api_key(target: &Target<'_>) -> Option<Secret> {
    target
        .deployment
        .params
        .secret("api_key")
        .or_else(|| target.env.first(target.provider.key_envs).map(Secret::from))
}

/// The key, or the provider's placeholder for none.
///
/// # Errors
/// When there is no key and the provider wants one.
pub fn key_or_placeholder(target: &Target<'_>) -> Result<Option<Secret>, BuildError> {
    match (api_key(target), target.provider.keyless) {
        (Some(key), _) => Ok(Some(key)),
        (None, Keyless::Placeholder(word)) => Ok(Some(Secret::from(word))),
        (None, Keyless::Send) => Ok(None),
        (None, Keyless::Refuse) => Err(BuildError::MissingKey { variables: target.provider.key_envs }),
    }
}

/// How a request carries the key, as the provider's row says.
///
/// # Errors
/// When there is no key and the provider wants one.
pub fn auth_plan(target: &Target<'_>) -> Result<AuthPlan, BuildError> {
    let auth = target.provider.auth;
    if matches!(auth, Auth::None | Auth::Adapter) {
        return Ok(AuthPlan::None);
    }
    let Some(key) = key_or_placeholder(target)? else {
        return Ok(AuthPlan::None);
    };
    Ok(match auth {
        Auth::Bearer => AuthPlan::Bearer(key),
        Auth::Header { name, prefix } => AuthPlan::Header { name, prefix, key },
        Auth::Query(name) => AuthPlan::Query { name, key },
        Auth::None | Auth::Adapter => AuthPlan::None,
    })
}
