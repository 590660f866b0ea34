//! From a LiteLLM model string to a provider and the provider's own name of the model.

use crate::catalog::Catalog;
use crate::domain::Mode;

use super::table::{self, PROVIDERS, UNSUPPORTED};
use super::{BaseUrl, Provider};

/// A model string, understood.
#[derive(Debug, Clone, Copy)]
pub struct Resolved<'a> {
    /// The provider's row.
    pub provider: &'static Provider,
    /// The model as the provider names it.
    pub model: &'a str,
}

/// Why a model string leads to no provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// LiteLLM knows it, we don't yet.
    #[error("provider `{provider}` is not supported yet")]
    NotSupported {
        /// The provider's slug.
        provider: String,
    },
    /// Nobody knows it.
    #[error("`{key}`: unknown provider `{provider}`")]
    Unknown {
        /// The key that names it, below `litellm_params`.
        key: &'static str,
        /// The name as written.
        provider: String,
        /// The nearest known name.
        nearest: Option<&'static str>,
    },
    /// A model without a provider's prefix that no provider is known for.
    #[error("`litellm_params.model`: no provider is known for `{model}`")]
    NoProvider {
        /// The model as written.
        model: String,
        /// The nearest known model.
        nearest: Option<String>,
    },
    /// A provider's name where a model should be.
    #[error("`litellm_params.model`: `{model}` is the name of a provider, not of a model")]
    ProviderOnly {
        /// The model as written.
        model: String,
    },
}

impl ResolveError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotSupported { .. } => None,
            Self::Unknown { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::Unknown { .. } => Some(
                "write `provider/model`; for a server that speaks OpenAI's format write `openai/model` and set \
                 `litellm_params.api_base`"
                    .to_owned(),
            ),
            Self::NoProvider { nearest: Some(nearest), .. } => {
                Some(format!("write `provider/model`, or did you mean `{nearest}`?"))
            }
            Self::NoProvider { .. } => Some("write `provider/model`, such as `openai/gpt-4o`".to_owned()),
            Self::ProviderOnly { model } => Some(format!("write `{model}/` and the model behind it")),
        }
    }
}

/// Providers of the catalog whose models LiteLLM knows without a prefix, and our provider for them.
const BARE: &[(&str, &str)] = &[
    ("ai21", "ai21"),
    ("anthropic", "anthropic"),
    ("baseten", "baseten"),
    ("bedrock", "bedrock"),
    ("bedrock_converse", "bedrock"),
    ("cohere", "cohere"),
    ("cohere_chat", "cohere_chat"),
    ("nlp_cloud", "nlp_cloud"),
    ("openai", "openai"),
    ("openrouter", "openrouter"),
    ("replicate", "replicate"),
    ("text-completion-openai", "text-completion-openai"),
    ("watsonx", "watsonx"),
];

/// Beginnings of names that are OpenAI's, whether or not the catalog lists them.
const OPENAI_PREFIXES: &[&str] = &["ft:gpt-3.5-turbo", "ft:gpt-4", "gpt-image"];

/// Finds the provider of a deployment.
///
/// An explicit `custom_llm_provider` wins, then the model's prefix, then a well-known `api_base`, then the
/// catalog's knowledge of names without prefix, then what names look like.
///
/// # Errors
/// When no provider is meant, or one that is not supported.
pub fn resolve<'a>(
    model: &'a str,
    custom_llm_provider: Option<&str>,
    api_base: Option<&str>,
    catalog: &Catalog,
) -> Result<Resolved<'a>, ResolveError> {
    if let Some(name) = custom_llm_provider {
        let provider = row(name, "litellm_params.custom_llm_provider")?;
        let model = without_prefix(model, provider).unwrap_or(model);
        return Ok(Resolved { provider, model });
    }
    if is_partner_model_on_azure(model, catalog) {
        return Ok(Resolved { provider: row("openai", "litellm_params.model")?, model });
    }
    if let Some((prefix, rest)) = model.split_once('/')
        && is_known(prefix)
    {
        return Ok(Resolved { provider: row(prefix, "litellm_params.model")?, model: rest });
    }
    if let Some(provider) = api_base.and_then(by_endpoint) {
        return Ok(Resolved { provider, model });
    }
    if is_known(model) {
        return Err(ResolveError::ProviderOnly { model: model.to_owned() });
    }
    match bare(model, catalog) {
        Some(slug) => Ok(Resolved { provider: row(slug, "litellm_params.model")?, model }),
        None => Err(unknown(model, catalog)),
    }
}

