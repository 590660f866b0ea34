//! The table of providers: the only place where one is registered.

use crate::domain::Mode;

use super::a2a::A2a;
use super::anthropic::{Complete, Messages};
use super::azure::{Azure, AzureText};
use super::azure_ai::AzureAi;
use super::bedrock::Bedrock;
use super::bytez::Bytez;
use super::chatgpt::ChatGpt;
use super::codestral::Codestral;
use super::cohere::Cohere;
use super::databricks::Databricks;
use super::datarobot::DataRobot;
use super::departures::{
    Baseten, Cloudflare, DashScope, DeepInfra, Groq, JinaAi, MiniMax, NvidiaNim, Perplexity, RagFlow,
    clarifai_model, fireworks_model,
};
use super::gdc::Gdc;
use super::gemini::Gemini;
use super::gigachat::GigaChat;
use super::github_copilot::GitHubCopilot;
use super::huggingface::HuggingFace;
use super::langflow::LangFlow;
use super::langgraph::LangGraph;
use super::mantle::Mantle;
use super::manus::Manus;
use super::media::{BlackForestLabs, Deepgram, ElevenLabs, Fal, Recraft, Reducto, Runway, Soniox, Stability};
use super::mistral::Mistral;
use super::nlp_cloud::NlpCloud;
use super::oci::Oci;
use super::openai::{OpenAi, OpenAiBut};
use super::openrouter::OpenRouter;
use super::polly::Polly;
use super::predibase::Predibase;
use super::replicate::Replicate;
use super::sagemaker::{SageMaker, SageMakerChat};
use super::sap::Sap;
use super::snowflake::Snowflake;
use super::triton::Triton;
use super::vertex::Vertex;
use super::voyage::Voyage;
use super::watsonx::{Watsonx, WatsonxText};
use super::{Auth, BaseUrl, Effort, Keyless, MessageRule, Provider, RowHeader, ollama};

use MessageRule::{
    AsTheyAre, CacheControl, CallsWithReasoning, LooseTools, Names, NoEmpty, NoImages, NoReasoning,
    TextAsString, ThoughtsInText,
};
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

/// Who asks, in Cohere's words; its chat is told the proxy that is probed for.
const COHERE_HEADERS: &[RowHeader] = &[RowHeader {
    name: "request-source",
    param: None,
    envs: &[],
    default: Some("unspecified:litellm"),
    modes: &[Chat],
}];

/// One limit of output tokens, under its older name.
const ONE_LIMIT: &[(&str, &str)] = &[("max_completion_tokens", "max_tokens")];

/// Mistral's word for a tool that has to be called.
const ANY_TOOL: &[(&str, &str, &str)] = &[("tool_choice", "required", "any")];

/// In every model's name.
const ANY: &[&str] = &[""];

/// Whose models behind OpenRouter cache what Anthropic's marks say.
const CACHING_MODELS: &[&str] = &["claude", "gemini", "minimax", "glm"];

/// What most hosts of open models take: chat, and OpenAI's audio and image endpoints.
const MEDIA: &[Mode] = &[Chat, AudioSpeech, AudioTranscription, ImageGeneration];
/// The same with legacy completions.
const TEXT_AND_MEDIA: &[Mode] = &[Chat, Completion, AudioSpeech, AudioTranscription, ImageGeneration];
/// Served by chat where completions are served natively.
const BUT_COMPLETION: &[(Mode, Mode)] = &[(Responses, Chat), (Batch, Chat)];
/// Served by chat where responses are served natively.
const BUT_RESPONSES: &[(Mode, Mode)] = &[(Completion, Chat), (Batch, Chat)];

/// Served by completions where a provider has completions only.
const TEXT_BRIDGES: &[(Mode, Mode)] = &[(Chat, Completion), (Responses, Completion), (Batch, Completion)];

