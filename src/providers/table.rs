//! The table of providers: the only place where one is registered.

use crate::domain::Mode;

use super::anthropic::{Complete, Messages};
use super::azure::{Azure, AzureText};
use super::bedrock::Bedrock;
use super::gdc::Gdc;
use super::gemini::Gemini;
use super::mantle::Mantle;
use super::mistral::Mistral;
use super::openrouter::OpenRouter;
use super::polly::Polly;
use super::sagemaker::{SageMaker, SageMakerChat};
use super::vertex::Vertex;
use super::{Auth, BaseUrl, Effort, Provider, RowHeader};

use Mode::{
    AudioSpeech, AudioTranscription, Batch, Chat, Completion, Embedding, ImageEdit, ImageGeneration, Ocr,
    Realtime, Rerank, Responses, VideoGeneration,
};

/// OpenAI's organisation and project, in the modes in which LiteLLM sends them.
const OPENAI_HEADERS: &[RowHeader] = &[
    RowHeader {
        name: "openai-organization",
        param: Some("organization"),
        envs: &["OPENAI_ORGANIZATION", "OPENAI_ORG_ID"],
        default: None,
        modes: &[Chat, ImageGeneration, Batch],
    },
    RowHeader {
        name: "openai-project",
        param: None,
        envs: &["OPENAI_PROJECT_ID"],
        default: None,
        modes: &[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Batch],
    },
];

/// How OpenRouter attributes traffic to an application; the defaults are those of the proxy that is probed for.
const OPENROUTER_HEADERS: &[RowHeader] = &[
    RowHeader {
        name: "http-referer",
        param: None,
        envs: &["OR_SITE_URL"],
        default: Some("https://litellm.ai"),
        modes: &[Chat, Embedding],
    },
    RowHeader {
        name: "x-title",
        param: None,
        envs: &["OR_APP_NAME"],
        default: Some("liteLLM"),
        modes: &[Chat, Embedding],
    },
];