/// The row of a name that has to be a provider's.
fn row(name: &str, key: &'static str) -> Result<&'static Provider, ResolveError> {
    if let Some(provider) = table::find(name) {
        return Ok(provider);
    }
    if UNSUPPORTED.binary_search(&name).is_ok() {
        return Err(ResolveError::NotSupported { provider: name.to_owned() });
    }
    Err(ResolveError::Unknown { key, provider: name.to_owned(), nearest: nearest_provider(name) })
}

fn is_known(name: &str) -> bool {
    table::find(name).is_some() || UNSUPPORTED.binary_search(&name).is_ok()
}

fn without_prefix<'a>(model: &'a str, provider: &Provider) -> Option<&'a str> {
    let (prefix, rest) = model.split_once('/')?;
    (prefix == provider.slug || provider.aliases.contains(&prefix)).then_some(rest)
}

/// Azure serves Cohere's and Mistral's chat models in OpenAI's format, at the base URL itself.
fn is_partner_model_on_azure(model: &str, catalog: &Catalog) -> bool {
    let Some(name) = model.strip_prefix("azure/") else {
        return false;
    };
    let is_chat = |provider: &str, name: &str| {
        catalog.exact(name).is_some_and(|facts| facts.provider == provider && facts.mode == Some(Mode::Chat))
    };
    is_chat("cohere_chat", name) || is_chat("mistral", &["mistral/", name].concat())
}

/// The provider that lives at an address.
fn by_endpoint(api_base: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| {
        let own = match provider.base_url {
            BaseUrl::Fixed(url) => Some(url),
            BaseUrl::Template(_) | BaseUrl::FromConfig => None,
        };
        // OpenAI is where names without a prefix go anyway, if they are OpenAI's.
        provider.slug != "openai"
            && provider.endpoints.iter().copied().chain(own).any(|url| is_below(api_base, url))
    })
}

/// Whether an address is an endpoint or lies below it: `https://api.groq.com.evil.example` does not.
fn is_below(address: &str, endpoint: &str) -> bool {
    let strip = |url: &'_ str| -> Option<usize> { url.find("://").map(|at| at + 3) };
    let (Some(a), Some(b)) = (strip(address), strip(endpoint)) else {
        return false;
    };
    let endpoint = endpoint[b..].trim_end_matches('/');
    address[a..]
        .strip_prefix(endpoint)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'))
}

/// The slug of a name without prefix.
fn bare(model: &str, catalog: &Catalog) -> Option<&'static str> {
    if model == "*" || OPENAI_PREFIXES.iter().any(|prefix| model.starts_with(prefix)) {
        return Some("openai");
    }
    if let Some(facts) = catalog.exact(model) {
        if facts.provider.starts_with("vertex_ai") {
            return Some("vertex_ai");
        }
        if let Some((_, slug)) = BARE.iter().find(|(listed, _)| *listed == facts.provider) {
            return Some(slug);
        }
    }
    if is_bedrock_claude(model) {
        return Some("bedrock");
    }
    if is_replicate_version(model) {
        return Some("replicate");
    }
    is_future_claude(model).then_some("anthropic")
}

/// `anthropic.claude-…`, with or without a region before it.
fn is_bedrock_claude(model: &str) -> bool {
    model.starts_with("anthropic.claude-")
        || model.split_once('.').is_some_and(|(geo, rest)| {
            geo.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                && rest.starts_with("anthropic.claude-")
        })
}

