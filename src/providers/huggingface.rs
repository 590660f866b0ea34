//! Hugging Face: a router in front of other providers, its own inference, and endpoints that people rent.
//!
//! `together/meta-llama/Llama-3.3-70B-Instruct` is a model at a provider behind the router. How that provider calls
//! the model is looked up at the Hub before the model is asked.

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

/// The adapter of `huggingface`.
pub(super) struct HuggingFace;

const ROUTER: &str = "https://router.huggingface.co";
const HUB: &str = "https://huggingface.co";
const RERANK_BASE: &str = "https://api-inference.huggingface.co";

const CHAT: &str = "v1/chat/completions";

/// The provider that is Hugging Face itself.
const OWN: &str = "hf-inference";

/// Parameters of embeddings that go into an object of their own.
const OPTIONS: &[&str] = &["use_cache", "use_gpu", "wait_for_model"];
const PARAMETERS: &[&str] =
    &["max_length", "max_time", "min_length", "repetition_penalty", "temperature", "top_k", "top_p"];

impl Adapter for HuggingFace {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        match call.mode {
            Mode::Embedding => embed(target, call),
            Mode::Rerank => rerank(target, call),
            _ => chat(target, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let base = urls::configured_base(target).unwrap_or(ROUTER);
        let mut request = WireRequest::new(Method::GET, urls::join(base, "v1/models")?);
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = keys::auth_plan(target)?;
        Ok(request)
    }

    fn aim(&self, mut request: WireRequest, found: &WireResponse) -> Result<WireRequest, ShapeError> {
        let facts: Value = answer::read(found)?;
        let provider = request.url.path_segments().and_then(|mut path| path.next()).unwrap_or_default();
        let Some(name) = name_at(provider, &facts["inferenceProviderMapping"]) else {
            return Err(ShapeError::Error(format!("`{provider}` does not serve this model")));
        };
        if let Body::Json(Value::Object(body)) = &mut request.body {
            body.insert("model".to_owned(), json!(name));
        }
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            similarities: Kind,
            embeddings: Kind,
        }
        if !matches!(call.mode, Mode::Embedding | Mode::Rerank) {
            return openai::verify(Mode::Chat, response);
        }
        match (call.mode, answer::read(response)?) {
            (Mode::Rerank, Kind::List(true)) | (Mode::Embedding, Kind::List(_)) => return Ok(()),
            (Mode::Embedding, Kind::Object(_)) => {}
            _ => return Err(ShapeError::NotJson(answer::what_it_is(response))),
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        match (answer.similarities, answer.embeddings) {
            (Kind::List(_), _) | (_, Kind::List(true)) => Ok(()),
            _ => Err(ShapeError::Missing("embeddings")),
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

fn chat(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut body = openai::json_body(target, call, &mut left_out);
    let post = |body: Map<String, Value>, url| {
        openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    };
    if let Some(base) = urls::configured_base(target).or(address_in(target.model)) {
        return post(body, endpoint(base)?);
    }
    let Some((provider, model)) = target.model.split_once('/').filter(|(_, model)| model.contains('/'))
    else {
        return post(body, urls::join(ROUTER, CHAT)?);
    };
    if !provider.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(BuildError::BadParam {
            key: "model".to_owned(),
            problem: format!("names a provider that can't be, `{provider}`"),
        });
    }
    body.insert("model".to_owned(), json!(model));
    let mut request = post(body, urls::join(ROUTER, &route(provider, model))?)?;
    let mut hub = urls::join(HUB, &["api/models/", &urls::segments(model)].concat())?;
    hub.set_query(Some("expand=inferenceProviderMapping"));
    let look_up = WireRequest { auth: request.auth.clone(), ..WireRequest::new(Method::GET, hub) };
    request.look_up = Some(Box::new(look_up));
    Ok(request)
}

/// The URL of chat on an endpoint of one's own, however much of it is written.
fn endpoint(base: &str) -> Result<Url, BuildError> {
    let whole = base.split('?').next().unwrap_or_default().trim_end_matches('/');
    if whole.ends_with("/chat/completions") { urls::join(base, "") } else { urls::join(base, CHAT) }
}

/// Where a provider's chat is behind the router.
fn route(provider: &str, model: &str) -> String {
    let path = match provider {
        OWN => ["models/", &urls::segments(model), "/", CHAT].concat(),
        "novita" => "v3/openai/chat/completions".to_owned(),
        "fireworks-ai" => "inference/v1/chat/completions".to_owned(),
        _ => CHAT.to_owned(),
    };
    [provider, "/", &path].concat()
}

/// How a provider calls a model. The Hub tells it as an object of providers, or as a list of them.
fn name_at<'a>(provider: &str, mapping: &'a Value) -> Option<&'a str> {
    let entry = match mapping {
        Value::Array(entries) => entries.iter().find(|entry| entry["provider"] == provider)?,
        _ => mapping.get(provider)?,
    };
    entry["providerId"].as_str()
}

/// A model may be written as the URL of its endpoint.
fn address_in(model: &str) -> Option<&str> {
    (model.starts_with("https://") || model.starts_with("http://")).then_some(model)
}

fn embed(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut request = params::wire_params(target, call);
    let texts = params::list(request.shift_remove("input").unwrap_or_default());
    let task = match request.shift_remove("input_type") {
        Some(Value::String(task)) => task,
        _ if target.model.contains("sentence-transformers") => "sentence-similarity".to_owned(),
        _ => "feature-extraction".to_owned(),
    };
    let mut body = Map::from_iter([("inputs".to_owned(), inputs(&task, texts))]);
    for (key, value) in request {
        let group = match key.as_str() {
            key if OPTIONS.contains(&key) => "options",
            key if PARAMETERS.contains(&key) => "parameters",
            _ => {
                body.insert(key, value);
                continue;
            }
        };
        if let Value::Object(group) = body.entry(group).or_insert_with(|| json!({})) {
            group.insert(key, value);
        }
    }
    params::merge_extra_body(target, &mut body);
    let url = if let Some(whole) = address_in(target.model).or(urls::configured_base(target)) {
        urls::parse(whole.to_owned())?
    } else {
        let path = [OWN, "/pipeline/", &urls::segment(&task), "/", &urls::segments(target.model)].concat();
        urls::join(ROUTER, &path)?
    };
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), Vec::new())
}

