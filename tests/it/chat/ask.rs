//! From a recorded case to a request, on the way that a client's call takes.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::domain::{Call, Environment, Mode, WireRequest, WireResponse};
use llmhealth::providers::chat::images::put_inline;
use llmhealth::providers::{BuildError, Resolved, Target, resolve};

use super::Case;

/// The service account that the recordings were made with, as far as it shows in a request.
const SERVICE_ACCOUNT: (&str, &str) =
    ("fixtures/sa.json", r#"{"type": "service_account", "project_id": "sa-project"}"#);

/// What the Hub of Hugging Face was seen to say of a model.
const HUB: &str = r#"{"inferenceProviderMapping": {"together": {"providerId": "meta-llama/x-mapped"}}}"#;

/// What was found at the address of every image.
const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Why there is no request.
pub(super) enum Refusal {
    /// The configuration can't be read, or leads nowhere.
    Config(String),
    /// The adapter says so.
    Build(BuildError),
    /// Parameters that can't be said.
    LeftOut(Vec<String>),
}

/// Hands the target and call of a case to a test.
pub(super) fn with_target<T>(case: &Case, test: impl FnOnce(&Target<'_>, &Call) -> T) -> Result<T, String> {
    let config = json!({"model_list": [{"model_name": "m", "litellm_params": case.deployment}]}).to_string();
    let mut env: Environment = case.env.iter().collect();
    env.set_document(SERVICE_ACCOUNT.0, SERVICE_ACCOUNT.1);
    let loaded = load_text(config, Path::new("config.yaml"), env).map_err(|error| error.to_string())?;
    let deployment = loaded.config.fleet.all().first().ok_or("no deployment")?;
    if let Some(defect) = &deployment.defect {
        return Err(defect.reason.clone());
    }
    let params = &deployment.params;
    let api_base = params.str("api_base").or_else(|| params.str("base_url"));
    let catalog = Catalog::embedded();
    let Resolved { provider, model } =
        resolve(&deployment.model, params.str("custom_llm_provider"), api_base, catalog)
            .map_err(|error| error.to_string())?;
    let mut payload = case.request.clone();
    let stream = payload.shift_remove("stream").is_some_and(|stream| stream == true);
    let mode = case.endpoint.as_ref().map_or(Mode::Chat, |endpoint| endpoint.parse().unwrap());
    let call = Call::new(mode, payload).streamed(stream);
    let target = Target {
        deployment,
        provider,
        model,
        env: &loaded.config.env,
        catalog,
        drop_params: params.flag("drop_params"),
        azure_identity: false,
        asked: Some(&call.payload),
    };
    Ok(test(&target, &call))
}

/// The request that a provider would be sent.
pub(super) fn request(case: &Case) -> Result<WireRequest, Refusal> {
    let built = with_target(case, |target, call| {
        let mut call = call.clone();
        for address in target.provider.adapter.wants(target, &call) {
            put_inline(&mut call, &address, None, &STANDARD.decode(IMAGE).unwrap());
        }
        let mut request = target
            .provider
            .adapter
            .build(target, &call)
            .map_err(|error| Refusal::Build(error.blamed_on(&call.payload)))?;
        if !request.left_out.is_empty() {
            return Err(Refusal::LeftOut(request.left_out));
        }
        if request.look_up.take().is_some_and(|look_up| look_up.url.host_str() == Some("huggingface.co")) {
            let found = WireResponse {
                status: 200,
                headers: HeaderMap::new(),
                body: Bytes::from_static(HUB.as_bytes()),
            };
            let aimed = target.provider.adapter.aim(request, &found);
            return aimed.map_err(|error| Refusal::Config(error.to_string()));
        }
        Ok(request)
    });
    built.map_err(Refusal::Config)?
}
