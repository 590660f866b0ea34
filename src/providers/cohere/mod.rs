//! Cohere's API: version 2, and version 1 of chat for models that are marked `v1/`.
//!
//! A configured base is the whole URL of chat or embeddings, as in LiteLLM; of the other endpoints it is what their
//! path is put behind.

mod answers;
mod chat;
mod v1;
mod v1_answers;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::Answers;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, openai, params, url as urls,
};

/// The adapter of `cohere` and `cohere_chat`, which are one.
pub(super) struct Cohere;

/// What marks a model that is asked in version 1.
const VERSION_1: &str = "v1/";

const EMBED_URL: &str = "https://api.cohere.ai/v2/embed";
const MODELS_URL: &str = "https://api.cohere.com/v1/models";

/// For what texts are embedded when the deployment does not say.
const INPUT_TYPE: &str = "search_document";

impl Adapter for Cohere {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        // Chat models may be marked with the version of the API.
        let model = target.model.strip_prefix("v2/").unwrap_or(target.model);
        let target = &Target { model, ..*target };
        match call.mode {
            Mode::Embedding => embed(target, call),
            Mode::Rerank => {
                let mut left_out = Vec::new();
                let body = openai::json_body(target, call, &mut left_out);
                post(target, call.mode, endpoint(target, "v2/rerank")?, body, left_out)
            }
            Mode::Ocr => parse(target, call),
            _ => match target.model.strip_prefix(VERSION_1) {
                Some(model) => v1::build(&Target { model, ..*target }, call),
                None => chat::build(target, call),
            },
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        if urls::configured_base(target).is_some() {
            // The whole URL of one endpoint says nothing of another.
            return Err(BuildError::NoModelList { provider: target.provider.slug });
        }
        let mut request = WireRequest::new(Method::GET, urls::parse(MODELS_URL.to_owned())?);
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = keys::auth_plan(target)?;
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            message: Kind,
            text: Kind,
            embeddings: Kind,
        }
        if matches!(call.mode, Mode::Rerank | Mode::Ocr) {
            return openai::verify(call.mode, response);
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        let (name, holds) = match call.mode {
            Mode::Embedding => {
                ("embeddings", matches!(answer.embeddings, Kind::Object(true) | Kind::List(true)))
            }
            // Version 1 says it as text.
            _ => ("message", answer.message == Kind::Object(true) || matches!(answer.text, Kind::Text(_))),
        };
        if holds { Ok(()) } else { Err(ShapeError::Missing(name)) }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat if target.model.starts_with(VERSION_1) => Ok(Answers::by(v1_answers::Chat)),
            Mode::Chat => Ok(Answers::by(answers::Chat)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn embed(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut body = params::wire_params(target, call);
    body.insert("model".to_owned(), json!(target.model));
    let input = body.shift_remove("input").unwrap_or_default();
    body.insert("texts".to_owned(), params::list(input));
    body.entry("input_type").or_insert_with(|| json!(INPUT_TYPE));
    if let Some(size) = body.shift_remove("dimensions") {
        body.insert("output_dimension".to_owned(), size);
    }
    if let Some(format) = body.shift_remove("encoding_format") {
        body.insert("embedding_types".to_owned(), params::list(format));
    }
    // The limit of a model that is not known to embed.
    body.shift_remove("max_tokens");
    params::merge_extra_body(target, &mut body);
    // The variable names the chat endpoint.
    let url = urls::parse(urls::deployment_base(target).unwrap_or(EMBED_URL).to_owned())?;
    post(target, call.mode, url, body, Vec::new())
}

/// Asks to read a page. It comes as a picture.
fn parse(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut body = params::wire_params(target, call);
    body.insert("model".to_owned(), json!(target.model));
    let page = format!("data:image/png;base64,{}", STANDARD.encode(openai::upload::IMAGE));
    body.insert("document".to_owned(), json!({"type": "image_url", "image_url": page}));
    body.entry("output_format").or_insert_with(|| json!("markdown"));
    post(target, call.mode, endpoint(target, "v2/parse")?, body, Vec::new())
}

fn endpoint(target: &Target<'_>, path: &str) -> Result<Url, BuildError> {
    urls::join(urls::base(target)?, path)
}

fn post(
    target: &Target<'_>,
    mode: Mode,
    url: Url,
    body: Map<String, Value>,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    openai::finish(target, mode, url, Body::Json(Value::Object(body)), left_out)
}
