//! Where an Azure AI request goes: the kinds of hosts that an `api_base` can name.

use url::Url;

use crate::providers::{BuildError, url as urls};

/// The version of an agents project's API.
const AGENTS_VERSION: &str = "2025-05-01";

/// The version of Document Intelligence's API.
const DOCUMENTS_VERSION: &str = "2024-11-30";

/// An `api_base` taken apart.
pub(super) struct Place {
    /// Up to where a resource's APIs begin, without query and trailing slash.
    root: String,
    /// The version in its query.
    version: Option<String>,
    /// Whose host it is.
    host: Host,
    /// The base leads into the inference API.
    pub(super) is_inference: bool,
}

/// Who answers at a host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Host {
    /// A Foundry resource: every model below `/models`.
    Foundry,
    /// An Azure OpenAI resource.
    OpenAi,
    /// A serverless deployment of one model, or a gateway.
    Other,
}

impl Place {
    pub(super) fn parse(base: &str) -> Result<Self, BuildError> {
        let mut url = urls::parse(base.trim().to_owned())?;
        let version =
            url.query_pairs().find(|(name, _)| name == "api-version").map(|(_, value)| value.into_owned());
        url.set_query(None);
        url.set_fragment(None);
        let host = match url.host_str().unwrap_or_default() {
            name if name.ends_with(".services.ai.azure.com") => Host::Foundry,
            name if name.ends_with(".openai.azure.com") => Host::OpenAi,
            _ => Host::Other,
        };
        let text = url.as_str().trim_end_matches('/');
        let chat = text.strip_suffix("/chat/completions");
        let root = chat.unwrap_or(text);
        let models = root.strip_suffix("/models");
        let root = models.unwrap_or(root).to_owned();
        Ok(Self { root, version, host, is_inference: models.is_some() })
    }

    /// The base without the path of the inference API.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn is_foundry(&self) -> bool {
        self.host == Host::Foundry
    }

    /// Keys have a header of their own at hosts of Azure's, and are bearer tokens elsewhere.
    pub(super) fn takes_bearer(&self) -> bool {
        self.host == Host::Other
    }

    /// An endpoint of the inference API.
    pub(super) fn inference(&self, path: &str, version: Option<&str>) -> Result<Url, BuildError> {
        let path = if self.is_foundry() { ["models/", path].concat() } else { path.to_owned() };
        self.versioned(&path, version.or(self.version.as_deref()))
    }

    /// Claude's own API.
    pub(super) fn messages(&self) -> Result<Url, BuildError> {
        let root = self.root.strip_suffix("/v1/messages").unwrap_or(&self.root);
        let root = root.strip_suffix("/anthropic").unwrap_or(root);
        urls::join(root, "anthropic/v1/messages")
    }

    /// Cohere's own API.
    pub(super) fn rerank(&self) -> Result<Url, BuildError> {
        urls::join(&self.root, "v1/rerank")
    }

    /// Mistral's own API.
    pub(super) fn ocr(&self) -> Result<Url, BuildError> {
        urls::join(&self.root, "providers/mistral/azure/ocr")
    }

    /// Black Forest Labs' own API.
    pub(super) fn flux(&self, model: &str, version: Option<&str>) -> Result<Url, BuildError> {
        let name = model.to_ascii_lowercase().replace(['.', '_'], "-");
        let path = format!("providers/blackforestlabs/v1/{}", urls::segment(&name));
        self.versioned(&path, Some(version.unwrap_or("preview")))
    }

    /// An analysis by Document Intelligence.
    pub(super) fn analysis(&self, model: &str) -> Result<Url, BuildError> {
        let path = format!("documentintelligence/documentModels/{}:analyze", urls::segment(model));
        self.versioned(&path, Some(DOCUMENTS_VERSION))
    }

    /// The conversations of an agents project.
    pub(super) fn threads(&self) -> Result<Url, BuildError> {
        self.versioned("threads", Some(AGENTS_VERSION))
    }

    /// What a resource or project serves.
    pub(super) fn models(&self, version: Option<&str>) -> Result<Url, BuildError> {
        if self.is_foundry() {
            self.versioned("models/info", version)
        } else {
            self.versioned("info", version)
        }
    }

    fn versioned(&self, path: &str, version: Option<&str>) -> Result<Url, BuildError> {
        let mut url = urls::join(&self.root, path)?;
        if let Some(version) = version {
            url.query_pairs_mut().append_pair("api-version", version);
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_may_name_any_part_of_the_way_to_chat() {
        for base in [
            "https://r.services.ai.azure.com",
            "https://r.services.ai.azure.com/",
            "https://r.services.ai.azure.com/models",
            "https://r.services.ai.azure.com/models/chat/completions",
        ] {
            let place = Place::parse(base).unwrap();
            let chat = place.inference("chat/completions", None).unwrap();
            assert_eq!(chat.as_str(), "https://r.services.ai.azure.com/models/chat/completions");
            assert_eq!(place.rerank().unwrap().as_str(), "https://r.services.ai.azure.com/v1/rerank");
        }
        let other = Place::parse("https://d.example/v1/chat/completions?api-version=1").unwrap();
        assert_eq!(other.inference("embeddings", None).unwrap().path(), "/v1/embeddings");
        assert!(other.takes_bearer());
    }

    #[test]
    fn claude_is_reached_from_its_own_address_too() {
        for base in
            ["https://r.example", "https://r.example/anthropic/", "https://r.example/anthropic/v1/messages"]
        {
            let url = Place::parse(base).unwrap().messages().unwrap();
            assert_eq!(url.as_str(), "https://r.example/anthropic/v1/messages", "{base}");
        }
    }

    #[test]
    fn a_look_alike_is_not_azure() {
        assert!(!Place::parse("https://services.ai.azure.com.evil.example").unwrap().is_foundry());
    }
}
