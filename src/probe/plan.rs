//! From a deployment to the one request that probes it. Pure.
//!
//! The rules and their order are LiteLLM's, so that what is asked here is what was asked there: which mode,
//! which model, how many tokens, which text.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::catalog::{Catalog, ModelFacts};
use crate::config::ProbeSettings;
use crate::domain::{Call, Defect, Deployment, Environment, Method, Mode, UnknownMode, WireRequest};
use crate::providers::{BuildError, Provider, ResolveError, Resolved, Route, Target, resolve};

use super::wildcard;

/// What chat models are asked. One of the two questions that LiteLLM picks from.
const CHAT_PROMPT: &str = "What's 1 + 1?";
/// What embedding models are given, whatever the configured prompt.
const EMBEDDING_INPUT: &str = "test from litellm";
/// What is asked of the picture that image edits upload.
const IMAGE_EDIT_PROMPT: &str = "Add a small yellow star in the top right corner of this simple drawing of a blue \
                                 circle on a white background";
/// The document that a query is ranked against.
const RERANK_DOCUMENT: &str = "my sample text";
/// The voice of speech when the deployment names none.
const VOICE: &str = "alloy";
/// The most output tokens that a probe asks for when nobody says otherwise.
const MAX_TOKENS: i64 = 16;

/// A probe, ready to be authorised and sent.
#[derive(Debug)]
pub struct Plan {
    /// Who is asked.
    pub provider: &'static Provider,
    /// What the deployment is probed as.
    pub mode: Mode,
    /// The model that is asked, as the provider names it.
    pub model: String,
    /// The same as a LiteLLM model string, when it is not the deployment's own: `health_check_model`, or what
    /// stands in for a wildcard.
    pub probed_model: Option<String>,
    /// The call that the request expresses; its mode is that of the endpoint, which for a bridged mode is
    /// not the deployment's.
    pub call: Call,
    /// How it is probed: `tcp` opens a connection to the request's host and sends nothing.
    pub method: Method,
    /// The request without its credential.
    pub request: WireRequest,
    /// The limit on output tokens, if the request has one.
    pub max_tokens: Option<i64>,
    /// How long the probe may take, everything included.
    pub deadline: Duration,
    /// Whether the server's certificate has to be valid: false only for `ssl_verify: false`.
    pub verify_tls: bool,
}

/// Why a deployment can't be probed. All of them are the configuration's.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The entry itself is broken.
    #[error("{}", .0.reason)]
    Defect(Defect),
    /// The mode is no mode.
    #[error("`model_info.mode`: {0}")]
    Mode(UnknownMode),
    /// The model string leads to no provider.
    #[error(transparent)]
    Resolve(ResolveError),
    /// A wildcard, and no model to stand in for it.
    #[error("`litellm_params.model`: no chat model of `{provider}` is known that `{pattern}` could be")]
    Wildcard {
        /// The provider's slug.
        provider: &'static str,
        /// The model as written.
        pattern: String,
    },
    /// No request could be built.
    #[error(transparent)]
    Build(BuildError),
}

impl PlanError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Defect(defect) => defect.hint.clone(),
            Self::Mode(UnknownMode(word)) => Mode::ALL
                .into_iter()
                .map(|mode| (strsim::osa_distance(word, mode.as_str()), mode))
                .filter(|(distance, mode)| *distance <= 2 || mode.as_str().starts_with(word.as_str()))
                .min_by_key(|(distance, _)| *distance)
                .map(|(_, mode)| format!("did you mean `{mode}`?")),
            Self::Resolve(error) => error.hint(),
            Self::Wildcard { .. } => {
                Some("set `model_info.health_check_model` to a model to be asked".to_owned())
            }
            Self::Build(error) => error.hint(),
        }
    }
}

/// Plans the probe of a deployment.
///
/// # Errors
/// When the configuration does not describe a request that can be sent.
pub fn plan(
    deployment: &Deployment,
    settings: &ProbeSettings,
    env: &Environment,
    catalog: &Catalog,
) -> Result<Plan, PlanError> {
    plan_by(deployment.check.method, deployment, settings, env, catalog)
}

