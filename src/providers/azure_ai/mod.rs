//! Azure AI Foundry: many vendors' models behind one resource, each in its own format.
//!
//! The name of the model and the kind of host decide which API is asked: OpenAI's models are Azure OpenAI's
//! everywhere but on Foundry hosts, Claude has Anthropic's format, documents and agents have their own.

mod agents;
mod documents;
mod place;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{AuthPlan, Body, Call, Mode, WireRequest, WireResponse};

use super::anthropic::Dialect;
use super::azure::{Azure, Credential};
use super::chat::Answers;
use super::openai::Accent;
use super::{
    Adapter, BuildError, FollowUp, ShapeError, Step, Target, UpstreamFailure, answer, anthropic, openai,
    params, url as urls,
};

use place::Place;

/// The adapter of `azure_ai`.
pub(super) struct AzureAi;

/// What stands before a model that the resource chooses itself.
const ROUTER: &str = "model_router/";

/// The header that carries a key at Azure's hosts.
const KEY_HEADER: &str = "api-key";

/// The header that carries a key in Anthropic's format.
const CLAUDE_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

impl Adapter for AzureAi {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let model = target.model.strip_prefix(ROUTER).unwrap_or(target.model);
        let target = &Target { model, ..*target };
        let place = Place::parse(urls::base(target)?)?;
        match call.mode {
            Mode::Chat if target.model.starts_with(agents::PREFIX) => {
                let nothing =
                    Body::Bytes { content_type: Some("application/json".to_owned()), bytes: Bytes::new() };
                send(target, place.threads()?, nothing, Key::Bearer)
            }
            Mode::Chat if is_claude(target.model) => chat_with_claude(target, &place, call),
            Mode::Chat | Mode::Embedding | Mode::Responses if is_openai(target, &place) => {
                ask_azure(target, &place, call)
            }
            Mode::Responses => post_inference(target, &place, &openai::as_chat(call)),
            Mode::Chat | Mode::Embedding => post_inference(target, &place, call),
            Mode::Rerank => post_json(target, call, place.rerank()?, Key::Bearer),
            Mode::Ocr => match target.model.strip_prefix(documents::PREFIX) {
                Some(analysis) => {
                    let body = documents::body(&call.payload);
                    send(target, place.analysis(analysis)?, body, Key::Header(documents::KEY_HEADER))
                }
                None => post_json(target, call, place.ocr()?, Key::Bearer),
            },
            Mode::ImageGeneration if is_flux2(target.model) => {
                let url = place.flux(target.model, target.deployment.params.str("api_version"))?;
                post_json(target, call, url, Key::Header(KEY_HEADER))
            }
            _ => ask_azure(target, &place, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let place = Place::parse(urls::base(target)?)?;
        let url = place.models(target.deployment.params.str("api_version"))?;
        let key = if place.takes_bearer() { Key::Bearer } else { Key::Header(KEY_HEADER) };
        let request = send(target, url, Body::Empty, key)?;
        Ok(WireRequest { method: Method::GET, ..request })
    }

    fn follow_up(&self, step: &Step<'_>) -> Option<FollowUp> {
        match step.call.mode {
            Mode::Ocr if step.model.starts_with(documents::PREFIX) => documents::follow_up(step),
            _ => agents::follow_up(step),
        }
    }

    fn undo(&self, step: &Step<'_>) -> Option<WireRequest> {
        agents::undo(step)
    }

    /// A mode has as many shapes as there are vendors behind it.
    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let verdict = openai::verify(call.mode, response);
        let Err(ShapeError::Missing(_)) = verdict else {
            return verdict;
        };
        let others = match call.mode {
            Mode::Chat => vec![anthropic::Messages.verify(call, response), agents::verify(response)],
            Mode::Responses => vec![openai::verify(Mode::Chat, response)],
            Mode::Ocr => vec![documents::verify(response)],
            _ => Vec::new(),
        };
        let told = others.into_iter().find(|other| matches!(other, Ok(()) | Err(ShapeError::Error(_))));
        told.unwrap_or(verdict)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        openai::OpenAi.alive(call, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat if is_claude(target.model) => anthropic::Messages.answers(target, call),
            Mode::Chat if !target.model.starts_with(agents::PREFIX) => Ok(Answers::by(Accent::default())),
            Mode::Embedding => openai::plain_answers(target, call),
            Mode::Responses if is_openai(target, &Place::parse(urls::base(target)?)?) => {
                openai::plain_answers(target, call)
            }
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// How a request carries a key; tokens are bearer tokens everywhere.
#[derive(Clone, Copy)]
enum Key {
    Bearer,
    Header(&'static str),
}

fn is_claude(model: &str) -> bool {
    model.to_ascii_lowercase().contains("claude")
}

/// The second generation of FLUX, which has its vendor's own API.
fn is_flux2(model: &str) -> bool {
    model.to_ascii_lowercase().replace(['.', '_'], "-").contains("flux-2")
}

/// Whether the model is served as Azure OpenAI serves it: OpenAI's own names, but on Foundry hosts.
fn is_openai(target: &Target<'_>, place: &Place) -> bool {
    let name = target.model.split_once('/').map_or(target.model, |(_, name)| name);
    let listed = target.catalog.exact(name);
    !place.is_foundry()
        && listed.is_some_and(|facts| matches!(facts.provider, "openai" | "text-completion-openai"))
}

/// The same at the addresses of Azure OpenAI.
fn ask_azure(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let root = place.is_inference.then(|| place.root().to_owned());
    openai::at_base(root, target, |target| Azure.build(target, call))
}

/// A body in OpenAI's format for the inference API.
fn post_inference(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let url = place.inference(call.mode.openai_path(), target.deployment.params.str("api_version"))?;
    // LiteLLM embeds by way of OpenAI's client, which knows bearer tokens only.
    let bearer = place.takes_bearer() || call.mode == Mode::Embedding;
    post_json(target, call, url, if bearer { Key::Bearer } else { Key::Header(KEY_HEADER) })
}

fn post_json(target: &Target<'_>, call: &Call, url: Url, key: Key) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = openai::json_body(target, call, &mut left_out);
    if target.reasons() != Some(true) {
        params::leave_out(target, "reasoning_effort", &mut body, &mut left_out);
    }
    let request = send(target, url, Body::Json(Value::Object(body)), key)?;
    Ok(WireRequest { left_out, ..request })
}

/// Anthropic's format. Azure reads a key in its own header, Anthropic's gateway behind it in another.
fn chat_with_claude(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = Map::from_iter([("model".to_owned(), json!(target.model))]);
    let request = params::wire_params(target, call);
    body.extend(anthropic::to_messages(target, &request, Dialect::ANTHROPIC, &mut left_out)?);
    if call.stream {
        body.insert("stream".to_owned(), Value::Bool(true));
    }
    params::merge_extra_body(target, &mut body);
    let betas = anthropic::needed_betas(&body);
    let mut request =
        send(target, place.messages()?, Body::Json(Value::Object(body)), Key::Header(KEY_HEADER))?;
    anthropic::add_headers(&mut request.headers, &request.auth, &betas);
    if let AuthPlan::Header { key, .. } = &request.auth {
        let mut value = HeaderValue::from_str(key.expose()).map_err(|_| BuildError::BadParam {
            key: "api_key".to_owned(),
            problem: "contains characters that can't be sent in a header".to_owned(),
        })?;
        value.set_sensitive(true);
        request.headers.entry(CLAUDE_KEY_HEADER).or_insert(value);
    }
    Ok(WireRequest { left_out, ..request })
}

/// Puts a `POST` together: the user's headers and the credential.
fn send(target: &Target<'_>, url: Url, body: Body, key: Key) -> Result<WireRequest, BuildError> {
    let mut request = WireRequest { body, ..WireRequest::new(Method::POST, url) };
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = Credential::of(target)?.plan(matches!(key, Key::Bearer));
    if let (AuthPlan::Header { name, .. }, Key::Header(header)) = (&mut request.auth, key) {
        *name = header;
    }
    Ok(request)
}
