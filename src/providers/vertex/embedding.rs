//! Embeddings: one request format for each generation of Google's models.

use serde_json::{Map, Value, json};

use crate::domain::{Call, WireRequest};
use crate::providers::{BuildError, Target, params};

use super::family::is_id;
use super::{Place, google_model, post, verb_url};

/// Parameters under the names that Google has for them.
const NAMES: &[(&str, &str)] = &[("dimensions", "outputDimensionality"), ("auto_truncate", "autoTruncate")];

/// A request for the embedding of a text.
pub(super) fn build(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let mut request = params::wire_params(target, call);
    let input = request.shift_remove("input").unwrap_or_default();
    let texts = if let Value::Array(texts) = input { texts } else { vec![input] };
    let parameters = parameters(request);
    let model = target.model.strip_prefix("bge/").unwrap_or(target.model);
    let (resource, field) = if is_id(model) {
        (format!("endpoints/{model}"), if model == target.model { "inputs" } else { "prompt" })
    } else if model.contains("bge") {
        (google_model(model), "prompt")
    } else {
        (google_model(model), "content")
    };
    if model.contains("multimodalembedding") {
        let body = multimodal(&texts, &parameters);
        return post(target, verb_url(target, place, "v1", &resource, "predict")?, body, Vec::new());
    }
    if model.starts_with("gemini-embedding-2") {
        let body = content(&texts, parameters);
        return post(target, verb_url(target, place, "v1", &resource, "embedContent")?, body, Vec::new());
    }
    // An endpoint of one's own has no tasks.
    let task = parameters.get("task_type").filter(|_| field != "inputs");
    let instances: Vec<Value> = texts
        .iter()
        .map(|text| {
            let mut instance = Map::from_iter([(field.to_owned(), text.clone())]);
            if let Some(task) = task {
                instance.insert("task_type".to_owned(), task.clone());
            }
            if let Some(title) = parameters.get("title") {
                instance.insert("title".to_owned(), title.clone());
            }
            Value::Object(instance)
        })
        .collect();
    let body = Map::from_iter([
        ("instances".to_owned(), Value::Array(instances)),
        ("parameters".to_owned(), Value::Object(parameters)),
    ]);
    post(target, verb_url(target, place, "v1", &resource, "predict")?, body, Vec::new())
}

/// Everything but the text, under Google's names.
fn parameters(request: Map<String, Value>) -> Map<String, Value> {
    let google =
        |key: String| NAMES.iter().find(|(name, _)| *name == key).map_or(key, |(_, name)| (*name).to_owned());
    let meaningless = |key: &str| matches!(key, "encoding_format" | "user");
    request
        .into_iter()
        .filter(|(key, value)| !value.is_null() && !meaningless(key))
        .map(|(key, value)| (google(key), value))
        .collect()
}

/// The body of `multimodalembedding`.
fn multimodal(texts: &[Value], parameters: &Map<String, Value>) -> Map<String, Value> {
    let instances: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
    let mut body = Map::from_iter([("instances".to_owned(), Value::Array(instances))]);
    if let Some(dimension) = parameters.get("outputDimensionality") {
        body.insert("parameters".to_owned(), json!({"dimension": dimension}));
    }
    body
}

/// The body of `embedContent`, which takes one text.
fn content(texts: &[Value], mut parameters: Map<String, Value>) -> Map<String, Value> {
    let parts: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
    let mut body = Map::from_iter([("content".to_owned(), json!({"parts": parts}))]);
    if let Some(task) = parameters.shift_remove("task_type") {
        parameters.insert("taskType".to_owned(), task);
    }
    body.append(&mut parameters);
    body
}