/// The same by another method than the deployment's own.
pub(super) fn plan_by(
    method: Method,
    deployment: &Deployment,
    settings: &ProbeSettings,
    env: &Environment,
    catalog: &Catalog,
) -> Result<Plan, PlanError> {
    if let Some(defect) = &deployment.defect {
        return Err(PlanError::Defect(Defect::clone(defect)));
    }
    let deployment = &with_check_params(deployment);
    let asked = ask(deployment, catalog)?;
    let route = route(deployment, &asked, catalog)?;
    let max_tokens = max_tokens(deployment, settings, &asked, catalog);
    let call = Call::new(route, payload(deployment, settings, asked.mode, route, max_tokens));
    let target = Target {
        deployment,
        provider: asked.provider,
        model: &asked.model,
        env,
        catalog,
        drop_params: settings.drop_params || deployment.params.flag("drop_params"),
        asked: None,
        azure_identity: settings.azure_identity,
    };
    let adapter = asked.provider.adapter;
    let request = match method {
        Method::Request | Method::Tcp => adapter.build(&target, &call),
        Method::Models => adapter.list_models(&target),
    };
    let request = request.map_err(PlanError::Build)?;
    let max_tokens = match method {
        Method::Request => call.payload.get("max_tokens").and_then(Value::as_i64),
        Method::Models | Method::Tcp => None,
    };
    Ok(Plan {
        provider: asked.provider,
        mode: asked.mode,
        probed_model: asked.probed_model,
        model: asked.model.into_owned(),
        max_tokens,
        call,
        method,
        request,
        deadline: deployment.check.timeout.unwrap_or(settings.timeout),
        verify_tls: deployment.params.get("ssl_verify") != Some(&Value::Bool(false)),
    })
}

/// Who is asked for what.
struct Asked<'a> {
    provider: &'static Provider,
    model: Cow<'a, str>,
    probed_model: Option<String>,
    mode: Mode,
    /// The deployment is a wildcard; of which kind matters to the token limit.
    wildcard: Option<Wildcard>,
}

/// How a wildcard deployment got a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wildcard {
    /// By `health_check_model`.
    Named,
    /// By choice from the catalog.
    Chosen,
}

/// The deployment with `health_check_params` laid over its parameters.
fn with_check_params(deployment: &Deployment) -> Cow<'_, Deployment> {
    if deployment.check.params.is_empty() {
        return Cow::Borrowed(deployment);
    }
    let params = deployment.params.merged(&deployment.check.params);
    Cow::Owned(Deployment { params, ..deployment.clone() })
}

fn ask<'a>(deployment: &'a Deployment, catalog: &'a Catalog) -> Result<Asked<'a>, PlanError> {
    let named = deployment.check.model.as_deref();
    let string = named.unwrap_or(&deployment.model);
    let params = &deployment.params;
    let api_base = params.str("api_base").or_else(|| params.str("base_url"));
    let Resolved { provider, model } =
        resolve(string, params.str("custom_llm_provider"), api_base, catalog).map_err(PlanError::Resolve)?;
    if model.contains('*') {
        let Some(chosen) = wildcard::choose(provider.slug, model, catalog) else {
            return Err(PlanError::Wildcard { provider: provider.slug, pattern: string.to_owned() });
        };
        return Ok(Asked {
            provider,
            model: Cow::Borrowed(chosen),
            probed_model: Some([provider.slug, "/", chosen].concat()),
            // A wildcard is probed by chat, whatever else it may serve.
            mode: Mode::Chat,
            wildcard: Some(Wildcard::Chosen),
        });
    }
    Ok(Asked {
        provider,
        model: Cow::Borrowed(model),
        probed_model: named.map(str::to_owned),
        mode: mode(deployment, provider, model, catalog)?,
        wildcard: (named.is_some() && deployment.model.contains('*')).then_some(Wildcard::Named),
    })
}

/// `model_info.mode`, else what the catalog says, else chat.
fn mode(
    deployment: &Deployment,
    provider: &Provider,
    model: &str,
    catalog: &Catalog,
) -> Result<Mode, PlanError> {
    if let Some(word) = &deployment.check.mode {
        return word.parse().map_err(PlanError::Mode);
    }
    let listed = |facts: ModelFacts<'_>| facts.mode;
    Ok(catalog
        .lookup(&deployment.model)
        .and_then(listed)
        .or_else(|| catalog.lookup_for(provider.slug, model).and_then(listed))
        // Hosts serve models of others, under the names that those have for them.
        .or_else(|| catalog.exact(model).and_then(listed))
        .unwrap_or(Mode::Chat))
}

/// The mode that a deployment is known to have, for listings: what it says itself, else what the catalog says
/// of its model.
#[must_use]
pub fn mode_of<'a>(deployment: &'a Deployment, catalog: &Catalog) -> Option<&'a str> {
    let listed = || catalog.lookup(&deployment.model).and_then(|facts| facts.mode).map(Mode::as_str);
    deployment.check.mode.as_deref().or_else(listed)
}

