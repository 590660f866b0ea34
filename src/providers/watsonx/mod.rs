//! IBM watsonx.ai: chat in OpenAI's format at IBM's addresses; text generation, embeddings and rerank in
//! IBM's own.
//!
//! A model is asked in a project or a space; a deployment of one has an address of its own and needs neither.

mod answers;
mod auth;
mod generation;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, Part, PartContent, WireRequest, WireResponse};

use super::answer::{self, Kind};
use super::chat::Answers;
use super::openai::{self, upload};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, params, url as urls};

/// The adapter of `watsonx`.
pub(super) struct Watsonx;

/// The adapter of `watsonx_text`: the older text generation, for models without chat.
pub(super) struct WatsonxText;

/// The version of the API, as the day it came.
const VERSION: &str = "2024-03-13";

/// What stands before the id of a deployment.
const DEPLOYMENT: &str = "deployment/";

/// Settings that name a place or a credential and are no parameters of a model.
const SETTINGS: [&str; 7] =
    ["apikey", "password", "project_id", "space_id", "token", "username", "zen_api_key"];

const PROJECT_VARIABLES: [&str; 3] = ["WATSONX_PROJECT_ID", "WX_PROJECT_ID", "PROJECT_ID"];
const SPACE_VARIABLES: [&str; 4] =
    ["WATSONX_DEPLOYMENT_SPACE_ID", "WATSONX_SPACE_ID", "WX_SPACE_ID", "SPACE_ID"];

impl Adapter for Watsonx {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let (path, body) = match call.mode {
            Mode::Embedding => ("text/embeddings", embedding(target, call)),
            Mode::Rerank => ("text/rerank", rerank(target, call)),
            Mode::AudioTranscription => ("audio/transcriptions", transcription(target, call, &mut left_out)),
            _ if call.stream => ("text/chat_stream", chat(target, call, &mut left_out)),
            _ => ("text/chat", chat(target, call, &mut left_out)),
        };
        send(target, path, body, left_out)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        list_models(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        match call.mode {
            Mode::Embedding | Mode::Rerank => verify_results(response),
            mode => openai::verify(mode, response),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => openai::answers(target, call),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

impl Adapter for WatsonxText {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let body = generation::body(target, call, &mut left_out)?;
        send(target, if call.stream { "text/generation_stream" } else { "text/generation" }, body, left_out)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        list_models(target)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        verify_results(response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(answers::Generated)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The foundation models of the region, which is public: it proves the address, not the key.
fn list_models(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let request = WireRequest::new(Method::GET, address(target, "ml/v1/foundation_model_specs")?);
    Ok(WireRequest { auth: auth::plan(target)?, ..request })
}

fn verify_results(response: &WireResponse) -> Result<(), ShapeError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Answer {
        errors: Kind,
        error: Kind,
        results: Kind,
    }
    let answer: Answer = answer::read(response)?;
    answer::refuse_error(answer.error, response)?;
    answer::refuse_error(answer.errors, response)?;
    if answer.results == Kind::List(true) { Ok(()) } else { Err(ShapeError::Missing("results")) }
}

fn send(
    target: &Target<'_>,
    path: &str,
    body: Body,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let path = match target.model.strip_prefix(DEPLOYMENT) {
        Some(id) => format!("ml/v1/deployments/{}/{path}", urls::segment(id)),
        None => ["ml/v1/", path].concat(),
    };
    let mut request =
        WireRequest { body, left_out, ..WireRequest::new(Method::POST, address(target, &path)?) };
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = auth::plan(target)?;
    Ok(request)
}

fn address(target: &Target<'_>, path: &str) -> Result<Url, BuildError> {
    let mut url = urls::join(urls::base(target)?, path)?;
    url.query_pairs_mut().append_pair("version", VERSION);
    Ok(url)
}

/// The model and where it runs; nothing for a deployment, whose address says it all.
fn place(target: &Target<'_>) -> Map<String, Value> {
    if target.model.starts_with(DEPLOYMENT) {
        return Map::new();
    }
    let mut place = Map::from_iter([("model_id".to_owned(), json!(target.model))]);
    if let Some(project) = params::own_or_env(target, "project_id", &PROJECT_VARIABLES) {
        place.insert("project_id".to_owned(), json!(project));
    } else if let Some(space) = params::own_or_env(target, "space_id", &SPACE_VARIABLES) {
        place.insert("space_id".to_owned(), json!(space));
    }
    place
}

/// OpenAI's body, and IBM's names beside OpenAI's.
fn chat(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Body {
    let mut body = openai::json_body(target, call, left_out);
    body.retain(|name, _| !SETTINGS.contains(&name.as_str()));
    if target.model.starts_with(DEPLOYMENT) {
        // A deployment's model is nobody's choice, and the field is not left out either.
        body.insert("model".to_owned(), json!(""));
    }
    adapt_tools(&mut body);
    body.extend(place(target));
    body.entry("stream").or_insert(json!(false));
    Body::Json(Value::Object(body))
}

/// A choice of tools by a word has a field of its own; what schemas forbid is not understood.
fn adapt_tools(body: &mut Map<String, Value>) {
    if body.get("tool_choice").is_some_and(Value::is_string)
        && let Some(choice) = body.shift_remove("tool_choice")
    {
        body.insert("tool_choice_option".to_owned(), choice);
    }
    if let Some(tools) = body.get_mut("tools") {
        without_strictness(tools);
    }
}

fn without_strictness(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // What else there may be is understood.
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.shift_remove("additionalProperties");
            }
            fields.shift_remove("strict");
            fields.values_mut().for_each(without_strictness);
        }
        Value::Array(items) => items.iter_mut().for_each(without_strictness),
        _ => {}
    }
}

/// What a request says besides the named fields.
fn parameters(target: &Target<'_>, call: &Call, named: &[&str]) -> Map<String, Value> {
    let mut parameters = params::wire_params(target, call);
    parameters.retain(|name, _| !SETTINGS.contains(&name.as_str()) && !named.contains(&name.as_str()));
    parameters
}

fn with_place(target: &Target<'_>, body: Value) -> Body {
    let Value::Object(mut body) = body else {
        return Body::Json(body);
    };
    body.extend(place(target));
    params::merge_extra_body(target, &mut body);
    Body::Json(Value::Object(body))
}

fn embedding(target: &Target<'_>, call: &Call) -> Body {
    let parameters = parameters(target, call, &["input", "encoding_format"]);
    with_place(target, json!({"inputs": call.payload.get("input"), "parameters": parameters}))
}

fn rerank(target: &Target<'_>, call: &Call) -> Body {
    let documents = call.payload.get("documents").and_then(Value::as_array);
    let inputs: Vec<Value> = documents
        .into_iter()
        .flatten()
        .map(|document| if document.is_object() { document.clone() } else { json!({"text": document}) })
        .collect();
    let mut body = json!({"query": call.payload.get("query"), "inputs": inputs});
    let parameters = parameters(target, call, &["query", "documents"]);
    if !parameters.is_empty() {
        body["parameters"] = Value::Object(parameters);
    }
    with_place(target, body)
}

fn transcription(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Body {
    let mut parts = upload::parts(target, call, left_out);
    parts.retain(|part| !SETTINGS.contains(&part.name.as_str()));
    for (name, value) in place(target) {
        if let (Value::String(text), true) = (value, name != "model_id") {
            parts.push(Part { name, content: PartContent::Text(text) });
        }
    }
    Body::Multipart(parts)
}
