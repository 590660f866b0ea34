//! Turns a wire request into a signed one.
//!
//! A static key is applied at once, by pure functions ([`apply`]). A token is fetched first, over the
//! same transport as everything else, and cached until shortly before it expires.

mod apply;
mod azure_ad;
mod error;
mod multipart;
mod tokens;

use std::sync::Arc;

pub use error::CredentialError;

use crate::domain::{AuthPlan, AzureAdCredential, SignedRequest, WireRequest};
use crate::transport::Transport;

use tokens::TokenCache;

/// Carries out [`AuthPlan`]s.
pub struct Authorizer {
    transport: Arc<dyn Transport>,
    azure_ad: TokenCache<(AzureAdCredential, &'static str)>,
}

impl Authorizer {
    /// An authorizer that fetches tokens over this transport.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, azure_ad: TokenCache::default() }
    }

    /// Adds the credential and serialises the body.
    ///
    /// Without a token to fetch this does not wait. The caller bounds the time.
    pub async fn authorize(&self, mut request: WireRequest) -> Result<SignedRequest, CredentialError> {
        let plan = std::mem::replace(&mut request.auth, AuthPlan::None);
        let plan = match plan {
            AuthPlan::AzureAd { scope, credential } => {
                let key = (credential.clone(), scope);
                let transport = Arc::clone(&self.transport);
                let fetch = || async move { azure_ad::fetch(&*transport, &credential, scope).await };
                AuthPlan::Bearer(self.azure_ad.get(key, fetch).await?)
            }
            AuthPlan::AwsSigV4 { .. } => {
                return Err(CredentialError::Unsupported { scheme: "AWS Signature Version 4" });
            }
            AuthPlan::GoogleOauth { .. } => {
                return Err(CredentialError::Unsupported { scheme: "Google OAuth" });
            }
            immediate => immediate,
        };
        apply::apply(request, plan)
    }
}
