//! Where an Azure OpenAI request goes: the many forms of an `api_base`.
//!
//! A resource has two APIs. The *dated* one names the deployment in its path and a version in its
//! query (`/openai/deployments/<name>/chat/completions?api-version=2024-10-21`). The *v1* one is
//! OpenAI's own below `/openai/v1`, and takes the deployment's name as `model`.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

use crate::domain::Mode;
use crate::providers::{BuildError, url as urls};

use super::base::Base;

/// The version of the dated API when nobody names one.
const DEFAULT_VERSION: &str = "2025-02-01-preview";

/// The versions that stand for the v1 API.
const V1_VERSIONS: [&str; 3] = ["v1", "latest", "preview"];

/// The versions whose image generation is a job that is submitted.
const SUBMIT_VERSIONS: [&str; 5] = [
    "2023-06-01-preview",
    "2023-07-01-preview",
    "2023-08-01-preview",
    "2023-09-01-preview",
    "2023-10-01-preview",
];

/// What may not stand as it is in a path segment; a deployment's name may contain slashes.
const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');

/// The address of one request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Where to.
    pub(super) url: Url,
    /// Whether it is OpenAI's own API, which takes the key as a bearer token.
    pub(super) bearer: bool,
    /// Whether the path names the deployment, so that the body need not.
    pub(super) names_deployment: bool,
}

/// What the configuration says about the address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address<'a> {
    /// `api_base`, in any form.
    pub(super) base: &'a str,
    /// `litellm_params.api_version`.
    pub(super) version: Option<&'a str>,
    /// The environment's version, which counts in the dated API only.
    pub(super) env_version: Option<&'a str>,
    /// The deployment's name.
    pub(super) deployment: &'a str,
}