/// Texts in the form that a task takes them: the first may be compared with the rest.
fn inputs(task: &str, texts: Value) -> Value {
    let (first, rest) = match &texts {
        Value::Array(texts) => texts.split_first().unwrap_or((&Value::Null, &[])),
        _ => (&Value::Null, &[][..]),
    };
    match task {
        "sentence-similarity" | "similarity" => json!({"source_sentence": first, "sentences": rest}),
        "rerank" => json!({"query": first, "texts": rest}),
        _ => texts,
    }
}

fn rerank(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut body = params::wire_params(target, call);
    for (openai, own) in [("documents", "texts"), ("return_documents", "return_text")] {
        if let Some(value) = body.shift_remove(openai) {
            body.insert(own.to_owned(), value);
        }
    }
    for (name, value) in
        [("raw_scores", json!(false)), ("truncate", json!(false)), ("truncation_direction", json!("Right"))]
    {
        body.entry(name).or_insert(value);
    }
    params::merge_extra_body(target, &mut body);
    let url = urls::join(urls::configured_base(target).unwrap_or(RERANK_BASE), "rerank")?;
    openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_of_ones_own_may_be_written_at_any_length() {
        for base in ["https://h", "https://h/", "https://h/v1", "https://h/v1/chat/completions"] {
            assert_eq!(endpoint(base).unwrap().as_str(), "https://h/v1/chat/completions", "{base}");
        }
        assert_eq!(endpoint("https://h/x/chat/completions/").unwrap().path(), "/x/chat/completions");
    }

    #[test]
    fn the_hub_tells_names_as_an_object_or_as_a_list() {
        let object = json!({"together": {"status": "live", "providerId": "x"}});
        let list =
            json!([{"provider": "groq", "providerId": "y"}, {"provider": "together", "providerId": "x"}]);
        for mapping in [object, list] {
            assert_eq!(name_at("together", &mapping), Some("x"));
            assert_eq!(name_at("cohere", &mapping), None);
        }
    }

    #[test]
    fn routes_are_the_providers_own() {
        assert_eq!(route("together", "a/b"), "together/v1/chat/completions");
        assert_eq!(route("novita", "a/b"), "novita/v3/openai/chat/completions");
        assert_eq!(route(OWN, "a/b"), "hf-inference/models/a/b/v1/chat/completions");
    }
}
