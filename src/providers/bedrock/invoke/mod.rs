//! The bodies of `InvokeModel`, each in the words of the model's vendor.

mod answer;
mod cohere;
mod completion;
mod prompt;

use serde_json::{Map, Value, json};

use crate::domain::Body;
use crate::providers::anthropic::{Dialect, STRUCTURED_OUTPUTS, needed_betas, to_messages};
use crate::providers::{BuildError, Target};

pub(super) use answer::answers;

use super::converse::{self, known_betas};
use super::list;
use super::model::Family;

/// The version of the Messages API that Bedrock speaks.
const ANTHROPIC_VERSION: &str = "bedrock-2023-05-31";

/// Translates a chat request for a family. The target's model is the id.
pub(super) fn body(
    target: &Target<'_>,
    family: Family,
    asked_for: bool,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Value, BuildError> {
    match family {
        Family::Claude => claude(target, request, left_out),
        Family::Nova => converse::body(target, request, left_out),
        Family::OpenAi => Ok(openai(target, request)),
        // By `invoke/`, LiteLLM asks even these as it asks Cohere's models of old.
        Family::Cohere if cohere::is_chat(target.model) && !asked_for => {
            cohere::body(target, request, left_out)
        }
        _ => completion::body(target, family, request, left_out),
    }
}

/// The Messages API, with its version in the body and the model in the path.
fn claude(
    target: &Target<'_>,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Value, BuildError> {
    let mut body = to_messages(target, request, Dialect::BEDROCK, left_out)?;
    body.insert("anthropic_version".to_owned(), json!(ANTHROPIC_VERSION));
    let mut betas = known_betas(target);
    betas.extend(needed_betas(&body));
    if body.get("output_config").is_some_and(|config| config.get("format").is_some()) {
        betas.push(STRUCTURED_OUTPUTS);
    }
    if !betas.is_empty() {
        body.insert("anthropic_beta".to_owned(), json!(betas));
    }
    Ok(Value::Object(body))
}

/// Whether the answer has to follow a schema that Claude is told.
pub(super) fn has_schema(body: &Body) -> bool {
    matches!(body, Body::Json(body) if body.pointer("/output_config/format").is_some())
}

/// The Messages API as Anthropic itself speaks it.
pub(super) fn messages_body(
    target: &Target<'_>,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Value, BuildError> {
    let mut body = to_messages(target, request, Dialect::MANTLE, left_out)?;
    body.insert("model".to_owned(), json!(target.model));
    Ok(Value::Object(body))
}

/// OpenAI's own body, `model` included.
fn openai(target: &Target<'_>, request: &Map<String, Value>) -> Value {
    let mut body = request.clone();
    body.insert("model".to_owned(), json!(target.model));
    Value::Object(body)
}