impl Address<'_> {
    /// The endpoint of a mode.
    pub(super) fn endpoint(&self, mode: Mode) -> Result<Endpoint, BuildError> {
        match mode {
            Mode::ImageGeneration => self.image_generation(),
            Mode::ImageEdit => self.image_edit(),
            Mode::VideoGeneration => self.videos(),
            Mode::Responses => self.responses(),
            Mode::Batch => self.resource_endpoint(Mode::Batch.openai_path()),
            // The text modes are chat here; the legacy completions have a provider of their own.
            Mode::Completion => self.deployment_endpoint(Mode::Chat.openai_path()),
            _ => self.deployment_endpoint(mode.openai_path()),
        }
    }

    /// An endpoint below a deployment, as OpenAI's client libraries address it. A base with a query
    /// is the whole address.
    pub(super) fn deployment_endpoint(&self, path: &str) -> Result<Endpoint, BuildError> {
        let base = Base::parse(self.base)?;
        let version = self.dated_version(&base);
        if base.complete {
            return Ok(base.at("", Some(&version)));
        }
        if base.is_v1() {
            return Ok(base.at(path, None).bearer());
        }
        if base.has_deployment() {
            return Ok(base.at(path, Some(&version)));
        }
        if is_v1(&version) {
            return Ok(base.at(&format!("openai/v1/{path}"), None).bearer());
        }
        Ok(base.at(&self.below_deployment(path), Some(&version)).naming_deployment())
    }

    /// A WebSocket session: generally available, or in the beta protocol.
    pub(super) fn realtime(&self, beta: bool) -> Result<Endpoint, BuildError> {
        let base = Base::parse(self.base)?.resource();
        let mut endpoint = if beta {
            base.at("openai/realtime", Some(&self.dated_version(&base)))
        } else {
            base.at("openai/v1/realtime", None)
        };
        let name = if beta { "deployment" } else { "model" };
        endpoint.url.query_pairs_mut().append_pair(name, self.deployment);
        Ok(Endpoint { url: urls::websocket(endpoint.url)?, ..endpoint })
    }

    /// Speech synthesis of Azure's own voices, which is not OpenAI's API at all.
    pub(super) fn cognitive_speech(&self) -> Result<Endpoint, BuildError> {
        let mut base = Base::parse(self.base)?;
        // A regional endpoint issues tokens; the voices of the region live on another host.
        let region = base.url.host_str().and_then(|host| host.strip_suffix(".api.cognitive.microsoft.com"));
        if let Some(host) = region.map(|region| format!("{region}.tts.speech.microsoft.com")) {
            base.url.set_host(Some(&host)).map_err(|error| BuildError::BadUrl {
                url: self.base.to_owned(),
                problem: error.to_string(),
            })?;
        }
        Ok(base.at("cognitiveservices/v1", None))
    }

    fn image_generation(&self) -> Result<Endpoint, BuildError> {
        let base = Base::parse(self.base)?;
        let path = Mode::ImageGeneration.openai_path();
        let version = self.dated_version(&base);
        if base.is_v1() {
            return Ok(base.at(path, self.v1_version()));
        }
        if base.has_deployment() {
            return Ok(base.deployment().at(path, Some(&version)).naming_deployment());
        }
        if SUBMIT_VERSIONS.contains(&version.as_str()) {
            return Ok(base.at("openai/images/generations:submit", Some(&version)).naming_deployment());
        }
        Ok(self.images(&base, path, &version))
    }

    /// Unlike the other endpoints, a base with a deployment is the whole address.
    fn image_edit(&self) -> Result<Endpoint, BuildError> {
        let base = Base::parse(self.base)?;
        let path = Mode::ImageEdit.openai_path();
        let version = self.dated_version(&base);
        if base.is_v1() {
            return Ok(base.at(path, self.v1_version()));
        }
        if base.has_deployment() {
            return Ok(base.at("", Some(&version)));
        }
        Ok(self.images(&base, path, &version))
    }

    fn images(&self, base: &Base, path: &str, version: &str) -> Endpoint {
        if is_v1(version) {
            return base.at(&format!("openai/v1/{path}"), Some(version));
        }
        let version = base.version.as_deref().unwrap_or(version);
        base.at(&self.below_deployment(path), Some(version)).naming_deployment()
    }

    /// Lives in the v1 API alone, but takes every version.
    fn videos(&self) -> Result<Endpoint, BuildError> {
        let base = Base::parse(self.base)?;
        let path = if base.is_v1() { "videos" } else { "openai/v1/videos" };
        Ok(base.at(path, base.version.as_deref().or(self.version)))
    }

    fn responses(&self) -> Result<Endpoint, BuildError> {
        let base = Base::parse(self.base)?;
        if base.is_v1() {
            return Ok(base.at("responses", self.v1_version()));
        }
        let version = base.version.as_deref().or(self.version).unwrap_or("preview");
        let path = if is_v1(version) { "openai/v1/responses" } else { "openai/responses" };
        Ok(base.at(path, Some(version)))
    }

    /// The list of models that the resource can deploy.
    pub(super) fn models(&self) -> Result<Endpoint, BuildError> {
        self.resource_endpoint("models")
    }

    /// An endpoint of the resource itself, beside its deployments.
    fn resource_endpoint(&self, path: &str) -> Result<Endpoint, BuildError> {
        let base = Base::parse(self.base)?;
        let version = self.dated_version(&base);
        let v1 = base.is_v1() || is_v1(&version);
        let resource = base.resource();
        Ok(if v1 {
            resource.at(&format!("openai/v1/{path}"), None).bearer()
        } else {
            resource.at(&format!("openai/{path}"), Some(&version))
        })
    }

    fn below_deployment(&self, path: &str) -> String {
        let name = utf8_percent_encode(self.deployment, PATH).to_string();
        format!("openai/deployments/{}/{path}", urls::literal_dots(&name))
    }

    /// Whether the version of the API knows schemas that answers have to follow: those since August 2024 do.
    pub(super) fn knows_schemas(&self) -> Result<bool, BuildError> {
        let version = self.dated_version(&Base::parse(self.base)?);
        let is_dated = version.starts_with(|first: char| first.is_ascii_digit());
        Ok(!is_dated || version.as_str() >= "2024-08")
    }

    /// The deployment's version, else the base's own, else the environment's.
    fn dated_version(&self, base: &Base) -> String {
        let version = self.version.or(base.version.as_deref()).or(self.env_version);
        version.unwrap_or(DEFAULT_VERSION).to_owned()
    }

    /// The version to name to the v1 API, which needs none and knows no dates.
    fn v1_version(&self) -> Option<&str> {
        self.version.filter(|version| is_v1(version))
    }
}

