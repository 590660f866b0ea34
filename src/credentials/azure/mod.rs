//! Azure: access tokens of Microsoft Entra ID, as an [`AzureAdCredential`] describes where they come from.

mod application;
mod ask;
mod error;
mod managed;

use std::sync::Arc;

use crate::domain::{AzureAdCredential, Secret};
use crate::transport::Transport;

pub use error::AzureError;

use super::CredentialError;
use super::tokens::TokenCache;

/// Access tokens, shared by all deployments with an equal credential.
#[derive(Default)]
pub(super) struct AzureTokens {
    tokens: TokenCache<(Arc<AzureAdCredential>, String)>,
}

impl AzureTokens {
    /// A token that is good for this scope, fetched if there is none at hand.
    pub(super) async fn get(
        &self,
        transport: &Arc<dyn Transport>,
        scope: String,
        credential: Arc<AzureAdCredential>,
    ) -> Result<Secret, CredentialError> {
        let transport = Arc::clone(transport);
        let wanted = (Arc::clone(&credential), scope.clone());
        let fetch = || async move {
            Ok(match &*credential {
                AzureAdCredential::Application(it) => application::token(&*transport, it, &scope).await?,
                AzureAdCredential::Managed(it) => managed::token(&*transport, it, &scope).await?,
            })
        };
        self.tokens.get(wanted, fetch).await
    }
}
