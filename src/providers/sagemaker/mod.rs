//! Amazon SageMaker: endpoints that people run themselves.
//!
//! What an endpoint takes depends on its container: that of Hugging Face continues a text (`sagemaker`), newer
//! ones speak OpenAI's chat format (`sagemaker_chat`), and so does Nova, without `model` (`sagemaker_nova`).

mod answers;

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::aws::{self, EnvOrder, dns_suffix};
use super::chat::{Answers, Translator};
use super::openai::Accent;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, url as urls};

use answers::{Continuation, InParts};

/// The adapter of containers that continue a text.
pub(super) struct SageMaker;

/// The adapter of containers that speak OpenAI's chat format.
pub(super) struct SageMakerChat {
    /// Whether the body names the model.
    pub(super) names_model: bool,
}

/// Which of the models behind an endpoint is meant.
const COMPONENT: HeaderName = HeaderName::from_static("x-amzn-sagemaker-inference-component");

/// JumpStart's Llama answers only to those who accept its licence.
const ATTRIBUTES: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-amzn-sagemaker-custom-attributes"),
    HeaderValue::from_static("accept_eula=true"),
);

impl Adapter for SageMaker {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = request(target, call);
        let mut left_out = Vec::new();
        let mut headers = HeaderMap::new();
        add_component(target, &mut headers)?;
        let body = if call.mode == Mode::Embedding {
            headers.insert(ATTRIBUTES.0, ATTRIBUTES.1);
            embedding(target.model, request)
        } else {
            if let Some(extra) = target.deployment.params.get("extra_body") {
                request.insert("extra_body".to_owned(), extra.clone());
            }
            let mut body = completion(target, request, &mut left_out);
            if call.stream {
                body["stream"] = json!(true);
            }
            body
        };
        let address = address(target, call.stream, EnvOrder::AwsFirst)?;
        post(target, address, headers, body, left_out)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let body: Value = answer::read(response)?;
        let first = body.get(0).unwrap_or(&body);
        if let Some(error) =
            first.get("error").or_else(|| first.get("__type")).filter(|error| !error.is_null())
        {
            return Err(ShapeError::Error(answer::one_line(&error.to_string())));
        }
        let (name, holds) = if call.mode == Mode::Embedding {
            let vectors = ["embedding", "embeddings", "data"].iter().any(|name| first.get(name).is_some());
            ("embedding", vectors || first.get(0).is_some() || first.is_number())
        } else {
            let texts = ["generated_text", "generation", "outputs", "choices"];
            ("generated_text", texts.iter().any(|name| first.get(name).is_some()))
        };
        if holds { Ok(()) } else { Err(ShapeError::Missing(name)) }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        answers_by(InParts(Continuation), target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        aws::failure(response)
    }
}

impl Adapter for SageMakerChat {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let model = target.deployment.params.str("hf_model_name").unwrap_or(target.model);
        let mut left_out = Vec::new();
        let mut body = openai::json_body(&Target { model, ..*target }, call, &mut left_out);
        body.shift_remove("sagemaker_base_url");
        if !self.names_model {
            body.shift_remove("model");
        }
        let mut headers = HeaderMap::new();
        params::add_user_headers(target, &mut headers)?;
        add_component(target, &mut headers)?;
        let address = address(target, call.stream, EnvOrder::Standard)?;
        post(target, address, headers, Value::Object(body), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(Mode::Chat, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        answers_by(InParts(Accent::default()), target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        aws::failure(response)
    }
}

/// Chat alone has answers of OpenAI's form.
fn answers_by(
    translator: impl Translator + 'static,
    target: &Target<'_>,
    call: &Call,
) -> Result<Answers, BuildError> {
    match call.mode {
        Mode::Chat => Ok(Answers::by(translator)),
        mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
    }
}

fn request(target: &Target<'_>, call: &Call) -> Map<String, Value> {
    let mut request = params::wire_params(target, call);
    request.shift_remove("sagemaker_base_url");
    request
}

fn post(
    target: &Target<'_>,
    (url, region): (Url, String),
    headers: HeaderMap,
    body: Value,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let auth = aws::signature(target, "sagemaker", region)?;
    Ok(WireRequest { headers, body: Body::Json(body), left_out, auth, ..WireRequest::new(Method::POST, url) })
}

/// `sagemaker_base_url` as it is, else the endpoint in the region; and the region.
fn address(target: &Target<'_>, streams: bool, order: EnvOrder) -> Result<(Url, String), BuildError> {
    let region = aws::region(target, None, None, order);
    if let Some(url) = target.deployment.params.str("sagemaker_base_url") {
        return Ok((urls::parse(url.to_owned())?, region));
    }
    let base = format!("https://runtime.sagemaker.{region}.{}", dns_suffix(&region));
    let verb = if streams { "/invocations-response-stream" } else { "/invocations" };
    let url = urls::join(&base, &["endpoints/", &urls::segment(target.model), verb].concat())?;
    Ok((url, region))
}

fn add_component(target: &Target<'_>, headers: &mut HeaderMap) -> Result<(), BuildError> {
    if let Some(component) = target.deployment.params.str("model_id") {
        let value = HeaderValue::from_str(component).map_err(|_| BuildError::BadParam {
            key: "model_id".to_owned(),
            problem: "can't be sent as a header".to_owned(),
        })?;
        headers.insert(COMPONENT, value);
    }
    Ok(())
}

/// A text to continue, in the format of Hugging Face's container.
fn completion(target: &Target<'_>, request: Map<String, Value>, left_out: &mut Vec<String>) -> Value {
    let mut parameters = Map::new();
    let mut text = Vec::new();
    for (key, value) in request.into_iter().filter(|(_, value)| !value.is_null()) {
        let (name, value) = match key.as_str() {
            "messages" => {
                let messages = value.as_array().map_or(&[][..], Vec::as_slice);
                text.extend(
                    messages.iter().filter_map(|message| message.get("content")?.as_str().map(str::to_owned)),
                );
                continue;
            }
            "stream" | "stream_options" => continue,
            "max_tokens" | "max_completion_tokens" => ("max_new_tokens", value),
            // The container takes neither end of these scales.
            "temperature" if value.as_f64() == Some(0.0) => ("temperature", json!(0.01)),
            "top_p" if value.as_f64() == Some(1.0) => ("top_p", json!(0.99)),
            "stop" if !value.is_array() => ("stop", json!([value])),
            "n" => {
                parameters.insert("do_sample".to_owned(), json!(true));
                ("best_of", value)
            }
            same @ ("temperature" | "top_p" | "stop") => (same, value),
            foreign if params::is_openai_chat(foreign) => {
                params::report(target, foreign, left_out);
                continue;
            }
            own => (own, value),
        };
        parameters.insert(name.to_owned(), value);
    }
    json!({"inputs": text.join("\n"), "parameters": parameters})
}

/// Texts to embed; Voyage's containers have a name of their own for them.
fn embedding(model: &str, mut request: Map<String, Value>) -> Value {
    let name = if model.contains("voyage") { "input" } else { "inputs" };
    let input = request.shift_remove("input").unwrap_or_default();
    request.insert(name.to_owned(), input);
    Value::Object(request)
}