/// Every provider, in alphabetical order of slugs.
pub static PROVIDERS: &[Provider] = &[
    Provider::with_adapter("anthropic", &Messages)
        .base_url(BaseUrl::Fixed("https://api.anthropic.com"))
        .base_envs(&["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"])
        .key_envs(&["ANTHROPIC_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::with_adapter("anthropic_text", &Complete)
        .base_url(BaseUrl::Fixed("https://api.anthropic.com"))
        .base_envs(&["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"])
        .key_envs(&["ANTHROPIC_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::with_adapter("aws_polly", &Polly)
        .base_url(BaseUrl::Template("https://polly.{region}.amazonaws.com"))
        .auth(Auth::Adapter)
        .modes(&[AudioSpeech]),
    Provider::with_adapter("azure", &Azure)
        .base_envs(&["AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"])
        .key_envs(&["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[
            Chat,
            Embedding,
            AudioSpeech,
            AudioTranscription,
            ImageGeneration,
            ImageEdit,
            VideoGeneration,
            Realtime,
            Batch,
            Responses,
        ])
        .bridges(&[(Completion, Chat)])
        .effort(Effort::Always),
    Provider::with_adapter("azure_text", &AzureText)
        .base_envs(&["AZURE_API_BASE"])
        .key_envs(&["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Completion])
        .bridges(&[(Chat, Completion), (Batch, Completion)])
        .refuses(&["reasoning_effort"]),
    Provider::with_adapter("bedrock", &Bedrock)
        .base_url(BaseUrl::Template("https://bedrock-runtime.{region}.amazonaws.com"))
        .base_envs(&["AWS_BEDROCK_RUNTIME_ENDPOINT"])
        .key_envs(&["AWS_BEARER_TOKEN_BEDROCK"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding, AudioTranscription, ImageGeneration, ImageEdit, Rerank])
        .bridges(super::CHAT_BRIDGES),
    Provider::with_adapter("bedrock_mantle", &Mantle)
        .base_url(BaseUrl::Template("https://bedrock-mantle.{region}.api.aws/v1"))
        .base_envs(&["BEDROCK_MANTLE_API_BASE"])
        .key_envs(&["BEDROCK_MANTLE_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Responses])
        .bridges(&[(Completion, Chat), (Batch, Chat)])
        .effort(Effort::Always),
    Provider::openai_like("deepseek", "https://api.deepseek.com/beta")
        .endpoints(&["https://api.deepseek.com/v1"])
        .base_envs(&["DEEPSEEK_API_BASE"])
        .key_envs(&["DEEPSEEK_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration])
        .effort(Effort::Thinking),
    Provider::with_adapter("gdc", &Gdc)
        .base_envs(&["GDC_API_BASE"])
        .key_envs(&["GDC_API_KEY"])
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .refuses(&["reasoning_effort"]),
    Provider::with_adapter("gemini", &Gemini)
        .base_url(BaseUrl::Fixed(super::gemini::ADDRESS))
        .base_envs(&["GEMINI_API_BASE"])
        .key_envs(&["GOOGLE_API_KEY", "GEMINI_API_KEY", "PALM_API_KEY"])
        .auth(Auth::Header { name: "x-goog-api-key", prefix: "" })
        .modes(&[
            Chat,
            Embedding,
            AudioSpeech,
            AudioTranscription,
            ImageGeneration,
            ImageEdit,
            VideoGeneration,
        ])
        .bridges(super::CHAT_BRIDGES),
    Provider::openai_like("groq", "https://api.groq.com/openai/v1")
        .base_envs(&["GROQ_API_BASE"])
        .key_envs(&["GROQ_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration]),
    Provider::with_adapter("mistral", &Mistral)
        .base_url(BaseUrl::Fixed("https://api.mistral.ai/v1"))
        .base_suffix("v1")
        .base_envs(&["MISTRAL_AZURE_API_BASE"])
        .key_envs(&["MISTRAL_AZURE_API_KEY", "MISTRAL_API_KEY"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, Ocr])
        .bridges(super::CHAT_BRIDGES)
        .renames(&[("max_completion_tokens", "max_tokens"), ("seed", "random_seed")]),
    Provider::openai_like("openai", "https://api.openai.com/v1")
        .base_envs(&["OPENAI_BASE_URL", "OPENAI_API_BASE"])
        .key_envs(&["OPENAI_API_KEY"])
        .modes(&[
            Chat,
            Completion,
            Embedding,
            AudioSpeech,
            AudioTranscription,
            ImageGeneration,
            ImageEdit,
            VideoGeneration,
            Realtime,
            Batch,
            Responses,
        ])
        .bridges(&[])
        .headers(OPENAI_HEADERS)
        .openai_models()
        .effort(Effort::UnlessKnownNot),
    Provider::with_adapter("openrouter", &OpenRouter)
        .base_url(BaseUrl::Fixed("https://openrouter.ai/api/v1"))
        .base_envs(&["OPENROUTER_API_BASE"])
        .key_envs(&["OPENROUTER_API_KEY", "OR_API_KEY"])
        .modes(&[Chat, Embedding, ImageGeneration, ImageEdit, Responses])
        .bridges(&[(Completion, Chat), (Batch, Chat)])
        .headers(OPENROUTER_HEADERS),
    Provider::with_adapter("sagemaker", &SageMaker)
        .base_url(BaseUrl::Template("https://runtime.sagemaker.{region}.amazonaws.com"))
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES),
    Provider::with_adapter("sagemaker_chat", &SageMakerChat { names_model: true })
        .base_url(BaseUrl::Template("https://runtime.sagemaker.{region}.amazonaws.com"))
        .auth(Auth::Adapter)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .refuses(&["reasoning_effort"]),
    Provider::with_adapter("sagemaker_nova", &SageMakerChat { names_model: false })
        .base_url(BaseUrl::Template("https://runtime.sagemaker.{region}.amazonaws.com"))
        .auth(Auth::Adapter)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .effort(Effort::Always),
    Provider::openai_like("text-completion-openai", "https://api.openai.com/v1")
        .base_envs(&["OPENAI_BASE_URL", "OPENAI_API_BASE"])
        .key_envs(&["OPENAI_API_KEY"])
        .modes(&[Completion])
        .bridges(&[(Chat, Completion), (Responses, Completion), (Batch, Completion)])
        .headers(OPENAI_HEADERS)
        .refuses(&["reasoning_effort"]),
    Provider::openai_like("together_ai", "https://api.together.ai/v1")
        .endpoints(&["https://api.together.xyz/v1"])
        .base_envs(&["TOGETHER_AI_API_BASE"])
        .key_envs(&["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"])
        .modes(&[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Rerank])
        .bridges(&[(Responses, Chat), (Batch, Chat)])
        .refuses(&["reasoning_effort"]),
    Provider::with_adapter("vertex_ai", &Vertex)
        .base_envs(&["VERTEXAI_API_BASE"])
        .auth(Auth::Adapter)
        .modes(&[
            Chat,
            Embedding,
            AudioSpeech,
            AudioTranscription,
            ImageGeneration,
            ImageEdit,
            VideoGeneration,
            Rerank,
            Realtime,
            Batch,
            Ocr,
        ])
        .bridges(&[(Completion, Chat), (Responses, Chat)]),
    Provider::with_adapter("vertex_ai_beta", &Vertex)
        .base_envs(&["GEMINI_API_BASE"])
        .auth(Auth::Adapter)
        .modes(&[Chat, AudioSpeech])
        .bridges(super::CHAT_BRIDGES),
];

/// Providers that LiteLLM knows and we don't yet, in alphabetical order.
pub(super) static UNSUPPORTED: &[&str] = &[
    "a2a",
    "a2a_agent",
    "abliteration",
    "ai21",
    "ai21_chat",
    "aihubmix",
    "aiml",
    "aiohttp_openai",
    "aleph_alpha",
    "amazon_nova",
    "anyscale",
    "apertis",
    "assemblyai",
    "auto_router",
    "azure_ai",
    "baseten",
    "black_forest_labs",
    "bytez",
    "cerebras",
    "charity_engine",
    "chatgpt",
    "chutes",
    "clarifai",
    "cloudflare",
    "codestral",
    "cognition",
    "cohere",
    "cohere_chat",
    "cometapi",
    "compactifai",
    "crusoe",
    "cursor",
    "custom",
    "custom_openai",
    "darkbloom",
    "dashscope",
    "databricks",
    "datarobot",
    "deepgram",
    "deepinfra",
    "docker_model_runner",
    "dotprompt",
    "elevenlabs",
    "empiriolabs",
    "empower",
    "fal_ai",
    "featherless_ai",
    "fireworks_ai",
    "friendliai",
    "galadriel",
    "gigachat",
    "github",
    "github_copilot",
    "gmi",
    "gradient_ai",
    "helicone",
    "heroku",
    "hosted_vllm",
    "huggingface",
    "humanloop",
    "hyperbolic",
    "inception",
    "infinity",
    "jina_ai",
    "lambda_ai",
    "langflow",
    "langfuse",
    "langgraph",
    "lemonade",
    "libertai",
    "litellm_agent",
    "litellm_proxy",
    "llamafile",
    "llamagate",
    "lm_studio",
    "manus",
    "maritalk",
    "meta",
    "meta_llama",
    "milvus",
    "minimax",
    "modelscope",
    "mongodb",
    "moonshot",
    "morph",
    "nano-gpt",
    "nebius",
    "neosantara",
    "nlp_cloud",
    "novita",
    "nscale",
    "nvidia_nim",
    "nvidia_riva",
    "oci",
    "ollama",
    "ollama_chat",
    "oobabooga",
    "openai_like",
    "ovhcloud",
    "parasail",
    "perplexity",
    "petals",
    "pg_vector",
    "pinstripes",
    "poe",
    "predibase",
    "publicai",
    "qwen_ai_platform",
    "qwencloud",
    "ragflow",
    "recraft",
    "reducto",
    "replicate",
    "runwayml",
    "s3_vectors",
    "sambanova",
    "sap",
    "sarvam",
    "scaleway",
    "scx-ai",
    "snowflake",
    "soniox",
    "stability",
    "synthetic",
    "tencent",
    "tensormesh",
    "text-completion-codestral",
    "text-completion-inception",
    "topaz",
    "triton",
    "v0",
    "valkey",
    "veniceai",
    "vercel_ai_gateway",
    "vllm",
    "volcengine",
    "voyage",
    "wandb",
    "watsonx",
    "watsonx_text",
    "xai",
    "xiaomi_mimo",
    "xinference",
    "zai",
];

/// The provider with this slug or alias.
#[must_use]
pub fn find(name: &str) -> Option<&'static Provider> {
    match PROVIDERS.binary_search_by(|provider| provider.slug.cmp(name)) {
        Ok(at) => Some(&PROVIDERS[at]),
        Err(_) => PROVIDERS.iter().find(|provider| provider.aliases.contains(&name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique_and_alphabetical() {
        assert!(PROVIDERS.is_sorted_by(|a, b| a.slug < b.slug), "sort PROVIDERS");
        assert!(UNSUPPORTED.is_sorted_by(|a, b| a < b), "sort UNSUPPORTED");
        let mut names: Vec<&str> = UNSUPPORTED.to_vec();
        for provider in PROVIDERS {
            names.push(provider.slug);
            names.extend(provider.aliases);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name is there twice");
    }

    #[test]
    fn addresses_are_https_or_loopback() {
        for provider in PROVIDERS {
            let own = match provider.base_url {
                BaseUrl::Fixed(url) => Some(url),
                BaseUrl::Template(_) | BaseUrl::FromConfig => None,
            };
            for text in provider.endpoints.iter().copied().chain(own) {
                let url = url::Url::parse(text).unwrap();
                let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
                assert!(url.scheme() == "https" || local, "{}: {text}", provider.slug);
                assert!(!text.ends_with('/'), "{}: {text} ends in a slash", provider.slug);
            }
        }
    }

    #[test]
    fn no_mode_is_served_in_two_ways() {
        for provider in PROVIDERS {
            for (from, to) in provider.bridges {
                assert!(!provider.modes.contains(from), "{}: {from} is native and bridged", provider.slug);
                assert!(
                    provider.modes.contains(to),
                    "{}: {from} leads to {to}, which is not there",
                    provider.slug
                );
            }
            assert!(provider.modes.iter().enumerate().all(|(at, mode)| !provider.modes[..at].contains(mode)));
        }
    }
}
