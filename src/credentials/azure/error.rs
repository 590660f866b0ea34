//! What can go wrong on the way to an access token of Microsoft Entra ID.

use std::sync::Arc;

use crate::credentials::IdentityError;
use crate::transport::TransportError;

/// Why there is no access token.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AzureError {
    /// The token of the other identity provider could not be had.
    #[error(transparent)]
    IdentityToken(#[from] IdentityError),
    /// An endpoint that gives tokens could not be asked.
    #[error("cannot ask {from} for a token")]
    Fetch {
        /// Who was asked.
        from: &'static str,
        /// Why.
        #[source]
        source: Arc<TransportError>,
    },
    /// An endpoint that gives tokens did not answer in time.
    #[error("{from} gave no token within {seconds} s")]
    Slow {
        /// Who was asked.
        from: &'static str,
        /// How long was waited.
        seconds: u64,
    },
    /// An endpoint that gives tokens refused.
    #[error("{from} refused with HTTP {status}: {message}")]
    Refused {
        /// Who was asked.
        from: &'static str,
        /// The HTTP status.
        status: u16,
        /// Its own words.
        message: String,
    },
    /// Nobody is there who knows a managed identity.
    #[error("there is no managed identity here: {from} does not answer")]
    NoIdentity {
        /// Who was asked.
        from: &'static str,
    },
    /// Somebody is there, but gives no token of this managed identity.
    #[error("{from} gave no token of the managed identity: HTTP {status}: {message}")]
    NotAssigned {
        /// Who was asked.
        from: &'static str,
        /// The HTTP status.
        status: u16,
        /// Its own words.
        message: String,
    },
    /// An endpoint that gives tokens answered something else.
    #[error("the answer of {from} holds no token")]
    NoToken {
        /// Who was asked.
        from: &'static str,
    },
    /// The address of an endpoint is not one.
    #[error("`{url}` is not a usable address for {from}")]
    Address {
        /// Who would be asked.
        from: &'static str,
        /// The text.
        url: String,
    },
    /// What the app's identity endpoint wants to be shown can't stand in a header.
    #[error("IDENTITY_HEADER contains characters that can't be sent")]
    Unsendable,
}

impl AzureError {
    /// What a person can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::IdentityToken(_) => Some(
                "check `litellm_params.azure_ad_token` or AZURE_FEDERATED_TOKEN_FILE, and what writes the token",
            ),
            Self::Refused { .. } | Self::Address { .. } => Some(
                "check `tenant_id`, `client_id` and `client_secret` in `litellm_params`, or AZURE_TENANT_ID, \
                 AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; with workload identity, the application's federated \
                 credential",
            ),
            Self::NoIdentity { .. } => Some(
                "run on a machine or app with a managed identity, or set `litellm_params.api_key` or an \
                 application's AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            ),
            Self::NotAssigned { .. } => Some(
                "check that an identity is assigned to this machine or app, and that AZURE_CLIENT_ID names it",
            ),
            Self::Fetch { .. } | Self::Slow { .. } => {
                Some("check that this machine can reach the token endpoint")
            }
            Self::NoToken { .. } | Self::Unsendable => None,
        }
    }

    /// The HTTP status of a refusal.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::NotAssigned { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether nobody could be asked, so that nothing is known of the credential.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Fetch { .. } | Self::Slow { .. })
    }
}
