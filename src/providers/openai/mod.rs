//! OpenAI's wire format, which most providers speak.
//!
//! One file per kind of body. What the vendors make of it differently is in their rows; formats that are
//! OpenAI's but for one thing (Azure, Mistral, OpenRouter) reuse the public functions here.

mod answers;
mod body;
mod departure;
mod listing;
mod messages;
mod realtime;
pub mod reasoning;
pub mod responses;
mod shape;
pub mod structured;
pub mod upload;

use http::Method;
use serde_json::{Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, params, url as urls};

pub use answers::{Accent, answers, plain_answers};
pub use body::json_body;
pub use departure::{Departure, OpenAiBut, at_base};
pub use shape::verify;

/// The adapter of every provider that speaks OpenAI's format.
pub struct OpenAi;

impl Adapter for OpenAi {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        match call.mode {
            Mode::Chat if by_responses(target, call) => chat_by_responses(target, call),
            Mode::Batch => listing::batches(target),
            Mode::Realtime => realtime::build(target),
            Mode::AudioTranscription | Mode::ImageEdit | Mode::VideoGeneration => {
                let url = urls::endpoint(target, target.provider.path(call.mode))?;
                let mut left_out = Vec::new();
                let parts = upload::parts(target, call, &mut left_out);
                finish(target, call.mode, url, Body::Multipart(parts), left_out)
            }
            _ => post_json(target, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        listing::get(target, "models")
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        verify(call.mode, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        answer::says_output_limit(response) || call.mode == Mode::ImageEdit && moderated(response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        if call.mode == Mode::Chat && by_responses(target, call) {
            return Ok(Answers::by(responses::ByResponses));
        }
        answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// A `POST` of the call's JSON to the mode's endpoint.
///
/// # Errors
/// When there is no usable address or key.
pub fn post_json(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let url = urls::endpoint(target, target.provider.path(call.mode))?;
    let mut left_out = Vec::new();
    let body = json_body(target, call, &mut left_out);
    finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
}

/// Whether a client's chat goes by way of the Responses API: where OpenAI's own models have no other. A probe of such a
/// model asks for responses unless the configuration calls it a chat model, which it then has to be.
fn by_responses(target: &Target<'_>, call: &Call) -> bool {
    let is_openais = || {
        let base = urls::base(target).ok().and_then(|base| Url::parse(base).ok());
        let host = base.as_ref().and_then(Url::host_str);
        host.is_some_and(|host| host == "api.openai.com" || host.ends_with(".api.openai.com"))
    };
    target.asked.is_some()
        && target.provider.quirks.openai_models
        && (responses::is_only_way(target)
            || responses::reasons_with_tools(target, call, target.model, is_openais))
}

/// A chat with a model that has the Responses API alone.
fn chat_by_responses(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let url = urls::endpoint(target, target.provider.path(Mode::Responses))?;
    let mut left_out = Vec::new();
    let chat = json_body(target, call, &mut left_out);
    let body = responses::from_chat(target, chat, &mut left_out);
    finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
}

/// Adds headers and the key to a `POST`.
///
/// # Errors
/// When there is no key though the provider wants one, or a header that can't be sent.
pub fn finish(
    target: &Target<'_>,
    mode: Mode,
    url: Url,
    body: Body,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let mut request = WireRequest { body, left_out, ..WireRequest::new(Method::POST, url) };
    params::add_row_headers(target, mode, &mut request.headers)?;
    // LiteLLM's speech calls carry no headers of the user's, neither as probes nor as real traffic.
    if mode != Mode::AudioSpeech {
        params::add_user_headers(target, &mut request.headers)?;
    }
    let is_anonymous = target.provider.quirks.anonymous.contains(&mode) && keys::api_key(target).is_none();
    if !is_anonymous {
        request.auth = keys::auth_plan(target)?;
    }
    Ok(request)
}

/// A call of the Responses API as chat, for models that have no such API.
#[must_use]
pub fn as_chat(call: &Call) -> Call {
    let mut payload = call.payload.clone();
    let input = payload.shift_remove("input").unwrap_or_default();
    payload.insert("messages".to_owned(), json!([{"role": "user", "content": input}]));
    Call::new(Mode::Chat, payload)
}

/// Whether the image was refused by a content filter. The probe's picture is harmless, but filters err, and an
/// endpoint that moderates does serve.
#[must_use]
pub fn moderated(response: &WireResponse) -> bool {
    if response.status != 400 {
        return false;
    }
    let failure = answer::failure(response);
    let says = |word: &str| {
        failure.code.as_deref().is_some_and(|code| code.contains(word))
            || failure.message.to_ascii_lowercase().contains(word)
    };
    says("moderation") || says("content_policy") || says("safety system") || says("content_filter")
}
