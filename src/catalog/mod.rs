//! Facts about models: provider, mode, reasoning, prices.
//!
//! The data is a sorted table of text, compiled in or made from a user's file. Opening it costs one pass that finds
//! the lines; a row is parsed when it is asked for.

mod file;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use crate::domain::Mode;

pub use file::CatalogError;

/// LiteLLM's list without the entries that are prices, not models (`together-ai-up-to-4b`, `openai/container`).
/// Columns: name, provider, mode, `1` if it reasons, dollars per input token, dollars per output token.
const EMBEDDED: &str = include_str!("models.tsv");

/// Regions that Bedrock puts before a model id.
const GEO_PREFIXES: &[&str] = &["us.", "eu.", "apac.", "jp.", "au.", "ca.", "us-gov.", "global."];

/// A lookup of models by name.
pub struct Catalog {
    text: Cow<'static, str>,
    /// Where each line begins; the lines are sorted by name.
    lines: Vec<u32>,
    /// The lines of the chat models by provider, cheapest first and free ones last. Made when a wildcard asks for
    /// it.
    chat_by_price: OnceLock<HashMap<String, Vec<u32>>>,
}

/// What is known of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelFacts<'a> {
    /// The name under which it is listed, with a provider's prefix where the list has one.
    pub name: &'a str,
    /// The provider as the list names it; finer than ours in places (`vertex_ai-anthropic_models`).
    pub provider: &'a str,
    /// What it is for; `None` when the list does not say, or says something that can't be probed.
    pub mode: Option<Mode>,
    /// Whether it thinks before it answers.
    pub reasoning: bool,
    /// US dollars per input token.
    pub input_cost: Option<f64>,
    /// US dollars per output token.
    pub output_cost: Option<f64>,
}

impl Catalog {
    /// The catalog that is compiled in. The first call opens it.
    #[must_use]
    pub fn embedded() -> &'static Arc<Self> {
        static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::new(EMBEDDED.into())));
        &CATALOG
    }

    /// The catalog of a text in the format of LiteLLM's `model_prices_and_context_window.json`.
    ///
    /// # Errors
    /// When the text has another format; the first entry that is wrong is named.
    pub fn from_litellm(json: &str) -> Result<Self, CatalogError> {
        Ok(Self::new(file::table(json)?.into()))
    }

    fn new(text: Cow<'static, str>) -> Self {
        let mut lines = Vec::with_capacity(4096);
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if let Ok(at) = u32::try_from(start) {
                lines.push(at);
            }
            start += line.len();
        }
        Self { text, lines, chat_by_price: OnceLock::new() }
    }

    /// The facts of a model by its LiteLLM string, with or without a provider's prefix: `gpt-4o` and
    /// `openai/gpt-4o` are one model, `groq/gpt-4o` is not.
    #[must_use]
    pub fn lookup(&self, model: &str) -> Option<ModelFacts<'_>> {
        self.exact(model).or_else(|| {
            let (provider, name) = model.split_once('/')?;
            self.exact(name)
                .or_else(|| self.exact(without_geo_prefix(name)?))
                .filter(|facts| belongs_to(facts.provider, provider))
        })
    }

    /// The facts of a provider's model, by the provider's own name for it.
    #[must_use]
    pub fn lookup_for(&self, provider: &str, model: &str) -> Option<ModelFacts<'_>> {
        self.lookup(&[provider, "/", model].concat())
    }

    /// The facts under exactly this name.
    #[must_use]
    pub fn exact(&self, name: &str) -> Option<ModelFacts<'_>> {
        let at = self.lines.binary_search_by(|&line| self.compare(line, name)).ok()?;
        Some(facts(self.line(self.lines[at])))
    }

    /// The chat models of a provider, cheapest first and partners' last, without the provider's prefix. Those
    /// without a price come after the others: a free model proves little about an account. Of equal ones the
    /// alphabetically first comes first, so the order is always the same.
    pub fn cheapest_chat_models<'a>(&'a self, provider: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let by_price = self.chat_by_price.get_or_init(|| self.sort_by_price());
        let prefix = [provider, "/"].concat();
        // The list writes `amazon-nova/` for `amazon_nova`.
        let dashed = prefix.replace('_', "-");
        let lines = by_price.get(provider).map(Vec::as_slice).unwrap_or_default();
        lines.iter().map(move |&line| {
            let name = facts(self.line(line)).name;
            name.strip_prefix(prefix.as_str()).or_else(|| name.strip_prefix(dashed.as_str())).unwrap_or(name)
        })
    }

    /// Every name in the catalog.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.text.lines().map(|line| line.split('\t').next().unwrap_or_default())
    }

    fn compare(&self, line: u32, name: &str) -> Ordering {
        let rest = &self.text.as_bytes()[line as usize..];
        let length = name.len().min(rest.len());
        rest[..length].cmp(name.as_bytes()).then_with(|| match rest.get(name.len()) {
            Some(b'\t') => Ordering::Equal,
            _ => Ordering::Greater,
        })
    }

    fn line(&self, start: u32) -> &str {
        self.text[start as usize..].lines().next().unwrap_or_default()
    }

    fn sort_by_price(&self) -> HashMap<String, Vec<u32>> {
        let mut by_provider: HashMap<&str, Vec<(bool, f64, &str, u32)>> = HashMap::new();
        for &line in &self.lines {
            let facts = facts(self.line(line));
            let price = facts.input_cost.unwrap_or(0.0) + facts.output_cost.unwrap_or(0.0);
            if facts.mode == Some(Mode::Chat) {
                let price = if price > 0.0 { price } else { f64::INFINITY };
                let entry = (is_partner(facts.provider), price, facts.name, line);
                by_provider.entry(family(facts.provider)).or_default().push(entry);
            }
        }
        by_provider
            .into_iter()
            .map(|(provider, mut models)| {
                models.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then_with(|| a.2.cmp(b.2)));
                (provider.to_owned(), models.into_iter().map(|(.., line)| line).collect())
            })
            .collect()
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("models", &self.lines.len()).finish_non_exhaustive()
    }
}