impl Endpoint {
    fn bearer(self) -> Self {
        Self { bearer: true, ..self }
    }

    fn naming_deployment(self) -> Self {
        Self { names_deployment: true, ..self }
    }
}

fn is_v1(version: &str) -> bool {
    V1_VERSIONS.contains(&version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(base: &str, version: Option<&str>, mode: Mode) -> (String, bool) {
        let address = Address { base, version, env_version: None, deployment: "dep" };
        let endpoint = match mode {
            Mode::Realtime => address.realtime(false),
            _ => address.endpoint(mode),
        };
        let endpoint = endpoint.unwrap();
        (endpoint.url.to_string(), endpoint.bearer)
    }

    const RESOURCE: &str = "https://r.openai.azure.com";

    #[test]
    fn every_form_of_base_reaches_the_chat_endpoint() {
        for (base, version, expected, bearer) in [
            ("", None, "/openai/deployments/dep/chat/completions?api-version=2025-02-01-preview", false),
            (
                "/",
                Some("2024-10-21"),
                "/openai/deployments/dep/chat/completions?api-version=2024-10-21",
                false,
            ),
            ("/openai", Some("V"), "/openai/deployments/dep/chat/completions?api-version=V", false),
            (
                "/apim/azure/",
                Some("V"),
                "/apim/azure/openai/deployments/dep/chat/completions?api-version=V",
                false,
            ),
            (
                "/openai/deployments/d1",
                Some("V"),
                "/openai/deployments/d1/chat/completions?api-version=V",
                false,
            ),
            (
                "/openai/deployments/chat",
                Some("V"),
                "/openai/deployments/chat/chat/completions?api-version=V",
                false,
            ),
            (
                "/openai/deployments/d1/chat/completions",
                Some("V"),
                "/openai/deployments/d1/chat/completions?api-version=V",
                false,
            ),
            (
                "/openai/deployments/d1/chat/completions?api-version=B",
                None,
                "/openai/deployments/d1/chat/completions?api-version=B",
                false,
            ),
            ("/azure?api-version=B&tenant=t", Some("V"), "/azure?tenant=t&api-version=V", false),
            ("", Some("v1"), "/openai/v1/chat/completions", true),
            ("", Some("latest"), "/openai/v1/chat/completions", true),
            ("/apim", Some("preview"), "/apim/openai/v1/chat/completions", true),
            ("/openai", Some("v1"), "/openai/v1/chat/completions", true),
            ("/openai/v1", Some("2024-10-21"), "/openai/v1/chat/completions", true),
            ("/openai/v1/", None, "/openai/v1/chat/completions", true),
        ] {
            let base = format!("{RESOURCE}{base}");
            assert_eq!(url(&base, version, Mode::Chat), (format!("{RESOURCE}{expected}"), bearer), "{base}");
        }
    }

    #[test]
    fn the_other_modes_have_their_own_addresses() {
        let deployment = "/openai/deployments/d1";
        for (base, version, mode, expected) in [
            ("", Some("V"), Mode::Completion, "/openai/deployments/dep/chat/completions?api-version=V"),
            (deployment, Some("V"), Mode::Embedding, "/openai/deployments/d1/embeddings?api-version=V"),
            (
                "/openai/deployments/embeddings",
                Some("V"),
                Mode::Embedding,
                "/openai/deployments/embeddings/embeddings?api-version=V",
            ),
            (
                "",
                Some("V"),
                Mode::AudioTranscription,
                "/openai/deployments/dep/audio/transcriptions?api-version=V",
            ),
            (
                "",
                Some("V"),
                Mode::ImageGeneration,
                "/openai/deployments/dep/images/generations?api-version=V",
            ),
            (
                "",
                Some("2023-06-01-preview"),
                Mode::ImageGeneration,
                "/openai/images/generations:submit?api-version=2023-06-01-preview",
            ),
            ("", Some("v1"), Mode::ImageGeneration, "/openai/v1/images/generations?api-version=v1"),
            ("/openai/v1", Some("2024-10-21"), Mode::ImageGeneration, "/openai/v1/images/generations"),
            (
                "/openai/deployments/d1/chat/completions?api-version=B",
                Some("V"),
                Mode::ImageGeneration,
                "/openai/deployments/d1/images/generations?api-version=V",
            ),
            ("", Some("preview"), Mode::ImageEdit, "/openai/v1/images/edits?api-version=preview"),
            (deployment, Some("V"), Mode::ImageEdit, "/openai/deployments/d1?api-version=V"),
            ("", None, Mode::Responses, "/openai/v1/responses?api-version=preview"),
            ("", Some("V"), Mode::Responses, "/openai/responses?api-version=V"),
            ("/openai/v1", Some("V"), Mode::Responses, "/openai/v1/responses"),
            ("", None, Mode::VideoGeneration, "/openai/v1/videos"),
            ("/openai/v1", Some("V"), Mode::VideoGeneration, "/openai/v1/videos?api-version=V"),
            (
                "/azure?api-version=B",
                Some("V"),
                Mode::VideoGeneration,
                "/azure/openai/v1/videos?api-version=B",
            ),
            (deployment, Some("V"), Mode::Batch, "/openai/batches?api-version=V"),
            ("", Some("latest"), Mode::Batch, "/openai/v1/batches"),
            ("/openai/v1", Some("V"), Mode::Batch, "/openai/v1/batches"),
        ] {
            let base = format!("{RESOURCE}{base}");
            assert_eq!(url(&base, version, mode).0, format!("{RESOURCE}{expected}"), "{mode} at {base}");
        }
    }

    #[test]
    fn a_session_is_opened_below_the_resource() {
        for base in
            ["", "/", "/openai/v1", "/openai/v1/", "/openai/deployments/d1/chat/completions?api-version=B"]
        {
            let (url, _) = url(&format!("{RESOURCE}{base}"), Some("V"), Mode::Realtime);
            assert_eq!(url, "wss://r.openai.azure.com/openai/v1/realtime?model=dep", "{base}");
        }
        let address = Address { base: RESOURCE, version: Some("V"), env_version: None, deployment: "dep" };
        let beta = address.realtime(true).unwrap().url;
        assert_eq!(beta.as_str(), "wss://r.openai.azure.com/openai/realtime?api-version=V&deployment=dep");
    }

    #[test]
    fn voices_live_on_the_host_of_their_region() {
        for (base, expected) in [
            (RESOURCE, "https://r.openai.azure.com/cognitiveservices/v1"),
            (
                "https://westeurope.api.cognitive.microsoft.com/",
                "https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1",
            ),
            (
                "https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1",
                "https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1",
            ),
        ] {
            let address = Address { base, version: None, env_version: None, deployment: "speech/azure-tts" };
            assert_eq!(address.cognitive_speech().unwrap().url.as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for base in ["myres.openai.azure.com", "mailto:me", ""] {
            let address = Address { base, version: None, env_version: None, deployment: "dep" };
            assert!(matches!(address.endpoint(Mode::Chat), Err(BuildError::BadUrl { .. })), "{base}");
        }
    }
}