/// `owner/name:` and a version's hash.
fn is_replicate_version(model: &str) -> bool {
    model.rsplit_once(':').is_some_and(|(name, version)| {
        name.contains('/') && version.len() == 64 && version.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// `claude-<word>-<n>`, then `-<n>` or `.<n>`, then a date: models that are newer than the catalog.
fn is_future_claude(model: &str) -> bool {
    let Some(rest) = model.strip_prefix("claude-") else {
        return false;
    };
    let mut parts = rest.split(['-', '.']);
    let named = parts
        .next()
        .is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    let mut numbers = 0;
    named
        && parts.all(|part| {
            numbers += 1;
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
        })
        && (1..=3).contains(&numbers)
}

fn unknown(model: &str, catalog: &Catalog) -> ResolveError {
    if let Some((prefix, _)) = model.split_once('/')
        && let Some(nearest) = nearest_provider(prefix)
    {
        return ResolveError::Unknown {
            key: "litellm_params.model",
            provider: prefix.to_owned(),
            nearest: Some(nearest),
        };
    }
    // A name that is listed below one provider's prefix only is the likeliest.
    let listed = catalog
        .names()
        .find(|name| name.split_once('/').is_some_and(|(prefix, rest)| rest == model && is_known(prefix)));
    let nearest = listed.or_else(|| nearest(model, catalog.names(), 2));
    ResolveError::NoProvider { model: model.to_owned(), nearest: nearest.map(str::to_owned) }
}

fn nearest_provider(name: &str) -> Option<&'static str> {
    let known = PROVIDERS
        .iter()
        .flat_map(|provider| std::iter::once(provider.slug).chain(provider.aliases.iter().copied()));
    nearest(name, known.chain(UNSUPPORTED.iter().copied()), 2)
}

/// The candidate with the fewest typing errors between it and a word.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>, most: usize) -> Option<&'a str> {
    candidates
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= most && candidate.len() > 3)
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug_and_model<'a>(
        model: &'a str,
        custom: Option<&str>,
        base: Option<&str>,
    ) -> (&'static str, &'a str) {
        let resolved = resolve(model, custom, base, Catalog::embedded()).unwrap();
        (resolved.provider.slug, resolved.model)
    }

    fn error(model: &str, base: Option<&str>) -> ResolveError {
        resolve(model, None, base, Catalog::embedded()).unwrap_err()
    }

    #[test]
    fn prefixes_name_the_provider() {
        assert_eq!(slug_and_model("openai/gpt-4o", None, None), ("openai", "gpt-4o"));
        assert_eq!(slug_and_model("groq/openai/gpt-oss-20b", None, None), ("groq", "openai/gpt-oss-20b"));
        assert_eq!(
            slug_and_model("openrouter/openrouter/auto", None, None),
            ("openrouter", "openrouter/auto")
        );
    }

    #[test]
    fn an_explicit_provider_wins_and_a_doubled_prefix_goes() {
        assert_eq!(slug_and_model("my-model", Some("groq"), None), ("groq", "my-model"));
        assert_eq!(slug_and_model("groq/my-model", Some("groq"), None), ("groq", "my-model"));
        assert_eq!(slug_and_model("openai/x", Some("groq"), None), ("groq", "openai/x"));
    }

    #[test]
    fn bare_names_are_found_in_the_catalog_or_by_their_look() {
        for model in ["gpt-4o", "whisper-1", "tts-1", "dall-e-3", "sora-2", "*", "ft:gpt-4o:x", "gpt-image-9"]
        {
            assert_eq!(slug_and_model(model, None, None), ("openai", model));
        }
        assert_eq!(slug_and_model("babbage-002", None, None).0, "text-completion-openai");
        let version = format!("owner/model:{}", "0a".repeat(32));
        assert_eq!(slug_and_model(&version, None, None).0, "replicate");
        let unknown = [
            "gpt-9",
            "o9-mini",
            "deepseek-chat",
            "mistral-large-latest",
            "claude-3-5-sonnet-latest",
            "claude-2",
            "claude-opus-9-future",
            "gemini-1.5-pro",
            "grok-3",
            "qwen-plus",
        ];
        for model in unknown {
            assert!(matches!(error(model, None), ResolveError::NoProvider { .. }), "{model}");
        }
    }

    #[test]
    fn a_well_known_address_names_the_provider_and_a_look_alike_does_not() {
        assert_eq!(slug_and_model("some-model", None, Some("https://api.groq.com/openai/v1")).0, "groq");
        assert_eq!(slug_and_model("gpt-4o", None, Some("https://api.together.xyz/v1")).0, "together_ai");
        for base in
            ["https://api.groq.com.evil.example/openai/v1", "https://evil.example/api.groq.com/openai/v1"]
        {
            assert!(matches!(error("some-model", Some(base)), ResolveError::NoProvider { .. }), "{base}");
            assert_eq!(slug_and_model("gpt-4o", None, Some(base)).0, "openai");
        }
    }

    #[test]
    fn mistakes_are_told_with_what_was_probably_meant() {
        let typo = error("opnai/gpt-4o", None);
        assert_eq!(typo.to_string(), "`litellm_params.model`: unknown provider `opnai`");
        assert_eq!(typo.hint().unwrap(), "did you mean `openai`?");
        assert!(error("deepseek-chat", None).hint().unwrap().contains("`deepseek/deepseek-chat`"));
        assert!(matches!(error("mistral", None), ResolveError::ProviderOnly { .. }));
        assert!(matches!(error("foo/bar", None), ResolveError::NoProvider { .. }));
    }

    #[test]
    fn claude_is_recognised_by_pattern() {
        for model in ["claude-sonnet-9", "claude-opus-5-1", "claude-haiku-9.5-20300101"] {
            assert!(is_future_claude(model), "{model}");
        }
        for model in ["claude-", "claude-sonnet", "claude-3-5-sonnet-latest", "claude-sonnet-4-5-1-2"] {
            assert!(!is_future_claude(model), "{model}");
        }
        assert!(is_bedrock_claude("us.anthropic.claude-x") && !is_bedrock_claude("us/anthropic.claude-x"));
    }
}