/// The mode of the endpoint that serves the deployment's mode.
fn route(deployment: &Deployment, asked: &Asked<'_>, catalog: &Catalog) -> Result<Mode, PlanError> {
    let is_by_chat = match asked.mode {
        Mode::Responses => deployment.params.flag("use_chat_completions_api"),
        // OpenAI's chat models have no legacy endpoint.
        Mode::Completion if asked.provider.quirks.openai_models => {
            let facts = catalog.lookup_for(asked.provider.slug, &asked.model);
            facts.and_then(|facts| facts.mode) == Some(Mode::Chat)
        }
        _ => false,
    };
    if is_by_chat && asked.provider.route(Mode::Chat) == Some(Route::Native) {
        return Ok(Mode::Chat);
    }
    match asked.provider.route(asked.mode) {
        Some(Route::Native) => Ok(asked.mode),
        Some(Route::By(mode)) => Ok(mode),
        None => Err(PlanError::Build(BuildError::UnsupportedMode {
            provider: asked.provider.slug,
            mode: asked.mode,
        })),
    }
}

/// The limit on output tokens; `None` when the request carries none.
///
/// Whether a model reasons is asked of the deployment's own model, also when another one is probed.
fn max_tokens(
    deployment: &Deployment,
    settings: &ProbeSettings,
    asked: &Asked<'_>,
    catalog: &Catalog,
) -> Option<i64> {
    let check = &deployment.check;
    let by_mode = matches!(asked.mode, Mode::Chat | Mode::Completion | Mode::Responses);
    let wanted = check.supports_max_tokens.unwrap_or(by_mode);
    let limit = || {
        if asked.wildcard.is_some() {
            return check.max_tokens.or(settings.max_tokens);
        }
        let by_class = check.max_tokens_reasoning.is_some() || check.max_tokens_non_reasoning.is_some();
        let reasons = (by_class || settings.max_tokens_reasoning.is_some())
            && catalog.lookup(&deployment.model).is_some_and(|facts| facts.reasoning);
        let (own, environment) = if reasons {
            (check.max_tokens_reasoning, settings.max_tokens_reasoning)
        } else {
            (check.max_tokens_non_reasoning, None)
        };
        check.max_tokens.or(own).or(environment).or(settings.max_tokens).or(Some(MAX_TOKENS))
    };
    let limit = if wanted { limit() } else { None };
    match asked.wildcard {
        Some(Wildcard::Chosen) => limit.or(Some(MAX_TOKENS)),
        _ => limit,
    }
}

/// What the call says, in OpenAI's shape. `mode` is the deployment's, `route` that of the endpoint.
fn payload(
    deployment: &Deployment,
    settings: &ProbeSettings,
    mode: Mode,
    route: Mode,
    max_tokens: Option<i64>,
) -> Map<String, Value> {
    let check = &deployment.check;
    let prompt = || match mode {
        Mode::Chat | Mode::Batch => CHAT_PROMPT,
        _ => settings.prompt.as_str(),
    };
    let mut payload = Map::with_capacity(3);
    let mut set = |key: &str, value: Value| {
        payload.insert(key.to_owned(), value);
    };
    match route {
        Mode::Chat => set("messages", json!([{"role": "user", "content": prompt()}])),
        Mode::Completion | Mode::ImageGeneration | Mode::VideoGeneration => {
            set("prompt", Value::from(prompt()));
        }
        Mode::Responses => set("input", Value::from(prompt())),
        Mode::Embedding => set("input", json!([EMBEDDING_INPUT])),
        Mode::AudioSpeech => {
            set("input", Value::from(prompt()));
            set("voice", Value::from(check.voice.as_deref().unwrap_or(VOICE)));
        }
        Mode::ImageEdit => set("prompt", Value::from(IMAGE_EDIT_PROMPT)),
        Mode::Rerank => {
            set("query", Value::from(prompt()));
            set("documents", json!([RERANK_DOCUMENT]));
        }
        Mode::Ocr => set("document", document()),
        Mode::AudioTranscription | Mode::Realtime | Mode::Batch => {}
    }
    if let Some(limit) = max_tokens {
        set("max_tokens", Value::from(limit));
    }
    if let (Mode::Chat | Mode::Completion, Some(effort)) = (mode, &check.reasoning_effort) {
        set("reasoning_effort", effort.clone());
    }
    payload
}

/// A page with one word on it.
fn document() -> Value {
    json!({"type": "document_url", "document_url": include_str!("assets/document.txt").trim_end()})
}
