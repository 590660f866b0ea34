//! Amazon Bedrock.
//!
//! Chat goes to Converse, or to `InvokeModel` with the body of the model's vendor ([`model`] decides); embeddings
//! and images are `InvokeModel` too. Re-ranking and agents live at another endpoint, and Claude has one of its own.

mod agent;
mod converse;
mod embedding;
mod endpoint;
mod image;
mod invoke;
mod model;
mod rerank;
mod shape;
mod transcription;

use http::HeaderValue;
use serde_json::{Map, Value, json};

use crate::domain::{Call, Mode, WireRequest, WireResponse};

use super::anthropic::{Claude, STRUCTURED_OUTPUTS};
use super::aws::{self, EnvOrder};
use super::chat::{Answers, images};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params};

use converse::Converse;
use endpoint::{Access, Endpoint};
use model::{Model, PathForm, Route};

/// The version of Anthropic's API that Mantle speaks.
const ANTHROPIC_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// The header of Anthropic's betas.
const BETA: &str = "anthropic-beta";

/// The adapter of `bedrock`.
pub(super) struct Bedrock;

impl Adapter for Bedrock {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let model = Model::parse(target.model)?;
        match call.mode {
            Mode::Embedding => embedding::build(target, &model, call),
            Mode::ImageGeneration => image::generate(target, &model, call),
            Mode::ImageEdit => image::edit(target, &model, call),
            Mode::Rerank => rerank::build(target, &model, call),
            Mode::AudioTranscription => transcription::build(target, &model, call),
            _ => chat(target, &model, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        endpoint::list_models(target, &Model::parse(target.model)?)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        shape::verify(call.mode, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        answer::says_output_limit(response) || call.mode == Mode::ImageEdit && openai::moderated(response)
    }

    fn wants(&self, _target: &Target<'_>, call: &Call) -> Vec<String> {
        // Nothing here fetches anything from the web.
        if call.mode == Mode::Chat { images::remote(call) } else { Vec::new() }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        let refused = BuildError::NotCallable { provider: target.provider.slug, mode: call.mode };
        if call.mode != Mode::Chat {
            return Err(refused);
        }
        match Model::parse(target.model)?.route(target.catalog)? {
            Route::Converse(id) => Ok(Answers::by(Converse::of(id, call))),
            Route::Invoke { family, .. } => invoke::answers(target, family, call),
            Route::Messages(_) => Ok(Answers::by(Claude::of(call))),
            Route::Agent(..) | Route::AgentCore(_) => Err(refused),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        aws::failure(response)
    }
}

fn chat(target: &Target<'_>, model: &Model<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let request = request(target, call);
    let mut left_out = Vec::new();
    let runtime = Endpoint::runtime(target, model, EnvOrder::Standard);
    let mut built = match model.route(target.catalog)? {
        Route::Converse(id) => {
            let body = converse::body(&Target { model: id, ..*target }, &request, &mut left_out)?;
            let streams = call.stream && converse::streams(id, &call.payload);
            let id = id_in_path(target, id, PathForm::Encoded);
            let verb = if streams { "/converse-stream" } else { "/converse" };
            runtime.post(target, &["model/", &id, verb].concat(), body, Access::KeyOrSignature)?
        }
        Route::Invoke { family, id, path, asked_for } => {
            let named = Target { model: id, ..*target };
            let body = invoke::body(&named, family, asked_for, &request, &mut left_out)?;
            let id = id_in_path(target, id, path);
            let verb = if call.stream { "/invoke-with-response-stream" } else { "/invoke" };
            runtime.post(target, &["model/", &id, verb].concat(), body, Access::KeyOrSignature)?
        }
        Route::Messages(id) => {
            let mut body = invoke::messages_body(&Target { model: id, ..*target }, &request, &mut left_out)?;
            if call.stream {
                body["stream"] = json!(true);
            }
            let mantle = Endpoint::mantle(target, model);
            let mut built = mantle.post(target, "anthropic/v1/messages", body, Access::KeyOrSignature)?;
            built.headers.entry("anthropic-version").or_insert(ANTHROPIC_VERSION);
            built
        }
        Route::Agent(agent, alias) => agent::invoke_agent(target, model, agent, alias, &request)?,
        Route::AgentCore(arn) => agent::invoke_runtime(target, model, arn, &request)?,
    };
    // Betas go into the body here; Bedrock does not read the header. Gateways before it may, for the schema of an answer.
    built.headers.remove(BETA);
    if invoke::has_schema(&built.body) {
        built.headers.insert(BETA, HeaderValue::from_static(STRUCTURED_OUTPUTS));
    }
    built.left_out = left_out;
    Ok(built)
}

/// What a call and its deployment ask, in OpenAI's terms.
fn request(target: &Target<'_>, call: &Call) -> Map<String, Value> {
    let mut request = params::wire_params(target, call);
    request.shift_remove("model_id");
    // A key like any other here, and so sent as one: Bedrock's bodies have no place to merge it into.
    if let Some(extra) = target.deployment.params.get("extra_body") {
        request.insert("extra_body".to_owned(), extra.clone());
    }
    request
}

/// The id for the path: `model_id`, an ARN that is called instead of the model, whose own id then only tells the
/// family; else the model's own.
fn id_in_path(target: &Target<'_>, id: &str, form: PathForm) -> String {
    match target.deployment.params.str("model_id") {
        Some(arn) => model::path_of(arn, PathForm::Encoded).into_owned(),
        None => model::path_of(id, form).into_owned(),
    }
}

/// One stop sequence or several, as a list.
fn list(value: &Value) -> Value {
    if value.is_array() { value.clone() } else { json!([value]) }
}
