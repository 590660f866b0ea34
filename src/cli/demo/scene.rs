//! The deployments of the demo: one for every state that a real fleet can be in.

use super::faults::Fault;
use super::provider::{KEY, MockProvider};

/// The master key of the demo. It protects nothing.
pub(super) const MASTER_KEY: &str = "sk-demo-1234";
/// A key that the mock does not take.
const REVOKED_KEY: &str = "sk-mock-revoked-83a1f6";

/// One deployment of the demo.
struct Scene {
    /// What one is to see, as a comment in the configuration.
    about: &'static str,
    name: &'static str,
    model: &'static str,
    place: Place,
    key: Key,
    /// More lines of `litellm_params`.
    params: &'static [&'static str],
    /// Lines of `model_info`.
    info: &'static [&'static str],
}

/// Where a deployment is.
enum Place {
    /// `api_base` ends in `/v1`.
    Versioned(Fault),
    /// `api_base` does not.
    Bare(Fault),
    /// Behind a certificate that nobody knows.
    UnknownCertificate,
    /// Where nothing listens.
    Closed,
}

enum Key {
    Good,
    Revoked,
    Unset,
}

const SCENES: &[Scene] = &[
    Scene { about: "Chat in OpenAI's format.", ..Scene::healthy("chat", "openai/gpt-4o-mini") },
    Scene {
        about: "The same name, another vendor: its own URLs and its own header for the key.",
        place: Place::Bare(Fault::None),
        params: &["api_version: \"2024-10-21\""],
        ..Scene::healthy("chat", "azure/gpt-4o-eu")
    },
    Scene {
        about: "Anthropic's messages.",
        place: Place::Bare(Fault::None),
        ..Scene::healthy("claude", "anthropic/claude-3-5-haiku-20241022")
    },
    Scene {
        about: "What else can be probed. The mode follows from the model where it is known.",
        ..Scene::healthy("embeddings", "openai/text-embedding-3-small")
    },
    Scene { info: &["mode: responses"], ..Scene::healthy("responses", "openai/gpt-4o") },
    Scene { info: &["mode: image_generation"], ..Scene::healthy("images", "openai/dall-e-3") },
    Scene { info: &["mode: audio_speech"], ..Scene::healthy("speech", "openai/tts-1") },
    Scene { info: &["mode: audio_transcription"], ..Scene::healthy("transcription", "openai/whisper-1") },
    Scene {
        about: "Answers, but later than this deployment should: degraded.",
        place: Place::Versioned(Fault::Slow),
        info: &["llmhealth: {degraded_after: 1s}"],
        ..Scene::healthy("slow", "groq/llama-3.1-8b-instant")
    },
    Scene {
        about: "Accepts the request and never answers.",
        place: Place::Versioned(Fault::Hanging),
        info: &["health_check_timeout: 3"],
        ..Scene::healthy("hanging", "mistral/mistral-small-latest")
    },
    Scene {
        about: "429: alive, but refuses for now.",
        place: Place::Versioned(Fault::RateLimited),
        ..Scene::healthy("rate-limited", "openrouter/openai/gpt-4o-mini")
    },
    Scene {
        about: "A revoked key. The vendor echoes it; llmhealth does not.",
        key: Key::Revoked,
        ..Scene::healthy("wrong-key", "openai/gpt-4o")
    },
    Scene {
        about: "A variable that is not set is named.",
        key: Key::Unset,
        ..Scene::healthy("unset-variable", "openai/gpt-4o")
    },
    Scene {
        about: "A mode that does not exist.",
        info: &["mode: chatt"],
        ..Scene::healthy("wrong-mode", "openai/gpt-4o-mini")
    },
    Scene {
        about: "An error of the vendor's.",
        place: Place::Versioned(Fault::Failing),
        ..Scene::healthy("failing", "deepseek/deepseek-chat")
    },
    Scene {
        about: "200 with a page for people: not healthy.",
        place: Place::Versioned(Fault::Html),
        ..Scene::healthy("garbage", "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo")
    },
    Scene {
        about: "The connection breaks in the middle of the answer.",
        place: Place::Versioned(Fault::CutOff),
        ..Scene::healthy("cut-off", "openai/gpt-4o-mini")
    },
    Scene {
        about: "Nothing listens there.",
        place: Place::Closed,
        ..Scene::healthy("refused", "openai/gpt-4o-mini")
    },
    Scene {
        about: "TLS with a certificate that nobody vouches for.",
        place: Place::UnknownCertificate,
        ..Scene::healthy("unknown-certificate", "openai/gpt-4o-mini")
    },
];

impl Scene {
    const fn healthy(name: &'static str, model: &'static str) -> Self {
        Self {
            about: "",
            name,
            model,
            place: Place::Versioned(Fault::None),
            key: Key::Good,
            params: &[],
            info: &[],
        }
    }

    fn yaml(&self, mock: &MockProvider) -> String {
        let comment = if self.about.is_empty() { String::new() } else { format!("  # {}\n", self.about) };
        let base = match self.place {
            Place::Versioned(fault) => format!("{}/v1", mock.base(fault)),
            Place::Bare(fault) => mock.base(fault),
            Place::UnknownCertificate => format!("https://{}/healthy/v1", mock.tls),
            Place::Closed => format!("http://{}/v1", mock.closed),
        };
        let key = match self.key {
            Key::Good => KEY,
            Key::Revoked => REVOKED_KEY,
            Key::Unset => "os.environ/LLMHEALTH_DEMO_UNSET_KEY",
        };
        let lines = |lines: &[&str]| lines.iter().flat_map(|line| ["      ", line, "\n"]).collect::<String>();
        let info = if self.info.is_empty() {
            String::new()
        } else {
            format!("    model_info:\n{}", lines(self.info))
        };
        format!(
            "{comment}  - model_name: {}\n    litellm_params:\n      model: {}\n      api_base: {base}\n      \
             api_key: {key}\n{}{info}",
            self.name,
            self.model,
            lines(self.params)
        )
    }
}

/// The configuration of all deployments at this mock, as a user would write it.
pub(super) fn config(mock: &MockProvider) -> String {
    let deployments: String = SCENES.iter().map(|scene| scene.yaml(mock)).collect();
    format!("general_settings:\n  master_key: {MASTER_KEY}\n\nmodel_list:\n{deployments}")
}
