//! Who asks Google for access tokens, as data.
//!
//! Adapters describe it from the deployment's parameters and the environment; `credentials` carries it
//! out. Equal descriptions share one token.

use serde_json::Value;

use super::Secret;

/// How a deployment comes by its access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GoogleCredential {
    /// A credentials document, as JSON text.
    Document(Secret),
    /// The path of a credentials document. Read anew for each token, since such files are replaced.
    File(String),
    /// Application Default Credentials: the identity of who runs this program.
    Ambient {
        /// Where `gcloud auth application-default login` leaves a document.
        file: Option<String>,
        /// The address of the metadata server, without a trailing slash. Asked when there is no such file.
        metadata: String,
    },
}

impl GoogleCredential {
    /// Keys of `litellm_params` that hold a credentials document or its path, first wins.
    pub const PARAMS: [&str; 2] = ["vertex_credentials", "vertex_ai_credentials"];

    /// Variables with a credentials document or its path, first wins.
    pub const VARIABLES: [&str; 2] = ["VERTEXAI_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"];

    /// A document or a path, whichever the text is.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        if text.trim_start().starts_with('{') {
            Self::Document(Secret::from(text))
        } else {
            Self::File(text.to_owned())
        }
    }

    /// Whether it is a document that holds its key. One of another kind may name a file or an address that a
    /// token is fetched from.
    #[must_use]
    pub fn is_self_contained(&self) -> bool {
        let Self::Document(text) = self else { return false };
        let document = serde_json::from_str::<Value>(text.expose()).unwrap_or_default();
        matches!(document["type"].as_str(), Some("service_account" | "authorized_user"))
    }
}
