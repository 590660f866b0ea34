//! Replicate: a prediction is made of a text, and asked after until it is there.

use std::borrow::Cow;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::message::{self, Usage};
use super::chat::{Answers, TranslateError, Translator, history};
use super::{
    Adapter, BuildError, FollowUp, ShapeError, Step, Target, UpstreamFailure, answer, openai, params, prompt,
    url as urls,
};

/// The adapter of `replicate`.
pub(super) struct Replicate;

/// Where it is, whatever base is configured.
const BASE: &str = "https://api.replicate.com/v1";

/// Most models' names for OpenAI's parameters.
const NAMES: &[(&str, &str)] = &[
    ("max_tokens", "max_new_tokens"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("stop", "stop_sequences"),
];

/// The length of a version's id.
const VERSION_LENGTH: usize = 64;

impl Adapter for Replicate {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        if urls::deployment_base(target).is_some() {
            left_out.push("api_base".to_owned());
        }
        let mut request = params::wire_params(target, call);
        let messages = prompt::messages(&request)?;
        history::refuse_all_but_text(target, messages, &mut left_out);
        let text = prompt::for_name(target.model, messages);
        request.shift_remove("messages");
        let mut input = params::options(target, request, NAMES, &mut left_out);
        if let Some(limit) = input.shift_remove("max_new_tokens") {
            input.insert(limit_name(target.model).to_owned(), limit);
        }
        input.insert("prompt".to_owned(), json!(text));
        let mut body = Map::from_iter([("input".to_owned(), Value::Object(input))]);
        let url = match version(target.model) {
            Some(version) => {
                body.insert("version".to_owned(), json!(version));
                urls::join(BASE, "predictions")?
            }
            None => endpoint(target.model)?,
        };
        params::merge_extra_body(target, &mut body);
        openai::finish(target, Mode::Chat, url, Body::Json(Value::Object(body)), left_out)
    }

    fn follow_up(&self, step: &Step<'_>) -> Option<FollowUp> {
        #[derive(Deserialize)]
        struct Prediction<'a> {
            status: &'a str,
            #[serde(borrow)]
            urls: Urls<'a>,
        }
        #[derive(Deserialize)]
        struct Urls<'a> {
            #[serde(borrow)]
            get: Cow<'a, str>,
        }
        let prediction: Prediction<'_> = answer::read(step.response).ok()?;
        if !matches!(prediction.status, "starting" | "processing") {
            return None;
        }
        let url = Url::parse(&prediction.urls.get).ok()?;
        // The key goes with the question, so it goes to nobody else.
        if url.origin() != step.request.url.origin() {
            return None;
        }
        let request = WireRequest { auth: step.request.auth.clone(), ..WireRequest::new(Method::GET, url) };
        Some(FollowUp::poll(request))
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            status: String,
            output: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        match (answer.status.as_str(), answer.output) {
            ("succeeded", Kind::Text(_) | Kind::List(_) | Kind::Object(_)) => Ok(()),
            ("failed" | "canceled" | "aborted", _) => {
                Err(ShapeError::Error(format!("the prediction is {}", answer.status)))
            }
            _ => Err(ShapeError::Missing("output")),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(Prediction)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Reads predictions. They are polled, so their text comes at once.
struct Prediction;

impl Translator for Prediction {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            id: Value,
            status: String,
            output: Value,
            metrics: Metrics,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Metrics {
            input_token_count: Option<u64>,
            output_token_count: Option<u64>,
        }
        let answer: Answer = answer::read(response)?;
        if answer.status != "succeeded" {
            return Err(TranslateError::told(None, &response.body));
        }
        let text = match &answer.output {
            Value::String(text) => text.clone(),
            Value::Array(pieces) => pieces.iter().filter_map(Value::as_str).collect(),
            Value::Null => return Err(ShapeError::Missing("output").into()),
            other => other.to_string(),
        };
        let usage = answer.metrics.input_token_count.zip(answer.metrics.output_token_count);
        let usage = usage.map(|(prompt, completion)| Usage { prompt, completion, ..Usage::default() });
        let mut completion = message::of_text(&text, "stop", usage.as_ref());
        completion["id"] = answer.id;
        Ok(completion)
    }
}

/// The endpoint of a deployment or of an official model.
fn endpoint(model: &str) -> Result<Url, BuildError> {
    let path = match model.strip_prefix("deployments/") {
        Some(deployment) => ["deployments/", &urls::segments(deployment), "/predictions"].concat(),
        None => ["models/", &urls::segments(model), "/predictions"].concat(),
    };
    urls::join(BASE, &path)
}

/// The version that a model is pinned to: `owner/name:version`, or the version alone.
fn version(model: &str) -> Option<&str> {
    let version = model.rsplit_once(':').map_or(model, |(_, version)| version);
    let is_version = version.len() == VERSION_LENGTH && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_version.then_some(version)
}

/// How a model calls the limit on its tokens.
fn limit_name(model: &str) -> &'static str {
    if model.contains("vicuna") || model.contains("flan") {
        "max_length"
    } else if model.contains("meta/codellama-13b") {
        "max_tokens"
    } else {
        "max_new_tokens"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_names() {
        let hash = "02e509c789964a7ea8736978a43525956ef40397be9033abf9fd2badfe68c9e3";
        assert_eq!(version(&format!("owner/name:{hash}")), Some(hash));
        assert_eq!(version(hash), Some(hash));
        assert_eq!(version("owner/name"), None);
        assert_eq!(version("owner/name:latest"), None);
    }
}
