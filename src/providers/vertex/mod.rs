//! Vertex AI: Google's models and those of its partners, each family in its own format.

mod chat;
mod embedding;
mod family;
mod image;
mod other;
mod place;

use http::{HeaderValue, Method};
use serde_json::{Map, Value};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, gemini, openai, params, url as urls,
};

pub(super) use place::Place;

/// The adapter of `vertex_ai` and `vertex_ai_beta`.
pub(super) struct Vertex;

impl Adapter for Vertex {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let place = Place::of(target)?;
        match call.mode {
            Mode::Embedding => embedding::build(target, &place, call),
            Mode::AudioSpeech if target.model.contains("gemini") => chat::speak(target, &place, call),
            Mode::AudioSpeech => other::speech(target, &place, call),
            Mode::AudioTranscription => other::transcription(target, &place, call),
            Mode::ImageGeneration => image::generation(target, &place, call),
            Mode::ImageEdit => image::edit(target, &place, call),
            Mode::VideoGeneration => image::video(target, &place, call),
            Mode::Rerank => other::rerank(target, &place, call),
            Mode::Realtime => other::realtime(target, &place),
            Mode::Batch => other::batches(target, &place),
            Mode::Ocr => other::ocr(target, &place, call),
            _ => chat::build(target, &place, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        other::models(target, &Place::of(target)?)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        gemini::verify(call, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        answer::says_output_limit(response) || call.mode == Mode::ImageEdit && openai::moderated(response)
    }

    fn wants(&self, target: &Target<'_>, call: &Call) -> Vec<String> {
        if call.mode == Mode::Chat { chat::wants(target, call) } else { Vec::new() }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => chat::answers(target, call),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The URL of a verb of a resource such as `publishers/google/models/x`. A base with a path stands for the
/// resource.
fn verb_url(
    target: &Target<'_>,
    place: &Place,
    version: &str,
    resource: &str,
    verb: &str,
) -> Result<Url, BuildError> {
    if let Some(base) = place::base_with_path(target) {
        let (address, query) = base.split_once('?').map_or((base, ""), |(address, query)| (address, query));
        let mut text = address.trim_end_matches('/').to_owned();
        if !text.ends_with(&format!(":{verb}")) {
            text.push(':');
            text.push_str(verb);
        }
        if !query.is_empty() {
            text.push('?');
            text.push_str(query);
        }
        return urls::parse(text);
    }
    below(target, place, &place.path(version, &format!("{resource}:{verb}")))
}

/// A path below the deployment's base, else Vertex AI's own address.
fn below(target: &Target<'_>, place: &Place, path: &str) -> Result<Url, BuildError> {
    match place::own_base(target) {
        Some(base) => urls::join(base, path),
        None => urls::join(&place.address(), path),
    }
}

/// One of Google's models, as a resource.
fn google_model(model: &str) -> String {
    format!("publishers/google/models/{}", urls::segments(model))
}

fn post(
    target: &Target<'_>,
    url: Url,
    body: Map<String, Value>,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let body = Body::Json(Value::Object(body));
    finish(target, WireRequest { body, left_out, ..WireRequest::new(Method::POST, url) })
}

fn finish(target: &Target<'_>, mut request: WireRequest) -> Result<WireRequest, BuildError> {
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = place::auth(target);
    Ok(request)
}

/// Says who pays, which services outside Vertex AI want to know of a user's credential.
fn add_project(request: &mut WireRequest, project: &str) -> Result<(), BuildError> {
    let value = HeaderValue::from_str(project).map_err(|_| BuildError::BadParam {
        key: "vertex_project".to_owned(),
        problem: "can't be sent as a header".to_owned(),
    })?;
    request.headers.insert("x-goog-user-project", value);
    Ok(())
}
