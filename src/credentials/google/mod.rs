//! Google: access tokens, as a [`GoogleCredential`] describes where they come from.

mod ask;
mod document;
mod error;
mod external;
mod impersonation;
mod metadata;
mod service_account;

use std::sync::Arc;

use tokio::fs;

use crate::domain::{GoogleCredential, Secret};
use crate::transport::Transport;

pub use error::GoogleError;

use super::CredentialError;
use super::tokens::{Token, TokenCache};

/// Who is asked with most documents.
const TOKEN_ENDPOINT: &str = "Google's token endpoint";

/// What a token is for that is only exchanged for another one.
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// A credential, and what it is to be used for.
type Wanted = (Arc<GoogleCredential>, &'static [&'static str]);

/// Access tokens, shared by all deployments with an equal credential.
#[derive(Default)]
pub(super) struct GoogleTokens {
    tokens: TokenCache<Wanted>,
}

impl GoogleTokens {
    /// A token that is good for these scopes, fetched if there is none at hand.
    pub(super) async fn get(
        &self,
        transport: &Arc<dyn Transport>,
        scopes: &'static [&'static str],
        credential: Arc<GoogleCredential>,
    ) -> Result<Secret, CredentialError> {
        let transport = Arc::clone(transport);
        let wanted = (Arc::clone(&credential), scopes);
        let fetch = || async move { Ok(fetch(&*transport, &credential, scopes).await?) };
        self.tokens.get(wanted, fetch).await
    }
}

async fn fetch(
    transport: &dyn Transport,
    credential: &GoogleCredential,
    scopes: &[&str],
) -> Result<Token, GoogleError> {
    match credential {
        GoogleCredential::Document(text) => document::token(transport, text.expose(), scopes).await,
        GoogleCredential::File(path) => {
            let text = fs::read_to_string(path)
                .await
                .map_err(|error| GoogleError::File { path: path.clone(), problem: error.to_string() })?;
            document::token(transport, &text, scopes).await
        }
        GoogleCredential::Ambient { file, metadata } => {
            if let Some(path) = file
                && let Ok(text) = fs::read_to_string(path).await
            {
                return document::token(transport, &text, scopes).await;
            }
            metadata::token(transport, metadata, scopes).await
        }
    }
}
