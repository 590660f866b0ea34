//! Predibase: Hugging Face's text generation server behind the tenant's own path.

use serde::Deserialize;
use serde_json::json;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, prompt, url as urls,
};

/// The adapter of `predibase`.
pub(super) struct Predibase;

/// The server's names for OpenAI's parameters.
const NAMES: &[(&str, &str)] = &[
    ("max_tokens", "max_new_tokens"),
    ("max_completion_tokens", "max_new_tokens"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("stop", "stop"),
    ("n", "best_of"),
    ("response_format", "response_format"),
];

/// The server waits for ever without a limit.
const DEFAULT_MAX_TOKENS: u32 = 4096;

/// The keys that name the tenant, and the variable.
const TENANT_PARAMS: [&str; 2] = ["predibase_tenant_id", "tenant_id"];
const TENANT_ENV: &str = "PREDIBASE_TENANT_ID";

impl Adapter for Predibase {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut request = params::wire_params(target, call);
        let inputs = prompt::for_name(target.model, prompt::messages(&request)?);
        for key in TENANT_PARAMS.into_iter().chain(["messages"]) {
            request.shift_remove(key);
        }
        let mut parameters = params::options(target, request, NAMES, &mut left_out);
        parameters.entry("max_new_tokens").or_insert_with(|| json!(DEFAULT_MAX_TOKENS));
        // The server wants both above zero.
        for (name, least) in [("temperature", json!(0.01)), ("max_new_tokens", json!(1))] {
            if let Some(value) = parameters.get_mut(name)
                && value.as_f64() == Some(0.0)
            {
                *value = least;
            }
        }
        if parameters.contains_key("best_of") {
            parameters.insert("do_sample".to_owned(), json!(true));
        }
        if let Some(stop) = parameters.get_mut("stop") {
            *stop = params::list(stop.take());
        }
        parameters.entry("details").or_insert_with(|| json!(true));
        parameters.entry("return_full_text").or_insert_with(|| json!(false));
        params::merge_extra_body(target, &mut parameters);
        let body = json!({"inputs": inputs, "parameters": parameters});
        let path = [
            &*urls::segment(tenant(target)?),
            "/deployments/v2/llms/",
            &urls::segment(target.model),
            "/generate",
        ]
        .concat();
        let url = urls::join(urls::base(target)?, &path)?;
        openai::finish(target, Mode::Chat, url, Body::Json(body), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            generated_text: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        match answer.generated_text {
            Kind::Text(_) => Ok(()),
            _ => Err(ShapeError::Missing("generated_text")),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn tenant<'a>(target: &Target<'a>) -> Result<&'a str, BuildError> {
    let [own, general] = TENANT_PARAMS;
    let params = &target.deployment.params;
    params
        .str(own)
        .or_else(|| params.str(general))
        .or_else(|| target.env.get(TENANT_ENV))
        .ok_or(BuildError::MissingParam { key: own })
}