/// Reads one line.
fn facts(line: &str) -> ModelFacts<'_> {
    let mut columns = line.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    ModelFacts {
        name: next(),
        provider: next(),
        mode: next().parse().ok(),
        reasoning: next() == "1",
        input_cost: next().parse().ok(),
        output_cost: next().parse().ok(),
    }
}

/// Our provider for one that the list splits up.
fn family(listed: &str) -> &str {
    match listed.split_once('-') {
        Some(("vertex_ai", _)) => "vertex_ai",
        _ if listed == "bedrock_converse" => "bedrock",
        _ => listed,
    }
}

/// Whether models are those of a partner on Vertex AI. They have to be enabled one by one, so a wildcard is better
/// probed with one of Google's.
fn is_partner(listed: &str) -> bool {
    listed.strip_prefix("vertex_ai-").is_some_and(|rest| rest != "language-models")
}

/// Whether a provider of the list is one of ours, or a part of it: `vertex_ai-anthropic_models` is `vertex_ai`.
fn belongs_to(listed: &str, provider: &str) -> bool {
    listed.strip_prefix(provider).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

fn without_geo_prefix(name: &str) -> Option<&str> {
    GEO_PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_sorted_and_complete() {
        let catalog = Catalog::embedded();
        let names: Vec<&str> = catalog.names().collect();
        assert!(names.len() > 3000 && names.is_sorted_by(|a, b| a < b), "sort models.tsv by name");
        for name in names {
            assert_eq!(catalog.exact(name).map(|facts| facts.name), Some(name));
        }
    }

    #[test]
    fn a_prefix_has_to_be_the_providers() {
        let catalog = Catalog::embedded();
        assert_eq!(catalog.lookup("gpt-4o").unwrap().provider, "openai");
        assert_eq!(catalog.lookup("openai/gpt-4o").unwrap().name, "gpt-4o");
        assert_eq!(catalog.lookup("groq/gpt-4o"), None);
        assert_eq!(catalog.lookup("groq/whisper-large-v3").unwrap().mode, Some(Mode::AudioTranscription));
        assert_eq!(catalog.lookup("cohere/command-r-plus-08-2024").unwrap().provider, "cohere_chat");
        assert_eq!(catalog.lookup("gpt"), None);
        assert_eq!(catalog.lookup(""), None);
        assert_eq!(catalog.lookup("zzzzzz"), None);
    }

    #[test]
    fn facts_are_read() {
        let facts = Catalog::embedded().lookup_for("openai", "o3-mini").unwrap();
        assert!(facts.reasoning);
        assert_eq!(facts.mode, Some(Mode::Chat));
        assert_eq!((facts.input_cost, facts.output_cost), (Some(1.1e-6), Some(4.4e-6)));
    }

    #[test]
    fn a_list_of_the_users_is_looked_up_likewise() {
        let catalog = Catalog::from_litellm(
            r#"{
                "gpt-9": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2e-6},
                "gpt-9-nano": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6},
                "acme/embed": {"litellm_provider": "acme", "mode": "embedding"}
            }"#,
        );
        let catalog = catalog.unwrap();
        assert_eq!(catalog.lookup("openai/gpt-9").unwrap().input_cost, Some(2e-6));
        assert_eq!(catalog.lookup("acme/embed").unwrap().mode, Some(Mode::Embedding));
        assert_eq!(catalog.lookup("gpt-4o"), None);
        assert_eq!(catalog.cheapest_chat_models("openai").collect::<Vec<_>>(), ["gpt-9-nano", "gpt-9"]);
    }

    #[test]
    fn the_cheapest_models_cost_something_and_are_models() {
        let catalog = Catalog::embedded();
        for provider in ["openai", "azure", "groq", "mistral", "anthropic", "bedrock", "vertex_ai"] {
            let models: Vec<&str> = catalog.cheapest_chat_models(provider).collect();
            assert!(!models.is_empty(), "{provider}");
            assert!(!models.contains(&"container"), "{provider}");
        }
        assert_eq!(catalog.cheapest_chat_models("together_ai").next(), Some("google/gemma-3n-E4B-it"));
        assert_eq!(catalog.cheapest_chat_models("openai").next(), Some("gpt-5-nano"));
        assert_eq!(catalog.cheapest_chat_models("nobody").count(), 0);
    }
}
