//! Turns a wire request into a signed one.
//!
//! A static key is applied at once, by pure functions (`apply`). A token is fetched first, over the
//! same transport as everything else, and cached until shortly before it expires.

mod apply;
#[cfg(feature = "aws")]
mod aws;
mod azure;
mod error;
mod exchange;
mod google;
mod identity;
mod multipart;
mod oci;
mod rsa;
mod tokens;

use std::sync::Arc;

#[cfg(feature = "aws")]
pub use aws::AwsError;
pub use azure::AzureError;
pub use error::CredentialError;
pub use exchange::ExchangeError;
pub use google::GoogleError;
pub use identity::IdentityError;
pub use oci::OciError;

use crate::domain::{AuthPlan, SignedRequest, TokenExchange, WireRequest};
use crate::transport::Transport;

use tokens::TokenCache;

/// Carries out [`AuthPlan`]s.
pub struct Authorizer {
    transport: Arc<dyn Transport>,
    azure: azure::AzureTokens,
    exchanges: TokenCache<Arc<TokenExchange>>,
    #[cfg(feature = "aws")]
    aws: aws::AwsSigner,
    google: google::GoogleTokens,
}

impl Authorizer {
    /// An authorizer that fetches tokens over this transport.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            azure: azure::AzureTokens::default(),
            exchanges: TokenCache::default(),
            #[cfg(feature = "aws")]
            aws: aws::AwsSigner::default(),
            google: google::GoogleTokens::default(),
        }
    }

    /// Adds the credential and serialises the body.
    ///
    /// Without a token to fetch this does not wait. The caller bounds the time.
    pub async fn authorize(&self, mut request: WireRequest) -> Result<SignedRequest, CredentialError> {
        let plan = std::mem::replace(&mut request.auth, AuthPlan::None);
        let plan = match plan {
            AuthPlan::AzureAd { scope, credential } => {
                AuthPlan::Bearer(self.azure.get(&self.transport, scope, credential).await?)
            }
            #[cfg(feature = "aws")]
            AuthPlan::AwsSigV4 { service, region, credential } => {
                let request = apply::apply(request, AuthPlan::None)?;
                return self.aws.sign(&self.transport, request, service, &region, credential).await;
            }
            #[cfg(not(feature = "aws"))]
            AuthPlan::AwsSigV4 { .. } => {
                return Err(CredentialError::Unsupported { scheme: "AWS Signature Version 4" });
            }
            AuthPlan::GoogleOauth { scopes, credential } => {
                AuthPlan::Bearer(self.google.get(&self.transport, scopes, credential).await?)
            }
            AuthPlan::OciSignature(credential) => {
                let request = apply::apply(request, AuthPlan::None)?;
                return Ok(oci::sign(request, &credential).await?);
            }
            AuthPlan::TokenExchange(exchange) => {
                let (key, transport) = (Arc::clone(&exchange), Arc::clone(&self.transport));
                let fetch = || async move { Ok(exchange::fetch(&*transport, &exchange).await?) };
                AuthPlan::Bearer(self.exchanges.get(key, fetch).await?)
            }
            immediate => immediate,
        };
        apply::apply(request, plan)
    }
}
