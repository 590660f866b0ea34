//! Chat, whosever the model is, and speech by Gemini, which is chat with a voice.

use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Call, WireRequest};
use crate::providers::anthropic::Dialect;
use crate::providers::chat::{Answers, images};
use crate::providers::gemini::{self, Service, ask_for_events, generate_verb, media, to_generate_content};
use crate::providers::{Adapter, BuildError, Target, anthropic, mistral, openai, params, url as urls};

use super::family::{self, Family};
use super::{Place, google_model, place, post, verb_url};

/// What `rawPredict` calls the Messages API.
const CLAUDE_VERSION: &str = "vertex-2023-10-16";

/// The beta feature that the search of the web is still part of here.
const WEB_SEARCH_BETA: &str = "web-search-2025-03-05";

/// OpenAI's parameters that models in its format know by an older name.
const OPENAI_NAMES: &[(&str, &str)] = &[("max_completion_tokens", "max_tokens")];

/// A request for a chat answer.
pub(super) fn build(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    match Family::of(target.model) {
        Family::Google(model) => generate(target, place, call, &google_model(model)),
        Family::Tuned(id) => generate(target, place, call, &format!("endpoints/{id}")),
        Family::Claude(model) => claude(target, place, call, model),
        Family::Mistral(model) => {
            // The URL names the version.
            let name = model.split('@').next().unwrap_or(model);
            let url = partner_url(target, place, call, "v1", ("mistralai", model))?;
            let mut left_out = Vec::new();
            let body = mistral::chat_body(target, call, &mut left_out);
            post_named(target, name, url, body, left_out)
        }
        Family::Ai21(model) => {
            let url = partner_url(target, place, call, "v1beta1", ("ai21", model))?;
            in_openai_format(target, call, model, url)
        }
        Family::OpenAi(model) => in_openai_format(target, call, model, openapi_url(target, place)?),
        Family::OwnEndpoint(id) => {
            let url = completions_url(target, place, "v1beta1", &format!("endpoints/{id}"))?;
            in_openai_format(target, call, "", url)
        }
    }
}

/// How a chat answer becomes OpenAI's.
pub(super) fn answers(target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
    match Family::of(target.model) {
        Family::Claude(_) => anthropic::Messages.answers(target, call),
        Family::Mistral(_) | Family::Ai21(_) | Family::OpenAi(_) | Family::OwnEndpoint(_) => {
            openai::answers(target, call)
        }
        Family::Google(_) | Family::Tuned(_) => gemini::answers(target, call),
    }
}

/// Images that have to be fetched: Claude takes them only within the request here.
pub(super) fn wants(target: &Target<'_>, call: &Call) -> Vec<String> {
    match Family::of(target.model) {
        Family::Claude(_) => images::remote(call),
        Family::Google(_) | Family::Tuned(_) => gemini::unknown_to_vertex(call),
        _ => Vec::new(),
    }
}

/// Speech by a Gemini model. Goes to Google's own address, as LiteLLM's traffic does.
pub(super) fn speak(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let path = place.path("v1", &format!("{}:generateContent", google_model(target.model)));
    post_gemini(target, &media::speech_as_chat(target, call), urls::join(&place.address(), &path)?)
}

/// The endpoint of models as a service. Models that are served in few places only are asked there.
pub(super) fn openapi_url(target: &Target<'_>, place: &Place) -> Result<Url, BuildError> {
    let served = family::places(target.model).filter(|places| !places.contains(&place.location.as_str()));
    let moved = served
        .and_then(|places| places.first())
        .map(|location| Place { project: place.project.clone(), location: (*location).to_owned() });
    completions_url(target, moved.as_ref().unwrap_or(place), "v1", "endpoints/openapi")
}

/// `rawPredict` of a publisher's model, or what that is called for streams.
pub(super) fn partner_url(
    target: &Target<'_>,
    place: &Place,
    call: &Call,
    version: &str,
    (publisher, model): (&str, &str),
) -> Result<Url, BuildError> {
    let resource = format!("publishers/{publisher}/models/{}", urls::segments(model));
    verb_url(target, place, version, &resource, if call.stream { "streamRawPredict" } else { "rawPredict" })
}

/// `…/chat/completions` of an endpoint. A base with a path stands for the endpoint.
fn completions_url(
    target: &Target<'_>,
    place: &Place,
    version: &str,
    endpoint: &str,
) -> Result<Url, BuildError> {
    match place::base_with_path(target) {
        Some(base) => urls::join(base, "chat/completions"),
        None => super::below(target, place, &place.path(version, &format!("{endpoint}/chat/completions"))),
    }
}

/// A request to a model of Google's, or tuned of one.
fn generate(
    target: &Target<'_>,
    place: &Place,
    call: &Call,
    resource: &str,
) -> Result<WireRequest, BuildError> {
    let mut url = verb_url(target, place, "v1", resource, generate_verb(call.stream))?;
    if call.stream {
        ask_for_events(&mut url);
    }
    post_gemini(target, &params::wire_params(target, call), url)
}

fn post_gemini(
    target: &Target<'_>,
    request: &Map<String, Value>,
    url: Url,
) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = to_generate_content(target, Service::Vertex, request, &mut left_out)?;
    params::merge_extra_body(target, &mut body);
    post(target, url, body, left_out)
}

fn claude(target: &Target<'_>, place: &Place, call: &Call, model: &str) -> Result<WireRequest, BuildError> {
    let url = partner_url(target, place, call, "v1", ("anthropic", model))?;
    let request = params::wire_params(target, call);
    let mut left_out = Vec::new();
    let mut body = anthropic::to_messages(target, &request, Dialect::CLOUD, &mut left_out)?;
    if call.stream {
        body.insert("stream".to_owned(), Value::Bool(true));
    }
    body.insert("anthropic_version".to_owned(), json!(CLAUDE_VERSION));
    params::merge_extra_body(target, &mut body);
    let mut betas = anthropic::needed_betas(&body);
    if anthropic::searches_the_web(&body) {
        betas.push(WEB_SEARCH_BETA);
    }
    let mut request = post(target, url, body, left_out)?;
    anthropic::add_headers(&mut request.headers, &request.auth, &betas);
    Ok(request)
}

fn in_openai_format(
    target: &Target<'_>,
    call: &Call,
    model: &str,
    url: Url,
) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = openai::json_body(target, call, &mut left_out);
    for (openai, own) in OPENAI_NAMES {
        if let Some(value) = body.shift_remove(*openai) {
            body.entry(*own).or_insert(value);
        }
    }
    post_named(target, model, url, body, left_out)
}

/// A `POST` of a body that names the model as its vendor does.
fn post_named(
    target: &Target<'_>,
    model: &str,
    url: Url,
    mut body: Map<String, Value>,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    body.insert("model".to_owned(), json!(model));
    body.entry("stream").or_insert(Value::Bool(false));
    post(target, url, body, left_out)
}
