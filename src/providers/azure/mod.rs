//! Azure OpenAI's wire format: OpenAI's bodies at Azure's addresses, with Azure's credentials.

mod auth;
mod base;
mod endpoint;
mod reasoning;
mod speech;

use http::Method;
use http::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::domain::{AuthPlan, Body, Call, Mode, WireRequest, WireResponse};

use super::answer::{self, Kind};
use super::openai::{self, upload};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, params, url as urls};

use auth::Credential;
use endpoint::{Address, Endpoint};

/// What comes before the name of a deployment whose model reasons, where the name does not say so.
const SERIES: [&str; 2] = ["o_series/", "gpt5_series/"];

/// How models are named that are voices of Azure's own.
const VOICES: &str = "speech/";

/// The adapter of Azure OpenAI resources.
pub(super) struct Azure;

/// The adapter of deployments of models for legacy completions.
pub(super) struct AzureText;

impl Adapter for Azure {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let deployment = SERIES.iter().find_map(|series| target.model.strip_prefix(series));
        let named = Target { model: deployment.unwrap_or(target.model), ..*target };
        match call.mode {
            Mode::Realtime => realtime(&named),
            Mode::Batch => send(&named, address(&named)?.endpoint(Mode::Batch)?, Method::GET, Body::Empty),
            Mode::AudioTranscription | Mode::ImageEdit | Mode::VideoGeneration => upload(&named, call),
            Mode::AudioSpeech if target.model.starts_with(VOICES) => cognitive_speech(&named, call),
            _ => post(target, &named, call),
        }
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        if call.mode == Mode::ImageGeneration && response.status == 202 {
            return verify_submission(response);
        }
        openai::verify(call.mode, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        openai::OpenAi.alive(call, response)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

impl Adapter for AzureText {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let endpoint = address(target)?.deployment_endpoint(Mode::Completion.openai_path())?;
        let mut left_out = Vec::new();
        let body = openai::json_body(target, call, &mut left_out);
        let body = Body::Json(Value::Object(body));
        let mut request = WireRequest { body, left_out, ..WireRequest::new(Method::POST, endpoint.url) };
        // LiteLLM's text completions carry `extra_headers` but not `headers`.
        params::add_headers_of(target, "extra_headers", &mut request.headers)?;
        request.auth = Credential::of(target)?.plan(endpoint.bearer);
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn post(target: &Target<'_>, named: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let endpoint = address(named)?.endpoint(call.mode)?;
    let mut left_out = Vec::new();
    let mut body = openai::json_body(named, call, &mut left_out);
    match call.mode {
        Mode::Chat => reasoning::adapt(target, &mut body, &mut left_out),
        Mode::Embedding => {
            body.entry("encoding_format").or_insert_with(|| json!("base64"));
        }
        Mode::ImageGeneration if endpoint.names_deployment => {
            body.shift_remove("model");
        }
        _ => {}
    }
    let request = send(named, endpoint, Method::POST, Body::Json(Value::Object(body)))?;
    Ok(WireRequest { left_out, ..request })
}

fn upload(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let endpoint = address(target)?.endpoint(call.mode)?;
    let mut left_out = Vec::new();
    let mut parts = upload::parts(target, call, &mut left_out);
    if call.mode == Mode::ImageEdit && endpoint.names_deployment {
        parts.retain(|part| part.name != "model");
    }
    // A deployment called `whisper-1` may run any model, so only its owner knows its formats.
    if target.deployment.params.get("response_format").is_none() {
        parts.retain(|part| part.name != "response_format");
    }
    let request = send(target, endpoint, Method::POST, Body::Multipart(parts))?;
    Ok(WireRequest { left_out, ..request })
}

/// The WebSocket handshake. LiteLLM's sessions carry no headers of the user's.
fn realtime(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let own = target.deployment.params.str("realtime_protocol");
    let protocol = own.or_else(|| target.env.get("LITELLM_AZURE_REALTIME_PROTOCOL"));
    let beta = protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case("beta"));
    let endpoint = address(target)?.realtime(beta)?;
    let mut request = WireRequest::new(Method::GET, endpoint.url);
    request.auth = Credential::of(target)?.plan(endpoint.bearer);
    Ok(request)
}

/// Speech from Azure's own voices; the model's name says no more than that.
fn cognitive_speech(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let wanted = params::wire_params(target, call);
    let text = |key: &str| wanted.get(key).and_then(Value::as_str);
    let speed = wanted.get("speed").and_then(Value::as_f64).unwrap_or(1.0);
    let body = speech::ssml(text("input").unwrap_or_default(), text("voice").unwrap_or_default(), speed);
    let mut request = send(target, address(target)?.cognitive_speech()?, Method::POST, body)?;
    let format = speech::format(text("response_format"));
    let format = HeaderValue::from_str(format).map_err(|_| BuildError::BadParam {
        key: "response_format".to_owned(),
        problem: "can't be sent as a header".to_owned(),
    })?;
    request.headers.insert(HeaderName::from_static(speech::FORMAT_HEADER), format);
    if let AuthPlan::Header { name, .. } = &mut request.auth {
        *name = speech::KEY_HEADER;
    }
    Ok(request)
}

fn address<'a>(target: &Target<'a>) -> Result<Address<'a>, BuildError> {
    Ok(Address {
        base: urls::base(target)?,
        version: target.deployment.params.str("api_version"),
        env_version: target.env.get("AZURE_API_VERSION"),
        deployment: target.model,
    })
}

fn send(
    target: &Target<'_>,
    endpoint: Endpoint,
    method: Method,
    body: Body,
) -> Result<WireRequest, BuildError> {
    let mut request = WireRequest { body, ..WireRequest::new(method, endpoint.url) };
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = Credential::of(target)?.plan(endpoint.bearer);
    Ok(request)
}

/// Whether a job was taken on; the oldest versions answer with one instead of an image.
fn verify_submission(response: &WireResponse) -> Result<(), ShapeError> {
    #[derive(serde::Deserialize)]
    struct Submission {
        #[serde(default)]
        status: Kind,
    }
    let submission: Submission = answer::read(response)?;
    if submission.status == Kind::Text(true) { Ok(()) } else { Err(ShapeError::Missing("status")) }
}
