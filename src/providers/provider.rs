//! What is known of a provider: one row of the table.

use std::fmt;

use crate::domain::Mode;

use super::{Adapter, Quirks};

/// A provider of models, as data.
///
/// Rows are written with the chainable setters, so that a row names only what is special about it.
pub struct Provider {
    /// The prefix of a model string: `groq` in `groq/llama-3.1-8b-instant`.
    pub slug: &'static str,
    /// Other prefixes that mean the same.
    pub aliases: &'static [&'static str],
    /// Where its API is.
    pub base_url: BaseUrl,
    /// The path in which a configured base URL has to end, such as `/v1`; added where it is absent.
    pub base_suffix: &'static str,
    /// Other addresses of the same API. A deployment without a known prefix is this provider's when its
    /// `api_base` is one of them or the base URL.
    pub endpoints: &'static [&'static str],
    /// Environment variables that give the base URL, first wins.
    pub base_envs: &'static [&'static str],
    /// Environment variables that give the key, first wins.
    pub key_envs: &'static [&'static str],
    /// How its requests carry the key.
    pub auth: Auth,
    /// What happens without a key.
    pub keyless: Keyless,
    /// The modes that it has endpoints for.
    pub modes: &'static [Mode],
    /// Modes without an endpoint of their own, and the one by way of which LiteLLM serves them.
    pub bridges: &'static [(Mode, Mode)],
    /// Paths below the base URL that differ from OpenAI's.
    pub paths: &'static [(Mode, &'static str)],
    /// Where its format departs from the adapter's.
    pub quirks: Quirks,
    /// Its wire format.
    pub adapter: &'static dyn Adapter,
}

/// Where a provider's API is when the deployment does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseUrl {
    /// Always here.
    Fixed(&'static str),
    /// Known but for what stands in braces, which the adapter finds out.
    Template(&'static str),
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
    /// A query parameter with this name.
    Query(&'static str),
    /// The adapter decides.
    Adapter,
    /// No key is needed.
    None,
}

/// What happens when no key is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyless {
    /// The deployment can't work.
    Refuse,
    /// The request goes without one: servers that people run themselves.
    Send,
    /// The request carries this word, as such servers and their clients are used to.
    Placeholder(&'static str),
}

/// How a provider serves a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// By an endpoint of its own.
    Native,
    /// By translating the call to this mode.
    By(Mode),
}

impl Provider {
    /// A provider that speaks OpenAI's format at a fixed address, with a bearer key.
    #[must_use]
    pub const fn openai_like(slug: &'static str, base_url: &'static str) -> Self {
        Self::with_adapter(slug, &super::openai::OpenAi)
            .base_url(BaseUrl::Fixed(base_url))
            .modes(&[Mode::Chat])
            .bridges(CHAT_BRIDGES)
    }

    /// A provider with a format of its own. Its address has to be configured unless the row names one.
    #[must_use]
    pub const fn with_adapter(slug: &'static str, adapter: &'static dyn Adapter) -> Self {
        Self {
            slug,
            aliases: &[],
            base_url: BaseUrl::FromConfig,
            base_suffix: "",
            endpoints: &[],
            base_envs: &[],
            key_envs: &[],
            auth: Auth::Bearer,
            keyless: Keyless::Refuse,
            modes: &[],
            bridges: &[],
            paths: &[],
            quirks: Quirks::NONE,
            adapter,
        }
    }

    /// Other prefixes that mean the same.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Where its API is.
    #[must_use]
    pub const fn base_url(mut self, base_url: BaseUrl) -> Self {
        self.base_url = base_url;
        self
    }

    /// The path in which a configured base URL has to end.
    #[must_use]
    pub const fn base_suffix(mut self, suffix: &'static str) -> Self {
        self.base_suffix = suffix;
        self
    }

    /// Other addresses of the same API.
    #[must_use]
    pub const fn endpoints(mut self, urls: &'static [&'static str]) -> Self {
        self.endpoints = urls;
        self
    }

    /// Environment variables that give the base URL.
    #[must_use]
    pub const fn base_envs(mut self, names: &'static [&'static str]) -> Self {
        self.base_envs = names;
        self
    }

    /// Environment variables that give the key.
    #[must_use]
    pub const fn key_envs(mut self, names: &'static [&'static str]) -> Self {
        self.key_envs = names;
        self
    }

    /// How its requests carry the key.
    #[must_use]
    pub const fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// What happens without a key.
    #[must_use]
    pub const fn keyless(mut self, keyless: Keyless) -> Self {
        self.keyless = keyless;
        self
    }

    /// The modes that it has endpoints for.
    #[must_use]
    pub const fn modes(mut self, modes: &'static [Mode]) -> Self {
        self.modes = modes;
        self
    }

    /// Modes served by way of another one.
    #[must_use]
    pub const fn bridges(mut self, bridges: &'static [(Mode, Mode)]) -> Self {
        self.bridges = bridges;
        self
    }

    /// Paths that differ from OpenAI's, without a leading slash.
    #[must_use]
    pub const fn paths(mut self, paths: &'static [(Mode, &'static str)]) -> Self {
        self.paths = paths;
        self
    }

    /// Its wire format, where that is OpenAI's but for a mode or two.
    #[must_use]
    pub const fn adapter(mut self, adapter: &'static dyn Adapter) -> Self {
        self.adapter = adapter;
        self
    }

    /// How it serves a mode; `None` when it does not.
    #[must_use]
    pub fn route(&self, mode: Mode) -> Option<Route> {
        if self.modes.contains(&mode) {
            return Some(Route::Native);
        }
        self.bridges.iter().find(|(from, _)| *from == mode).map(|(_, to)| Route::By(*to))
    }

    /// The path of a mode below the base URL.
    #[must_use]
    pub fn path(&self, mode: Mode) -> &'static str {
        self.paths.iter().find(|(of, _)| *of == mode).map_or(mode.openai_path(), |(_, path)| path)
    }
}

/// What LiteLLM serves by way of chat where a provider has chat only.
pub const CHAT_BRIDGES: &[(Mode, Mode)] =
    &[(Mode::Completion, Mode::Chat), (Mode::Responses, Mode::Chat), (Mode::Batch, Mode::Chat)];

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.slug).finish()
    }
}
