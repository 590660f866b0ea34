//! Ollama's own API: `/api/generate` continues a text, `/api/chat` takes turns, `/api/embed` embeds.

mod answers;
mod ask;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::{Answers, images};
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, openai, params, url as urls,
};

/// The adapter of `ollama`: chat as one text.
pub(super) struct Generate;

/// The adapter of `ollama_chat`.
pub(super) struct Chat;

/// The parameters that `/api/embed` has itself.
const EMBED_TOP_LEVEL: &[&str] = &["model", "input", "truncate", "options", "keep_alive", "dimensions"];

impl Adapter for Generate {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode == Mode::Embedding {
            return embed(target, call);
        }
        ask::generate(target, call)
    }

    fn wants(&self, _target: &Target<'_>, call: &Call) -> Vec<String> {
        images::remote(call)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        tags(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        verify(call.mode, response, |answer| {
            // A conversation with tools is asked in turns.
            let holds = matches!(answer.response, Kind::Text(_)) || answer.message == Kind::Object(true);
            ("response", holds)
        })
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        answers::of(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

impl Adapter for Chat {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        ask::chat(target, call)
    }

    fn wants(&self, _target: &Target<'_>, call: &Call) -> Vec<String> {
        images::remote(call)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        tags(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        verify(call.mode, response, |answer| ("message", answer.message == Kind::Object(true)))
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        answers::of(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The fields by which answers are recognised.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: Kind,
    response: Kind,
    message: Kind,
    embeddings: Kind,
}

fn verify(
    mode: Mode,
    response: &WireResponse,
    text: impl Fn(&Answer) -> (&'static str, bool),
) -> Result<(), ShapeError> {
    let answer: Answer = answer::read(response)?;
    answer::refuse_error(answer.error, response)?;
    let (name, holds) = match mode {
        Mode::Embedding => ("embeddings", answer.embeddings == Kind::List(true)),
        _ => text(&answer),
    };
    if holds { Ok(()) } else { Err(ShapeError::Missing(name)) }
}

/// The models that the server has.
fn tags(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let url = urls::join(urls::base(target)?, "api/tags")?;
    let mut request = WireRequest::new(Method::GET, url);
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = keys::auth_plan(target)?;
    Ok(request)
}

fn embed(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut request = params::wire_params(target, call);
    request.insert("model".to_owned(), json!(target.model));
    let (mut body, others): (Map<_, _>, Map<_, _>) =
        request.into_iter().partition(|(key, _)| EMBED_TOP_LEVEL.contains(&key.as_str()));
    if !others.is_empty() {
        let options = body.entry("options").or_insert_with(|| json!({}));
        if let Value::Object(options) = options {
            options.extend(others);
        }
    }
    params::merge_extra_body(target, &mut body);
    let url = urls::join(urls::base(target)?, "api/embed")?;
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), Vec::new())
}
