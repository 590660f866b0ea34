//! What can go wrong while a request is authorised.

use std::borrow::Cow;

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
    /// A token of Microsoft Entra ID could not be had.
    #[error(transparent)]
    Azure(#[from] super::AzureError),
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
    /// The call that fetched the token ended without a result.
    #[error("the token call was interrupted")]
    Interrupted,
}

impl CredentialError {
    /// What a person can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            #[cfg(feature = "aws")]
            Self::Aws(error) => return error.hint(),
            Self::Azure(error) => error.hint(),
            Self::Google(error) => error.hint(),
            Self::Oci(error) => Some(error.hint()),
            Self::Exchange(error) => Some(error.hint()),
            Self::Unsendable => {
                Some("check `litellm_params.api_key` and its variable for line breaks and quotes")
            }
            Self::Unsupported { .. } => Some("use an API key instead"),
            Self::Interrupted => None,
        };
        hint.map(Cow::Borrowed)
    }

    /// The HTTP status with which the credential was refused.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(error) => error.status(),
            Self::Azure(error) => error.status(),
            Self::Google(error) => error.status(),
            Self::Exchange(error) => error.status(),
            Self::Oci(_) | Self::Unsupported { .. } | Self::Unsendable | Self::Interrupted => None,
        }
    }

    /// Whether who gives the credential could not be asked, so that nothing is known of the credential itself.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(error) => error.is_unreachable(),
            Self::Azure(error) => error.is_unreachable(),
            Self::Google(error) => error.is_unreachable(),
            Self::Exchange(error) => error.is_unreachable(),
            Self::Oci(_) | Self::Unsupported { .. } | Self::Unsendable | Self::Interrupted => false,
        }
    }
}
