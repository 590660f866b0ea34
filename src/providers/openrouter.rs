//! OpenRouter: OpenAI's format, with usage accounting in chat, and images by way of chat.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, url as urls};

/// The adapter of `openrouter`.
pub(super) struct OpenRouter;

impl Adapter for OpenRouter {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let listed = [target.provider.slug, "/", target.model].concat();
        // A one-word model of an explicit provider is one of OpenRouter's own, such as `openrouter/auto`.
        let is_own =
            target.deployment.params.str("custom_llm_provider").is_some() && !target.model.contains('/');
        let target = &Target { model: if is_own { &listed } else { target.model }, ..*target };
        match call.mode {
            Mode::Chat => {
                let mut call = call.clone();
                call.payload.insert("usage".to_owned(), json!({"include": true}));
                openai::post_json(target, &call)
            }
            Mode::ImageGeneration => post_to_chat(target, call, &[]),
            Mode::ImageEdit => {
                let image = format!("data:image/png;base64,{}", STANDARD.encode(openai::upload::IMAGE));
                post_to_chat(target, call, &[image])
            }
            _ => openai::OpenAi.build(target, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        openai::OpenAi.list_models(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let mode = match call.mode {
            Mode::ImageGeneration | Mode::ImageEdit => Mode::Chat,
            mode => mode,
        };
        openai::verify(mode, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        openai::OpenAi.alive(call, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Asks a chat model for an image, or to edit one: the prompt is the only message.
fn post_to_chat(target: &Target<'_>, call: &Call, images: &[String]) -> Result<WireRequest, BuildError> {
    let mut payload = call.payload.clone();
    let prompt = payload.shift_remove("prompt").unwrap_or_default();
    let content = if images.is_empty() {
        prompt
    } else {
        payload.insert("modalities".to_owned(), json!(["image", "text"]));
        let images = images.iter().map(|url| json!({"type": "image_url", "image_url": {"url": url}}));
        images.chain([json!({"type": "text", "text": prompt})]).collect()
    };
    payload.insert("messages".to_owned(), json!([{"role": "user", "content": content}]));
    let url = urls::endpoint(target, Mode::Chat.openai_path())?;
    let mut left_out = Vec::new();
    let body = openai::json_body(target, &Call::new(call.mode, payload), &mut left_out);
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
}