/// Every provider, in alphabetical order of slugs.
pub static PROVIDERS: &[Provider] = &[
    Provider::with_adapter("a2a", &A2a)
        .base_envs(&["A2A_API_BASE"])
        .keyless(Keyless::Send)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::openai_like("abliteration", "https://api.abliteration.ai/v1")
        .key_envs(&["ABLITERATION_API_KEY"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("ai21", "https://api.ai21.com/studio/v1")
        .base_envs(&["AI21_API_BASE"])
        .key_envs(&["AI21_API_KEY"])
        .modes(MEDIA)
        .takes(&["max_completion_tokens", "max_tokens", "n", "response_format", "seed", "stop", "temperature", "tool_choice", "tools"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::openai_like("ai21_chat", "https://api.ai21.com/studio/v1")
        .base_envs(&["AI21_API_BASE"])
        .key_envs(&["AI21_API_KEY"])
        .modes(MEDIA)
        .takes(&["max_completion_tokens", "max_tokens", "n", "response_format", "seed", "stop", "temperature", "tool_choice", "tools"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::openai_like("aihubmix", "https://aihubmix.com/v1")
        .base_envs(&["AIHUBMIX_API_BASE"])
        .key_envs(&["AIHUBMIX_API_KEY"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("aiml", "https://api.aimlapi.com/v1")
        .base_envs(&["AIML_API_BASE"])
        .key_envs(&["AIML_API_KEY"])
        .modes(MEDIA)
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::with_adapter("aiohttp_openai", &OpenAi).modes(&[Chat]).bridges(super::CHAT_BRIDGES)
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .keyless(Keyless::Send)
        .literal_extra_body()
        .without_user_headers(),
    Provider::openai_like("amazon_nova", "https://api.nova.amazon.com/v1")
        .base_envs(&["AMAZON_NOVA_API_BASE"])
        .key_envs(&["AMAZON_NOVA_API_KEY"])
        .takes(&[
            "max_completion_tokens",
            "max_tokens",
            "reasoning_effort",
            "stop",
            "temperature",
            "tool_choice",
            "tools",
            "top_p",
        ])
        .flags(&[(Chat, "stream", false)])
        .effort(Effort::Always)
        .without_user_headers()
        .messages(&[CacheControl(ANY)])
        .renames(ONE_LIMIT),
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
    Provider::openai_like("apertis", "https://api.stima.tech/v1")
        .key_envs(&["STIMA_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT),
    Provider::openai_like("assemblyai", "https://llm-gateway.assemblyai.com/v1")
        .key_envs(&["ASSEMBLYAI_API_KEY"]),
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
        .effort(Effort::Always)
        .takes_user()
        .messages(&[CacheControl(ANY)])
        .refuses(&["thinking"]),
    Provider::with_adapter("azure_ai", &AzureAi)
        .base_envs(&["AZURE_AI_API_BASE"])
        .key_envs(&["AZURE_AI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Rerank, Responses, Ocr])
        .bridges(&[(Completion, Chat), (Batch, Chat)])
        .openai_models()
        .effort(Effort::Always)
        .messages(&[TextAsString])
        .refuses(&["thinking"])
        .models_refuse(&[("grok-4", &["stop"])]),
    Provider::with_adapter("azure_text", &AzureText)
        .base_envs(&["AZURE_API_BASE"])
        .key_envs(&["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Completion])
        .bridges(&[(Chat, Completion), (Batch, Completion)])
        .refuses(&["reasoning_effort"]),
    Provider::openai_like("baseten", "https://inference.baseten.co/v1")
        .key_envs(&["BASETEN_API_KEY"])
        .modes(MEDIA)
        .takes(&["frequency_penalty", "max_completion_tokens", "max_tokens", "presence_penalty", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .adapter(&OpenAiBut(Baseten))
        .takes_user(),
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
        .effort(Effort::Always)
        .renames(ONE_LIMIT),
    Provider::with_adapter("black_forest_labs", &BlackForestLabs)
        .base_url(BaseUrl::Fixed("https://api.bfl.ai"))
        .base_envs(&["BFL_API_BASE"])
        .key_envs(&["BFL_API_KEY", "BLACK_FOREST_LABS_API_KEY"])
        .auth(Auth::Header { name: "x-key", prefix: "" })
        .modes(&[ImageGeneration, ImageEdit]),
    Provider::with_adapter("bytez", &Bytez)
        .base_url(BaseUrl::Fixed("https://api.bytez.com/models/v2"))
        .key_envs(&["BYTEZ_API_KEY"])
        .auth(Auth::Header { name: "authorization", prefix: "Key " })
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::openai_like("cerebras", "https://api.cerebras.ai/v1")
        .base_envs(&["CEREBRAS_API_BASE"])
        .key_envs(&["CEREBRAS_API_KEY"])
        .modes(MEDIA)
        .takes(&["max_completion_tokens", "max_tokens", "reasoning_effort", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .renames(ONE_LIMIT)
        .takes_user(),
    Provider::openai_like("charity_engine", "https://api.charityengine.services/remotejobs/v2/inference")
        .key_envs(&["CHARITY_ENGINE_API_KEY"])
        .renames(ONE_LIMIT),
    Provider::with_adapter("chatgpt", &ChatGpt)
        .base_url(BaseUrl::Fixed("https://chatgpt.com/backend-api/codex"))
        .base_envs(&["CHATGPT_API_BASE", "OPENAI_CHATGPT_API_BASE"])
        .auth(Auth::Adapter)
        .modes(&[Chat, AudioTranscription, ImageGeneration, Responses])
        .bridges(&[(Completion, Chat), (Batch, Chat)])
        .openai_models()
        .effort(Effort::Always),
    Provider::openai_like("chutes", "https://llm.chutes.ai/v1")
        .key_envs(&["CHUTES_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT),
    Provider::openai_like("clarifai", "https://api.clarifai.com/v2/ext/openai/v1")
        .key_envs(&["CLARIFAI_API_KEY"])
        .modes(MEDIA)
        .takes(&["frequency_penalty", "max_completion_tokens", "max_tokens", "presence_penalty", "response_format", "temperature", "tool_choice", "tools", "top_p"])
        .effort(Effort::Never)
        .model_name(clarifai_model),
    Provider::with_adapter("cloudflare", &OpenAiBut(Cloudflare))
        .base_url(BaseUrl::Template("https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1"))
        .base_envs(&["CLOUDFLARE_API_BASE"])
        .key_envs(&["CLOUDFLARE_API_KEY"])
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .effort(Effort::Never)
        .refuses(&["thinking", "verbosity"]),
    Provider::openai_like("codestral", "https://codestral.mistral.ai/v1")
        .base_envs(&["CODESTRAL_API_BASE"])
        .key_envs(&["CODESTRAL_API_KEY"])
        .modes(MEDIA)
        .takes(&["max_completion_tokens", "max_tokens", "parallel_tool_calls", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .effort(Effort::Never)
        .renames(&[("max_completion_tokens", "max_tokens"), ("seed", "random_seed")])
        .words(ANY_TOOL)
        .messages(&[TextAsString, NoEmpty(&["assistant", "user"]), Names(&["tool"])])
        .omits(&[(Chat, "stream_options")]),
    Provider::openai_like("cognition", "https://api.cognition.ai/v1")
        .base_envs(&["COGNITION_API_BASE"])
        .key_envs(&["COGNITION_API_KEY"])
        .modes(MEDIA),
    Provider::with_adapter("cohere", &Cohere)
        .base_url(BaseUrl::Fixed("https://api.cohere.com"))
        .base_envs(&["COHERE_API_BASE"])
        .key_envs(&["COHERE_API_KEY", "CO_API_KEY"])
        .modes(&[Chat, Embedding, Rerank, Ocr])
        .bridges(super::CHAT_BRIDGES)
        .headers(COHERE_HEADERS),
    Provider::with_adapter("cohere_chat", &Cohere)
        .base_url(BaseUrl::Fixed("https://api.cohere.com"))
        .base_envs(&["COHERE_API_BASE"])
        .key_envs(&["COHERE_API_KEY", "CO_API_KEY"])
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES)
        .headers(COHERE_HEADERS),
    Provider::openai_like("cometapi", "https://api.cometapi.com/v1")
        .base_envs(&["COMETAPI_API_BASE"])
        .key_envs(&["COMETAPI_KEY"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration])
        .effort(Effort::Never)
        .paths(&[(Chat, "v1/chat/completions")]),
    Provider::openai_like("compactifai", "https://api.compactif.ai/v1").key_envs(&["COMPACTIFAI_API_KEY"])
        .effort(Effort::Never),
    Provider::openai_like("crusoe", "https://managed-inference-api-proxy.crusoecloud.com/v1")
        .base_envs(&["CRUSOE_API_BASE"])
        .key_envs(&["CRUSOE_API_KEY"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::with_adapter("custom_openai", &OpenAi).modes(&[Chat]).bridges(super::CHAT_BRIDGES)
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::openai_like("darkbloom", "https://api.darkbloom.dev/v1")
        .base_envs(&["DARKBLOOM_API_BASE"])
        .key_envs(&["DARKBLOOM_API_KEY"])
        .modes(MEDIA)
        .renames(ONE_LIMIT),
    Provider::openai_like("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1")
        .base_envs(&["DASHSCOPE_API_BASE"])
        .key_envs(&["DASHSCOPE_API_KEY"])
        .modes(&[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Rerank])
        .bridges(BUT_COMPLETION)
        .effort(Effort::Never)
        .adapter(&OpenAiBut(DashScope {
            images: "https://dashscope-intl.aliyuncs.com/api/v1/services/aigc/multimodal-generation/generation",
            images_env: &["DASHSCOPE_API_BASE_IMAGE"],
            rerank_env: &["DASHSCOPE_API_BASE_RERANK"],
        }))
        .messages(&[CacheControl(ANY)]),
    Provider::with_adapter("databricks", &Databricks)
        .base_envs(&["DATABRICKS_API_BASE"])
        .key_envs(&["DATABRICKS_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding, Responses])
        .bridges(&[(Completion, Chat), (Batch, Chat)])
        .renames(&[("max_completion_tokens", "max_tokens")])
        .takes(&[
            "max_completion_tokens",
            "max_tokens",
            "n",
            "reasoning_effort",
            "response_format",
            "stop",
            "temperature",
            "tool_choice",
            "tools",
            "top_p",
        ])
        .effort(Effort::Always)
        .messages(&[NoEmpty(&["assistant"]), NoReasoning, CacheControl(ANY)])
        .omits(&[(Chat, "stream_options")]),
    Provider::with_adapter("datarobot", &DataRobot)
        .base_url(BaseUrl::Fixed("https://app.datarobot.com"))
        .base_envs(&["DATAROBOT_ENDPOINT"])
        .key_envs(&["DATAROBOT_API_TOKEN"])
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .effort(Effort::Never)
        .renames(ONE_LIMIT),
    Provider::with_adapter("deepgram", &Deepgram)
        .base_url(BaseUrl::Fixed("https://api.deepgram.com/v1"))
        .base_envs(&["DEEPGRAM_API_BASE"])
        .key_envs(&["DEEPGRAM_API_KEY"])
        .auth(Auth::Header { name: "authorization", prefix: "Token " })
        .modes(&[AudioTranscription]),
    Provider::openai_like("deepinfra", "https://api.deepinfra.com/v1/openai")
        .base_envs(&["DEEPINFRA_API_BASE"])
        .key_envs(&["DEEPINFRA_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration, Rerank])
        .takes(&["frequency_penalty", "function_call", "functions", "logit_bias", "max_completion_tokens", "max_tokens", "n", "presence_penalty", "reasoning_effort", "response_format", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .renames(ONE_LIMIT)
        .adapter(&OpenAiBut(DeepInfra))
        .refuses_words(&[("tool_choice", "required"), ("tool_choice", "function")]),
    Provider::openai_like("deepseek", "https://api.deepseek.com/beta")
        .endpoints(&["https://api.deepseek.com/v1"])
        .base_envs(&["DEEPSEEK_API_BASE"])
        .key_envs(&["DEEPSEEK_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration])
        .effort(Effort::Thinking)
        .messages(&[NoImages, TextAsString])
        .refuses(&["verbosity"]),
    Provider::openai_like("docker_model_runner", "http://localhost:22088/engines/llama.cpp")
        .base_envs(&["DOCKER_MODEL_RUNNER_API_BASE"])
        .key_envs(&["DOCKER_MODEL_RUNNER_API_KEY"])
        .modes(&[Chat, AudioTranscription, ImageGeneration])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .keyless(Keyless::Placeholder("dummy-key"))
        .messages(&[TextAsString]),
    Provider::with_adapter("elevenlabs", &ElevenLabs)
        .base_url(BaseUrl::Fixed("https://api.elevenlabs.io"))
        .base_envs(&["ELEVENLABS_API_BASE"])
        .key_envs(&["ELEVENLABS_API_KEY"])
        .auth(Auth::Header { name: "xi-api-key", prefix: "" })
        .modes(&[AudioSpeech, AudioTranscription])
        .audio_type("audio/wav"),
    Provider::openai_like("empiriolabs", "https://api.empiriolabs.ai/v1")
        .base_envs(&["EMPIRIOLABS_API_BASE"])
        .key_envs(&["EMPIRIOLABS_API_KEY"])
        .bridges(BUT_RESPONSES)
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("empower", "https://app.empower.dev/api/v1")
        .base_envs(&["EMPOWER_API_BASE"])
        .key_envs(&["EMPOWER_API_KEY"])
        .modes(MEDIA)
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::with_adapter("fal_ai", &Fal)
        .base_url(BaseUrl::Fixed("https://fal.run"))
        .base_envs(&["FAL_AI_API_BASE"])
        .key_envs(&["FAL_AI_API_KEY"])
        .auth(Auth::Header { name: "authorization", prefix: "Key " })
        .modes(&[ImageGeneration]),
    Provider::openai_like("featherless_ai", "https://api.featherless.ai/v1")
        .base_envs(&["FEATHERLESS_AI_API_BASE", "FEATHERLESS_API_BASE"])
        .key_envs(&["FEATHERLESS_AI_API_KEY", "FEATHERLESS_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .takes(&["frequency_penalty", "function_call", "functions", "logit_bias", "max_completion_tokens", "max_tokens", "n", "presence_penalty", "stop", "temperature", "top_p"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::openai_like("fireworks_ai", "https://api.fireworks.ai/inference/v1")
        .base_envs(&["FIREWORKS_API_BASE"])
        .key_envs(&["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"])
        .modes(&[
            Chat,
            Completion,
            Embedding,
            AudioSpeech,
            AudioTranscription,
            ImageGeneration,
            Rerank,
            Responses,
        ])
        .bridges(&[(Batch, Chat)])
        .refuses(&["audio", "function_call", "functions", "modalities", "safety_identifier", "store", "verbosity", "web_search_options"])
        .renames(ONE_LIMIT)
        .model_name(fireworks_model)
        .words(ANY_TOOL)
        .apart(&[("response_format", "tools")])
        .messages(&[LooseTools, ThoughtsInText])
        .takes_user()
        .models_refuse(&[("llama-v3", &["tool_choice"])])
        .embeds_with(&["dimensions"]),
    Provider::openai_like("friendliai", "https://api.friendli.ai/serverless/v1")
        .base_envs(&["FRIENDLI_API_BASE"])
        .key_envs(&["FRIENDLIAI_API_KEY", "FRIENDLI_TOKEN"])
        .modes(MEDIA)
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::openai_like("galadriel", "https://api.galadriel.com/v1")
        .base_envs(&["GALADRIEL_API_BASE"])
        .key_envs(&["GALADRIEL_API_KEY"])
        .modes(MEDIA)
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
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
    Provider::with_adapter("gigachat", &GigaChat)
        .base_url(BaseUrl::Fixed("https://gigachat.devices.sberbank.ru/api/v1"))
        .base_envs(&["GIGACHAT_API_BASE"])
        .key_envs(&["GIGACHAT_API_KEY", "GIGACHAT_CREDENTIALS"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES)
        .renames(&[("max_completion_tokens", "max_tokens")])
        .takes(&[
            "function_call",
            "functions",
            "max_completion_tokens",
            "max_tokens",
            "response_format",
            "stop",
            "temperature",
            "tool_choice",
            "tools",
            "top_p",
        ])
        .effort(Effort::Never),
    Provider::openai_like("github", "https://models.inference.ai.azure.com")
        .base_envs(&["GITHUB_API_BASE"])
        .key_envs(&["GITHUB_API_KEY"])
        .modes(MEDIA)
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::with_adapter("github_copilot", &GitHubCopilot)
        .base_url(BaseUrl::Fixed("https://api.githubcopilot.com"))
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding, AudioTranscription, ImageGeneration, Responses])
        .bridges(&[(Completion, Chat), (Batch, Chat)])
        .openai_models(),
    Provider::openai_like("gmi", "https://api.gmi-serving.com/v1").key_envs(&["GMI_API_KEY"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("gradient_ai", "https://inference.do-ai.run/v1")
        .base_envs(&["GRADIENT_AI_AGENT_ENDPOINT"])
        .key_envs(&["GRADIENT_AI_API_KEY"])
        .takes(&["frequency_penalty", "max_completion_tokens", "max_tokens", "presence_penalty", "stop", "temperature", "top_p"])
        .effort(Effort::Never)
        .base_suffix("api/v1"),
    Provider::openai_like("groq", "https://api.groq.com/openai/v1")
        .base_envs(&["GROQ_API_BASE"])
        .key_envs(&["GROQ_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration])
        .renames(ONE_LIMIT)
        .adapter(&OpenAiBut(Groq))
        .refuses(&["thinking", "verbosity"]),
    Provider::openai_like("helicone", "https://ai-gateway.helicone.ai")
        .key_envs(&["HELICONE_API_KEY"])
        .modes(MEDIA),
    Provider::openai_like("heroku", "https://us.inference.heroku.com").base_envs(&["HEROKU_API_BASE"])
        .effort(Effort::Never)
        .key_envs(&["HEROKU_API_KEY"])
        .paths(&[(Chat, "v1/chat/completions")]),
    Provider::with_adapter("hosted_vllm", &OpenAi)
        .base_envs(&["HOSTED_VLLM_API_BASE"])
        .key_envs(&["HOSTED_VLLM_API_KEY"])
        .modes(&[
            Chat,
            Completion,
            Embedding,
            AudioTranscription,
            ImageGeneration,
            ImageEdit,
            VideoGeneration,
            Rerank,
            Batch,
            Responses,
        ])
        .bridges(&[])
        .effort(Effort::Always)
        .keyless(Keyless::Placeholder("fake-api-key"))
        .anonymous(&[Embedding])
        .paths(&[(ImageEdit, "v1/images/edits"), (VideoGeneration, "v1/videos"), (Responses, "v1/responses")])
        .messages(&[LooseTools]),
    Provider::with_adapter("huggingface", &HuggingFace)
        .base_url(BaseUrl::Fixed("https://router.huggingface.co"))
        .base_envs(&["HF_API_BASE", "HUGGINGFACE_API_BASE"])
        .key_envs(&["HUGGINGFACE_API_KEY", "HF_TOKEN"])
        .modes(&[Chat, Embedding, Rerank])
        .bridges(super::CHAT_BRIDGES)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("hyperbolic", "https://api.hyperbolic.xyz/v1")
        .base_envs(&["HYPERBOLIC_API_BASE"])
        .key_envs(&["HYPERBOLIC_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .takes(&["frequency_penalty", "max_tokens", "n", "presence_penalty", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .effort(Effort::Never)
        .takes_user(),
    Provider::openai_like("inception", "https://api.inceptionlabs.ai/v1")
        .base_envs(&["INCEPTION_API_BASE"])
        .key_envs(&["INCEPTION_API_KEY"])
        .modes(MEDIA)
        .takes(&["max_completion_tokens", "max_tokens", "reasoning_effort", "response_format", "stop", "temperature", "tool_choice", "tools"])
        .renames(ONE_LIMIT)
        .effort(Effort::Always),
    Provider::with_adapter("infinity", &OpenAi)
        .key_envs(&["INFINITY_API_KEY"])
        // Servers without a key look at none; this is the one that LiteLLM's clients show them.
        .keyless(Keyless::Placeholder("None"))
        .modes(&[Embedding, Rerank])
        .without_user_headers(),
    Provider::openai_like("jina_ai", "https://api.jina.ai/v1")
        .base_envs(&["JINA_AI_API_BASE"])
        .key_envs(&["JINA_AI_API_KEY", "JINA_API_KEY", "JINA_AI_TOKEN"])
        .modes(&[Embedding, Rerank])
        .bridges(&[])
        .adapter(&OpenAiBut(JinaAi))
        .embeds_with(&["dimensions"]),
    Provider::openai_like("lambda_ai", "https://api.lambda.ai/v1")
        .base_envs(&["LAMBDA_API_BASE"])
        .key_envs(&["LAMBDA_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::with_adapter("langflow", &LangFlow)
        .base_url(BaseUrl::Fixed("http://localhost:7860"))
        .base_envs(&["LANGFLOW_API_BASE"])
        .key_envs(&["LANGFLOW_API_KEY"])
        .auth(Auth::Header { name: "x-api-key", prefix: "" })
        .keyless(Keyless::Send)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::with_adapter("langgraph", &LangGraph)
        .base_url(BaseUrl::Fixed("http://localhost:2024"))
        .base_envs(&["LANGGRAPH_API_BASE"])
        .key_envs(&["LANGGRAPH_API_KEY"])
        .keyless(Keyless::Send)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::openai_like("lemonade", "http://localhost:8000/api/v1")
        .base_envs(&["LEMONADE_API_BASE"])
        .key_envs(&["LEMONADE_API_KEY"])
        .keyless(Keyless::Placeholder("lemonade"))
        .effort(Effort::Never)
        .renames(ONE_LIMIT),
    Provider::openai_like("libertai", "https://api.libertai.io/v1")
        .base_envs(&["LIBERTAI_API_BASE"])
        .key_envs(&["LIBERTAI_API_KEY"])
        .modes(MEDIA)
        .renames(ONE_LIMIT),
    Provider::with_adapter("litellm_proxy", &OpenAi)
        .modes(&[
            Chat,
            Embedding,
            AudioSpeech,
            AudioTranscription,
            ImageGeneration,
            ImageEdit,
            Rerank,
            Batch,
            Responses,
        ])
        .bridges(&[(Completion, Chat)])
        .effort(Effort::Always)
        .base_envs(&["LITELLM_PROXY_API_BASE"])
        .key_envs(&["LITELLM_PROXY_API_KEY"])
        .paths(&[(Rerank, "v1/rerank")])
        .messages(&[AsTheyAre])
        .takes_user(),
    Provider::openai_like("llamafile", "http://127.0.0.1:8080/v1")
        .base_envs(&["LLAMAFILE_API_BASE"])
        .key_envs(&["LLAMAFILE_API_KEY"])
        .modes(&[Chat, Completion, Embedding, AudioTranscription, ImageGeneration])
        .bridges(BUT_COMPLETION)
        .effort(Effort::Never)
        .keyless(Keyless::Placeholder("fake-api-key")),
    Provider::openai_like("llamagate", "https://api.llamagate.dev/v1").key_envs(&["LLAMAGATE_API_KEY"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::with_adapter("lm_studio", &OpenAi)
        .base_envs(&["LM_STUDIO_API_BASE"])
        .key_envs(&["LM_STUDIO_API_KEY"])
        .modes(&[Chat, Embedding, AudioTranscription, ImageGeneration])
        .bridges(super::CHAT_BRIDGES)
        .effort(Effort::Never)
        .keyless(Keyless::Placeholder("fake-api-key"))
        .embeds_with(&[]),
    Provider::with_adapter("manus", &Manus)
        .base_url(BaseUrl::Fixed("https://api.manus.im/v1"))
        .base_suffix("v1")
        .base_envs(&["MANUS_API_BASE"])
        .key_envs(&["MANUS_API_KEY"])
        .auth(Auth::Header { name: "api_key", prefix: "" })
        .modes(&[Responses]),
    Provider::openai_like("maritalk", "https://chat.maritaca.ai/api")
        .base_envs(&["MARITALK_API_BASE"])
        .key_envs(&["MARITALK_API_KEY"])
        .takes(&[
            "frequency_penalty",
            "max_tokens",
            "n",
            "presence_penalty",
            "stop",
            "temperature",
            "tool_choice",
            "tools",
            "top_p",
        ])
        .flags(&[(Chat, "stream", false)])
        .without_user_headers()
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("meta", "https://api.meta.ai/v1")
        .base_envs(&["META_API_BASE"])
        .key_envs(&["META_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration, Responses])
        .bridges(BUT_RESPONSES),
    Provider::openai_like("meta_llama", "https://api.llama.com/compat/v1")
        .base_envs(&["LLAMA_API_BASE"])
        .key_envs(&["LLAMA_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .effort(Effort::Never)
        .refuses_words(&[("response_format", "json_object")]),
    Provider::openai_like("minimax", "https://api.minimax.io/v1")
        .base_envs(&["MINIMAX_API_BASE"])
        .key_envs(&["MINIMAX_API_KEY"])
        .base_suffix("v1")
        .modes(&[Chat, AudioSpeech])
        .effort(Effort::Never)
        .paths(&[(AudioSpeech, "t2a_v2")])
        .adapter(&OpenAiBut(MiniMax))
        .messages(&[CacheControl(ANY)]),
    Provider::with_adapter("mistral", &Mistral)
        .base_url(BaseUrl::Fixed("https://api.mistral.ai/v1"))
        .base_suffix("v1")
        .base_envs(&["MISTRAL_AZURE_API_BASE"])
        .key_envs(&["MISTRAL_AZURE_API_KEY", "MISTRAL_API_KEY"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, Ocr])
        .bridges(super::CHAT_BRIDGES)
        .renames(&[("max_completion_tokens", "max_tokens"), ("seed", "random_seed")])
        .words(ANY_TOOL)
        .takes(&["max_completion_tokens", "max_tokens", "parallel_tool_calls", "reasoning_effort", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .audio_type("audio/wav")
        .effort(Effort::Always)
        .messages(&[TextAsString, NoEmpty(&["assistant", "user"]), Names(&["tool"])])
        .omits(&[(Chat, "stream_options")])
        .refuses(&["thinking"])
        .embeds_with(&["encoding_format"]),
    Provider::openai_like("modelscope", "https://api-inference.modelscope.cn/v1")
        .base_envs(&["MODELSCOPE_API_BASE"])
        .key_envs(&["MODELSCOPE_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .effort(Effort::Never)
        .messages(&[TextAsString]),
    Provider::openai_like("moonshot", "https://api.moonshot.ai/v1")
        .base_envs(&["MOONSHOT_API_BASE"])
        .key_envs(&["MOONSHOT_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .refuses(&["functions"])
        .renames(ONE_LIMIT)
        .reasoners_refuse(&["temperature"])
        .max_temperature(1.0)
        .messages(&[TextAsString, CallsWithReasoning])
        .refuses_words(&[("tool_choice", "required")]),
    Provider::openai_like("morph", "https://api.morphllm.com/v1")
        .base_envs(&["MORPH_API_BASE"])
        .key_envs(&["MORPH_API_KEY"])
        .modes(MEDIA)
        .takes(&[]),
    Provider::openai_like("nano-gpt", "https://nano-gpt.com/api/v1")
        .key_envs(&["NANOGPT_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT),
    Provider::openai_like("nebius", "https://api.studio.nebius.ai/v1")
        .base_envs(&["NEBIUS_API_BASE"])
        .key_envs(&["NEBIUS_API_KEY"])
        .modes(&[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration])
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT)
        .effort(Effort::Never),
    Provider::openai_like("neosantara", "https://api.neosantara.xyz/v1")
        .base_envs(&["NEOSANTARA_API_BASE"])
        .key_envs(&["NEOSANTARA_API_KEY"])
        .modes(&[Chat, Responses])
        .bridges(BUT_RESPONSES)
        .renames(ONE_LIMIT),
    Provider::with_adapter("nlp_cloud", &NlpCloud)
        .base_url(BaseUrl::Fixed("https://api.nlpcloud.io/v1/gpu"))
        .base_envs(&["NLP_CLOUD_API_BASE"])
        .key_envs(&["NLP_CLOUD_API_KEY"])
        .auth(Auth::Header { name: "authorization", prefix: "Token " })
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .literal_extra_body()
        .without_user_headers(),
    Provider::openai_like("novita", "https://api.novita.ai/v3/openai")
        .base_envs(&["NOVITA_API_BASE"])
        .key_envs(&["NOVITA_API_KEY"])
        .modes(MEDIA)
        .effort(Effort::Never),
    Provider::openai_like("nscale", "https://inference.api.nscale.com/v1")
        .base_envs(&["NSCALE_API_BASE"])
        .key_envs(&["NSCALE_API_KEY"])
        .modes(MEDIA)
        .takes(&["frequency_penalty", "logit_bias", "logprobs", "max_tokens", "n", "presence_penalty", "response_format", "stop", "temperature", "top_logprobs", "top_p"])
        .effort(Effort::Never),
    Provider::openai_like("nvidia_nim", "https://integrate.api.nvidia.com/v1")
        .base_envs(&["NVIDIA_NIM_API_BASE"])
        .key_envs(&["NVIDIA_NIM_API_KEY"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Rerank])
        .takes(&["frequency_penalty", "max_completion_tokens", "max_tokens", "parallel_tool_calls", "presence_penalty", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .adapter(&OpenAiBut(NvidiaNim)),
    Provider::with_adapter("oci", &Oci)
        .base_url(BaseUrl::Template("https://inference.generativeai.{region}.oci.oraclecloud.com"))
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES),
    Provider::with_adapter("ollama", &ollama::Generate)
        .base_url(BaseUrl::Fixed("http://localhost:11434"))
        .base_envs(&["OLLAMA_API_BASE"])
        .key_envs(&["OLLAMA_API_KEY"])
        .keyless(Keyless::Send)
        .modes(&[Chat, Completion, Embedding])
        .bridges(&[(Responses, Chat), (Batch, Chat)]),
    Provider::with_adapter("ollama_chat", &ollama::Chat)
        .base_url(BaseUrl::Fixed("http://localhost:11434"))
        .base_envs(&["OLLAMA_API_BASE"])
        .key_envs(&["OLLAMA_API_KEY"])
        .keyless(Keyless::Send)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::with_adapter("oobabooga", &OpenAi)
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES)
        .effort(Effort::Never)
        .keyless(Keyless::Send)
        .paths(&[(Chat, "v1/chat/completions"), (Embedding, "v1/embeddings")])
        .omits(&[(Embedding, "model")])
        .literal_extra_body()
        .without_user_headers(),
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
        .effort(Effort::UnlessKnownNot)
        .takes_user()
        .refuses(&["thinking"]),
    Provider::with_adapter("openai_like", &OpenAi)
        .base_envs(&["OPENAI_LIKE_API_BASE"])
        .key_envs(&["OPENAI_LIKE_API_KEY"])
        .modes(&[Embedding])
        .embeds_with(&[]),
    Provider::with_adapter("openrouter", &OpenRouter)
        .base_url(BaseUrl::Fixed("https://openrouter.ai/api/v1"))
        .base_envs(&["OPENROUTER_API_BASE"])
        .key_envs(&["OPENROUTER_API_KEY", "OR_API_KEY"])
        .modes(&[Chat, Embedding, ImageGeneration, ImageEdit, Responses])
        .bridges(&[(Completion, Chat), (Batch, Chat)])
        .headers(OPENROUTER_HEADERS)
        .messages(&[CacheControl(CACHING_MODELS)]),
    Provider::openai_like("ovhcloud", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1")
        .base_envs(&["OVHCLOUD_API_BASE"])
        .key_envs(&["OVHCLOUD_API_KEY"])
        .modes(&[Chat, Embedding, AudioTranscription])
        .effort(Effort::Never)
        .audio_type("audio/wav"),
    Provider::openai_like("parasail", "https://api.parasail.io/v1")
        .base_envs(&["PARASAIL_API_BASE"])
        .key_envs(&["PARASAIL_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration, Responses])
        .bridges(BUT_RESPONSES)
        .flags(&[(Responses, "store", false)]),
    Provider::openai_like("perplexity", "https://api.perplexity.ai")
        .base_envs(&["PERPLEXITY_API_BASE"])
        .key_envs(&["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Responses])
        .bridges(BUT_RESPONSES)
        .takes(&["frequency_penalty", "max_completion_tokens", "max_tokens", "presence_penalty", "reasoning_effort", "response_format", "temperature", "top_p", "web_search_options"])
        .paths(&[(Embedding, "v1/embeddings"), (Responses, "v1/responses")])
        // Every chunk of its streams tells usage.
        .omits(&[(Chat, "stream_options")])
        .adapter(&OpenAiBut(Perplexity))
        .refuses(&["thinking"])
        .embeds_with(&["dimensions", "encoding_format"]),
    Provider::openai_like("pinstripes", "https://pinstripes.io/v1")
        .base_envs(&["PINSTRIPES_API_BASE"])
        .key_envs(&["PINSTRIPES_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration, Responses])
        .bridges(BUT_RESPONSES)
        .renames(ONE_LIMIT),
    Provider::openai_like("poe", "https://api.poe.com/v1")
        .key_envs(&["POE_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT),
    Provider::with_adapter("predibase", &Predibase)
        .base_url(BaseUrl::Fixed("https://serving.app.predibase.com"))
        .base_envs(&["PREDIBASE_API_BASE"])
        .key_envs(&["PREDIBASE_API_KEY"])
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .literal_extra_body()
        .without_user_headers(),
    Provider::openai_like("publicai", "https://api.publicai.co/v1")
        .base_envs(&["PUBLICAI_API_BASE"])
        .key_envs(&["PUBLICAI_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT)
        .messages(&[TextAsString]),
    Provider::openai_like("qwen_ai_platform", "https://dashscope.aliyuncs.com/compatible-mode/v1")
        .base_envs(&["QWEN_AI_PLATFORM_API_BASE"])
        .key_envs(&["QWEN_AI_PLATFORM_API_KEY", "DASHSCOPE_API_KEY"])
        .modes(&[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Rerank])
        .bridges(BUT_COMPLETION)
        .effort(Effort::Never)
        .adapter(&OpenAiBut(DashScope {
            images: "https://dashscope.aliyuncs.com/api/v1/services/aigc/multimodal-generation/generation",
            images_env: &["QWEN_AI_PLATFORM_API_BASE_IMAGE"],
            rerank_env: &["QWEN_AI_PLATFORM_API_BASE_RERANK"],
        }))
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("qwencloud", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1")
        .base_envs(&["QWENCLOUD_API_BASE"])
        .key_envs(&["QWENCLOUD_API_KEY", "DASHSCOPE_API_KEY"])
        .modes(&[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Rerank])
        .bridges(BUT_COMPLETION)
        .effort(Effort::Never)
        .adapter(&OpenAiBut(DashScope {
            images: "https://dashscope-intl.aliyuncs.com/api/v1/services/aigc/multimodal-generation/generation",
            images_env: &["QWENCLOUD_API_BASE_IMAGE"],
            rerank_env: &["QWENCLOUD_API_BASE_RERANK"],
        }))
        .messages(&[CacheControl(ANY)]),
    Provider::with_adapter("ragflow", &OpenAi)
        .base_envs(&["RAGFLOW_API_BASE"])
        .key_envs(&["RAGFLOW_API_KEY"])
        .modes(MEDIA)
        .bridges(super::CHAT_BRIDGES)
        .effort(Effort::Never)
        .adapter(&OpenAiBut(RagFlow)),
    Provider::with_adapter("recraft", &Recraft)
        .base_url(BaseUrl::Fixed("https://external.api.recraft.ai"))
        .base_envs(&["RECRAFT_API_BASE"])
        .key_envs(&["RECRAFT_API_KEY"])
        .modes(&[ImageGeneration, ImageEdit])
        .paths(&[(ImageGeneration, "v1/images/generations"), (ImageEdit, "v1/images/imageToImage")]),
    Provider::with_adapter("reducto", &Reducto)
        .base_url(BaseUrl::Fixed("https://platform.reducto.ai"))
        .key_envs(&["REDUCTO_API_KEY"])
        .modes(&[Ocr]),
    Provider::with_adapter("replicate", &Replicate)
        .base_url(BaseUrl::Fixed("https://api.replicate.com/v1"))
        .key_envs(&["REPLICATE_API_KEY", "REPLICATE_API_TOKEN"])
        .auth(Auth::Header { name: "authorization", prefix: "Token " })
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES)
        .without_user_headers(),
    Provider::with_adapter("runwayml", &Runway)
        .base_url(BaseUrl::Fixed("https://api.dev.runwayml.com"))
        .base_envs(&["RUNWAYML_API_BASE"])
        .key_envs(&["RUNWAYML_API_SECRET", "RUNWAYML_API_KEY"])
        .modes(&[AudioSpeech, ImageGeneration, VideoGeneration])
        .headers(&[RowHeader { name: "x-runway-version", param: None, envs: &[], default: Some("2024-11-06"), modes: &[] }]),
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
    Provider::openai_like("sambanova", "https://api.sambanova.ai/v1")
        .base_envs(&["SAMBANOVA_API_BASE"])
        .key_envs(&["SAMBANOVA_API_KEY"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration])
        .takes(&["max_completion_tokens", "max_tokens", "parallel_tool_calls", "response_format", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .renames(ONE_LIMIT)
        .messages(&[TextAsString])
        .embeds_with(&[]),
    Provider::with_adapter("sap", &Sap)
        .key_envs(&["AICORE_SERVICE_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES),
    Provider::openai_like("sarvam", "https://api.sarvam.ai/v1").key_envs(&["SARVAM_API_KEY"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("scaleway", "https://api.scaleway.ai/v1")
        .key_envs(&["SCW_SECRET_KEY"])
        .modes(&[Chat, AudioTranscription])
        .audio_type("audio/wav"),
    Provider::openai_like("scx-ai", "https://api.scx.ai/v1")
        .base_envs(&["SCX_API_BASE"])
        .key_envs(&["SCX_API_KEY"])
        .modes(MEDIA)
        .renames(ONE_LIMIT)
        .max_temperature(1.99),
    Provider::with_adapter("snowflake", &Snowflake)
        .base_url(BaseUrl::Template("https://{account}.snowflakecomputing.com/api/v2"))
        .key_envs(&["SNOWFLAKE_JWT"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES)
        .takes(&[
            "max_completion_tokens",
            "max_tokens",
            "temperature",
            "tool_choice",
            "tools",
            "top_p",
        ])
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)])
        .omits(&[(Chat, "stream_options")]),
    Provider::with_adapter("soniox", &Soniox)
        .base_url(BaseUrl::Fixed("https://api.soniox.com"))
        .base_envs(&["SONIOX_API_BASE"])
        .key_envs(&["SONIOX_API_KEY"])
        .modes(&[AudioTranscription])
        .audio_type("audio/wav"),
    Provider::with_adapter("stability", &Stability)
        .base_url(BaseUrl::Fixed("https://api.stability.ai"))
        .base_envs(&["STABILITY_API_BASE"])
        .key_envs(&["STABILITY_API_KEY"])
        .modes(&[ImageGeneration, ImageEdit]),
    Provider::openai_like("synthetic", "https://api.synthetic.new/openai/v1")
        .key_envs(&["SYNTHETIC_API_KEY"])
        .modes(TEXT_AND_MEDIA)
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT),
    Provider::openai_like("tencent", "https://tokenhub-intl.tencentcloudmaas.com/v1")
        .base_envs(&["TENCENT_API_BASE"])
        .key_envs(&["TENCENT_API_KEY"])
        .modes(MEDIA)
        .effort(Effort::ThinkingIfKnown),
    Provider::openai_like("tensormesh", "https://serverless.tensormesh.ai/v1")
        .base_envs(&["TENSORMESH_SERVERLESS_BASE_URL"])
        .key_envs(&["TENSORMESH_INFERENCE_API_KEY"])
        .modes(&[Chat, Completion, AudioSpeech, AudioTranscription, ImageGeneration, Responses])
        .bridges(&[(Batch, Chat)])
        .renames(ONE_LIMIT),
    Provider::with_adapter("text-completion-codestral", &Codestral)
        .base_url(BaseUrl::Fixed("https://codestral.mistral.ai/v1"))
        .key_envs(&["CODESTRAL_API_KEY"])
        .modes(&[Completion])
        .bridges(TEXT_BRIDGES)
        .renames(&[("max_completion_tokens", "max_tokens"), ("seed", "random_seed")])
        .refuses(&["frequency_penalty", "logit_bias", "logprobs", "n", "presence_penalty", "reasoning_effort"])
        .literal_extra_body()
        .without_user_headers(),
    Provider::openai_like("text-completion-inception", "https://api.inceptionlabs.ai/v1")
        .base_envs(&["INCEPTION_API_BASE"])
        .key_envs(&["INCEPTION_API_KEY"])
        .modes(&[Completion])
        .bridges(TEXT_BRIDGES)
        .paths(&[(Completion, "fim/completions")])
        .renames(&[("max_completion_tokens", "max_tokens")])
        .refuses(&["logit_bias", "logprobs", "n", "reasoning_effort", "seed", "temperature"]),
    Provider::openai_like("text-completion-openai", "https://api.openai.com/v1")
        .base_envs(&["OPENAI_BASE_URL", "OPENAI_API_BASE"])
        .key_envs(&["OPENAI_API_KEY"])
        .modes(&[Completion])
        .bridges(TEXT_BRIDGES)
        .headers(OPENAI_HEADERS)
        .refuses(&["reasoning_effort"]),
    Provider::openai_like("together_ai", "https://api.together.ai/v1")
        .endpoints(&["https://api.together.xyz/v1"])
        .base_envs(&["TOGETHER_AI_API_BASE"])
        .key_envs(&["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"])
        .modes(&[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Rerank])
        .bridges(&[(Responses, Chat), (Batch, Chat)])
        .refuses(&["thinking", "verbosity"]),
    Provider::with_adapter("triton", &Triton)
        .auth(Auth::None)
        .modes(&[Chat, Embedding])
        .bridges(super::CHAT_BRIDGES)
        .without_user_headers(),
    Provider::openai_like("v0", "https://api.v0.dev/v1")
        .base_envs(&["V0_API_BASE"])
        .key_envs(&["V0_API_KEY"])
        .modes(MEDIA)
        .takes(&["tool_choice", "tools"]),
    Provider::openai_like("veniceai", "https://api.venice.ai/api/v1").key_envs(&["VENICE_AI_API_KEY"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("vercel_ai_gateway", "https://ai-gateway.vercel.sh/v1")
        .base_envs(&["VERCEL_AI_GATEWAY_API_BASE"])
        .key_envs(&["VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration])
        .effort(Effort::Never),
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
    Provider::openai_like("volcengine", "https://ark.cn-beijing.volces.com/api/v3")
        .base_envs(&["VOLCENGINE_API_BASE"])
        .key_envs(&["VOLCENGINE_API_KEY"])
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration, Responses])
        .bridges(BUT_RESPONSES)
        .refuses(&["audio", "modalities", "parallel_tool_calls", "prediction", "prompt_cache_key", "response_format", "safety_identifier", "service_tier", "store", "verbosity", "web_search_options"])
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .paths(&[(Embedding, "api/v3/embeddings"), (Responses, "api/v3/responses")]),
    Provider::with_adapter("voyage", &Voyage)
        .base_url(BaseUrl::Fixed("https://api.voyageai.com/v1"))
        .key_envs(&["VOYAGE_API_KEY", "VOYAGE_AI_API_KEY", "VOYAGE_AI_TOKEN"])
        .modes(&[Embedding, Rerank])
        .renames(&[("dimensions", "output_dimension"), ("top_n", "top_k")])
        .without_user_headers(),
    Provider::openai_like("wandb", "https://api.inference.wandb.ai/v1")
        .base_envs(&["WANDB_API_BASE"])
        .key_envs(&["WANDB_API_KEY"])
        .modes(&[Chat, Completion, Embedding, AudioSpeech, AudioTranscription, ImageGeneration])
        .bridges(BUT_COMPLETION)
        .renames(ONE_LIMIT)
        .effort(Effort::UnlessKnownNot),
    Provider::with_adapter("watsonx", &Watsonx)
        .base_envs(&["WATSONX_API_BASE", "WATSONX_URL", "WX_URL", "WML_URL"])
        .key_envs(&["WX_API_KEY", "WATSONX_API_KEY", "WATSONX_APIKEY"])
        .auth(Auth::Adapter)
        .modes(&[Chat, Embedding, AudioTranscription, Rerank])
        .bridges(super::CHAT_BRIDGES)
        .audio_type("audio/wav")
        .effort(Effort::Always)
        .takes(&["frequency_penalty", "logprobs", "max_tokens", "n", "presence_penalty", "reasoning_effort", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_logprobs", "top_p"])
        .messages(&[CacheControl(ANY)])
        .omits(&[(Chat, "stream_options")]),
    Provider::with_adapter("watsonx_text", &WatsonxText)
        .base_envs(&["WATSONX_API_BASE", "WATSONX_URL", "WX_URL", "WML_URL"])
        .key_envs(&["WATSONX_APIKEY", "WATSONX_API_KEY", "WX_API_KEY"])
        .auth(Auth::Adapter)
        .modes(&[Chat])
        .bridges(super::CHAT_BRIDGES),
    Provider::openai_like("xai", "https://api.x.ai/v1")
        .base_envs(&["XAI_API_BASE"])
        .key_envs(&["XAI_API_KEY"])
        .modes(&[Chat, AudioSpeech, AudioTranscription, ImageGeneration, Realtime, Responses])
        .bridges(BUT_RESPONSES)
        .takes(&["frequency_penalty", "logit_bias", "logprobs", "max_tokens", "n", "parallel_tool_calls", "presence_penalty", "reasoning_effort", "response_format", "seed", "stop", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "web_search_options"])
        .models_refuse(&[
            ("grok-3-mini", &["stop"]),
            ("grok-4", &["frequency_penalty", "stop"]),
            ("grok-code-fast", &["frequency_penalty", "stop"]),
        ])
        .messages(&[LooseTools, Names(&["user"])])
        .takes_user()
        .refuses(&["thinking"]),
    Provider::openai_like("xiaomi_mimo", "https://api.xiaomimimo.com/v1").key_envs(&["XIAOMI_MIMO_API_KEY"])
        .renames(ONE_LIMIT),
    Provider::with_adapter("xinference", &OpenAi)
        .modes(&[Chat, Embedding, AudioSpeech, AudioTranscription, ImageGeneration])
        .bridges(super::CHAT_BRIDGES)
        .renames(ONE_LIMIT)
        .effort(Effort::Never)
        .messages(&[CacheControl(ANY)]),
    Provider::openai_like("zai", "https://api.z.ai/api/paas/v4")
        .base_envs(&["ZAI_API_BASE"])
        .key_envs(&["ZAI_API_KEY"])
        .modes(MEDIA)
        .takes(&["max_tokens", "stop", "temperature", "tool_choice", "tools", "top_p"])
        .messages(&[CacheControl(ANY)]),
];

/// Providers that LiteLLM knows and we don't yet, in alphabetical order.
pub(super) static UNSUPPORTED: &[&str] = &[
    "a2a_agent",
    "aleph_alpha",
    "anyscale",
    "auto_router",
    "cursor",
    "custom",
    "dotprompt",
    "humanloop",
    "langfuse",
    "litellm_agent",
    "milvus",
    "mongodb",
    "nvidia_riva",
    "petals",
    "pg_vector",
    "s3_vectors",
    "topaz",
    "valkey",
    "vllm",
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
