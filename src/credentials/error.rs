//! What can go wrong while a request is authorised.

use crate::transport::TransportError;

/// Why a request could not be authorised.
///
/// Cloneable, since one failed token call answers every request that waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CredentialError {
    /// A way of authorising that this version does not have.
    #[error("authorisation by {scheme} is not supported yet")]
    Unsupported {
        /// What it is called.
        scheme: &'static str,
    },
    /// AWS keys could not be had or used.
    #[cfg(feature = "aws")]
    #[error(transparent)]
    Aws(#[from] super::AwsError),
    /// A Google access token could not be had.
    #[error(transparent)]
    Google(#[from] super::GoogleError),
    /// A request to Oracle Cloud could not be signed.
    #[error(transparent)]
    Oci(#[from] super::OciError),
    /// A provider's token could not be had.
    #[error(transparent)]
    Exchange(#[from] super::ExchangeError),
    /// A key that can't stand in an HTTP header.
    #[error("the API key contains characters that can't be sent in a header")]
    Unsendable,
    /// The address for tokens is not a URL.
    #[error("`{url}` is not a usable token address")]
    TokenUrl {
        /// The text.
        url: String,
    },
    /// The token endpoint did not answer.
    #[error("no token could be fetched")]
    Fetch {
        /// Why.
        #[source]
        source: std::sync::Arc<TransportError>,
    },
    /// The token endpoint did not answer in time.
    #[error("no token came from {host} within {seconds} s")]
    Slow {
        /// The token endpoint's host.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The token endpoint refused.
    #[error("the token request was refused with HTTP {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The endpoint's own words.
        message: String,
    },
    /// The token endpoint answered without a token.
    #[error("the answer of the token endpoint holds no `access_token`")]
    NoToken,
    /// The call that fetched the token ended without a result.
    #[error("the token call was interrupted")]
    Interrupted,
}

impl CredentialError {
    /// What a person can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(error) => error.hint(),
            Self::Google(error) => error.hint(),
            Self::Oci(error) => Some(error.hint()),
            Self::Exchange(error) => Some(error.hint()),
            Self::Unsendable => {
                Some("check `litellm_params.api_key` and its variable for line breaks and quotes")
            }
            Self::TokenUrl { .. } | Self::Refused { .. } => Some(
                "check `tenant_id`, `client_id` and `client_secret` in `litellm_params`, or AZURE_TENANT_ID, \
                 AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            ),
            Self::Fetch { .. } | Self::Slow { .. } => {
                Some("check that this machine can reach the token endpoint")
            }
            Self::Unsupported { .. } => Some("use an API key instead"),
            Self::NoToken | Self::Interrupted => None,
        }
    }
}
