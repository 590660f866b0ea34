//! What is known of a provider: one row of the table.

use std::fmt;

use crate::domain::Mode;

use super::Adapter;

/// A provider of models, as data.
pub struct Provider {
    /// The prefix of a model string: `groq` in `groq/llama-3.1-8b-instant`.
    pub slug: &'static str,
    /// Other prefixes that mean the same.
    pub aliases: &'static [&'static str],
    /// Where its API is.
    pub base_url: BaseUrl,
    /// Environment variables that give the base URL, first wins.
    pub base_envs: &'static [&'static str],
    /// Environment variables that give the key, first wins.
    pub key_envs: &'static [&'static str],
    /// How its requests carry the key.
    pub auth: Auth,
    /// What it can serve.
    pub modes: &'static [Mode],
    /// Its wire format.
    pub adapter: &'static dyn Adapter,
}

/// Where a provider's API is when the deployment does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseUrl {
    /// Always here.
    Fixed(&'static str),
    /// The deployment or the environment must say.
    FromConfig,
}

/// How a provider's requests carry the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// A header of its own.
    Header {
        /// Lower-case name.
        name: &'static str,
        /// Put before the key.
        prefix: &'static str,
    },
    /// The adapter decides.
    Adapter,
    /// No key is needed.
    None,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.slug).finish()
    }
}
