//! Gemini: the format of Google's own models, and the Gemini API of Google AI Studio.
//!
//! Declared reuse points for Vertex AI: [`to_generate_content`] and what its URL needs, [`unknown_to_vertex`],
//! [`answers`], the bodies of [`media`], and [`verify`].

mod answers;
mod contents;
mod generate;
mod generation;
pub(crate) mod media;
mod schema;
mod shape;
mod source;
mod thinking;
mod tools;

use http::{HeaderValue, Method};
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, openai, params, url as urls,
};

pub(crate) use answers::answers;
pub(crate) use generate::{Service, to_generate_content};
pub(crate) use shape::verify;
pub(crate) use source::unknown_to_vertex;

use generation::Generation;

/// The adapter of `gemini`.
pub(super) struct Gemini;

/// Where the Gemini API is.
pub(super) const ADDRESS: &str = "https://generativelanguage.googleapis.com";

/// The version of the API that everything but Gemini 3 is asked in.
const VERSION: &str = "v1beta";

/// The version of the Interactions API.
const INTERACTIONS_REVISION: &str = "2026-05-20";

impl Adapter for Gemini {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        match call.mode {
            Mode::Embedding => embed(target, call),
            Mode::AudioSpeech => speak(target, call),
            Mode::AudioTranscription => transcribe(target),
            Mode::ImageGeneration => draw(target, call),
            Mode::ImageEdit => edit(target, call),
            Mode::VideoGeneration => film(target, call),
            _ => chat(target, &params::wire_params(target, call), call.stream, Base::Any),
        }
    }

    fn wants(&self, _target: &Target<'_>, call: &Call) -> Vec<String> {
        source::unknown_to_studio(call)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let url = urls::join(&versioned_base(target, VERSION)?, "models")?;
        finish(target, WireRequest::new(Method::GET, url))
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        verify(call, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        answer::says_output_limit(response) || call.mode == Mode::ImageEdit && openai::moderated(response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The verb of a model that answers a conversation.
pub(crate) fn generate_verb(stream: bool) -> &'static str {
    if stream { "streamGenerateContent" } else { "generateContent" }
}

/// Asks for server-sent events; without that a stream is one JSON array, a piece at a time.
pub(crate) fn ask_for_events(url: &mut Url) {
    url.query_pairs_mut().append_pair("alt", "sse");
}

/// Whose address a request goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    /// The deployment's, if it has one.
    Any,
    /// Google's, where LiteLLM's own traffic goes whatever the deployment says.
    Google,
}

fn chat(
    target: &Target<'_>,
    request: &Map<String, Value>,
    stream: bool,
    base: Base,
) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = to_generate_content(target, Service::AiStudio, request, &mut left_out)?;
    params::merge_extra_body(target, &mut body);
    let version = if Generation::of(target.model).is_third() { "v1alpha" } else { VERSION };
    let verb = generate_verb(stream);
    let mut url = match base {
        Base::Any => model_url(target, version, verb)?,
        Base::Google => urls::join(ADDRESS, &model_path(target, version, verb))?,
    };
    if stream {
        ask_for_events(&mut url);
    }
    post(target, url, body, left_out)
}

fn embed(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut request = params::wire_params(target, call);
    let input = request.shift_remove("input").unwrap_or_default();
    let texts = if let Value::Array(texts) = input { texts } else { vec![input] };
    let mut shared = Map::new();
    for (key, value) in request {
        match key.as_str() {
            "dimensions" | "outputDimensionality" => {
                shared.insert("outputDimensionality".to_owned(), value);
            }
            "task_type" | "taskType" | "title" => {
                shared.insert(key, value);
            }
            _ => params::report(target, &key, &mut left_out),
        }
    }
    let requests = texts.iter().map(|text| {
        let mut one = Map::from_iter([
            ("model".to_owned(), json!(format!("models/{}", target.model))),
            ("content".to_owned(), json!({"parts": [{"text": text}]})),
        ]);
        one.extend(shared.clone());
        Value::Object(one)
    });
    let body = Map::from_iter([("requests".to_owned(), requests.collect())]);
    post(target, model_url(target, VERSION, "batchEmbedContents")?, body, left_out)
}

fn speak(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    chat(target, &media::speech_as_chat(target, call), false, Base::Google)
}

fn transcribe(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let sound = json!({"type": "audio", "data": media::audio(), "mime_type": "audio/wav"});
    let body =
        Map::from_iter([("model".to_owned(), json!(target.model)), ("input".to_owned(), json!([sound]))]);
    let url = urls::join(urls::base(target)?, &format!("{VERSION}/interactions"))?;
    let mut request = post(target, url, body, Vec::new())?;
    request.headers.insert("api-revision", HeaderValue::from_static(INTERACTIONS_REVISION));
    Ok(request)
}

fn draw(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    if target.model.contains("imagen") {
        let mut left_out = Vec::new();
        let parameters = media::imagen_parameters(target, call, &mut left_out);
        let instances = json!([{"prompt": media::prompt(call)}]);
        let body = Map::from_iter([
            ("instances".to_owned(), instances),
            ("parameters".to_owned(), Value::Object(parameters)),
        ]);
        return post(target, model_url(target, VERSION, "predict")?, body, left_out);
    }
    draw_with(target, call, &json!([{"text": media::prompt(call)}]))
}

fn edit(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    draw_with(target, call, &media::edit_parts(call))
}

fn draw_with(target: &Target<'_>, call: &Call, parts: &Value) -> Result<WireRequest, BuildError> {
    let modalities = ("response_modalities", json!(["IMAGE", "TEXT"]));
    let config = media::drawing_config(target, call, modalities);
    let body = Map::from_iter([
        ("contents".to_owned(), json!([{"parts": parts}])),
        ("generationConfig".to_owned(), Value::Object(config)),
    ]);
    post(target, model_url(target, VERSION, "generateContent")?, body, Vec::new())
}

fn film(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = media::veo(target, call, &mut left_out);
    body.entry("parameters").or_insert_with(|| json!({}));
    let path = model_path(target, VERSION, "predictLongRunning");
    post(target, urls::join(urls::base(target)?, &path)?, body, left_out)
}

/// `…/models/{model}:{verb}`. A base that is configured has its version in it.
fn model_url(target: &Target<'_>, version: &str, verb: &str) -> Result<Url, BuildError> {
    let base = versioned_base(target, version)?;
    urls::join(&base, &format!("models/{}:{verb}", urls::segments(target.model)))
}

fn model_path(target: &Target<'_>, version: &str, verb: &str) -> String {
    format!("{version}/models/{}:{verb}", urls::segments(target.model))
}

fn versioned_base(target: &Target<'_>, version: &str) -> Result<String, BuildError> {
    let base = urls::base(target)?;
    let own = base.trim_end_matches('/') == ADDRESS;
    Ok(if own { format!("{ADDRESS}/{version}") } else { base.to_owned() })
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
    request.auth = keys::auth_plan(target)?;
    Ok(request)
}
