//! What can go wrong on the way to a Google access token.

use std::sync::Arc;

use crate::transport::TransportError;

/// Why there is no access token.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GoogleError {
    /// A credentials file can't be read.
    #[error("the Google credentials file `{path}` can't be read: {problem}")]
    File {
        /// Its path as configured.
        path: String,
        /// What the operating system says.
        problem: String,
    },
    /// A credentials document is not one.
    #[error("the Google credentials document {problem}")]
    Document {
        /// What is wrong with it, as the rest of a sentence that quotes no value.
        problem: String,
    },
    /// A way of getting tokens that this version does not have.
    #[error("Google credentials {kind} are not supported")]
    Unsupported {
        /// What they are.
        kind: &'static str,
    },
    /// Nobody gave credentials, and this machine has none.
    #[error("no Google credentials are configured, and there is no metadata server that would give some")]
    NoCredentials,
    /// The token of the other identity provider could not be had.
    #[error("the identity token can't be read from {from}: {problem}")]
    SubjectToken {
        /// Where it was looked for.
        from: String,
        /// What happened.
        problem: String,
    },
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
}

impl GoogleError {
    /// What a person can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File { .. } | Self::Document { .. } => Some(
                "check `litellm_params.vertex_credentials`, VERTEXAI_CREDENTIALS or \
                 GOOGLE_APPLICATION_CREDENTIALS: each takes the path of a credentials file or its JSON text",
            ),
            Self::NoCredentials => Some(
                "set `litellm_params.vertex_credentials` or GOOGLE_APPLICATION_CREDENTIALS, or run \
                 `gcloud auth application-default login`",
            ),
            Self::Unsupported { .. } => Some("use a service account's key, or a token from a file or URL"),
            Self::SubjectToken { .. } => {
                Some("check `credential_source` in the credentials document, and what writes the token there")
            }
            Self::Refused { .. } => Some(
                "check that the account exists, that its key has not been deleted, and that this machine's \
                 clock is right; for a user, run `gcloud auth application-default login` again",
            ),
            Self::Fetch { .. } | Self::Slow { .. } | Self::Address { .. } => {
                Some("check that this machine can reach the token endpoint")
            }
            Self::NoToken { .. } => None,
        }
    }

    /// The HTTP status of a refusal.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether nobody could be asked, so that nothing is known of the credential.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Fetch { .. } | Self::Slow { .. })
    }
}
