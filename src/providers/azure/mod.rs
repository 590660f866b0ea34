//! Azure OpenAI's wire format: OpenAI's bodies at Azure's addresses, with Azure's credentials.

mod auth;
mod base;
mod endpoint;
mod reasoning;
mod responses;
mod speech;

use http::Method;
use http::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::domain::{AuthPlan, Body, Call, Mode, WireRequest, WireResponse};

use super::answer::{self, Kind};
use super::chat::Answers;
use super::openai::{self, Accent, structured, upload};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, params, url as urls};

pub(super) use auth::Credential;
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
            Mode::Chat if responses::is_only_way(target, call) => chat_by_responses(target, call),
            Mode::Realtime => realtime(&named),
            Mode::Batch => send(&named, address(&named)?.endpoint(Mode::Batch)?, Method::GET, Body::Empty),
            Mode::AudioTranscription | Mode::ImageEdit | Mode::VideoGeneration => post_form(&named, call),
            Mode::AudioSpeech if target.model.starts_with(VOICES) => cognitive_speech(&named, call),
            _ => post_json(target, &named, call),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        send(target, address(target)?.models()?, Method::GET, Body::Empty)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        if call.mode == Mode::ImageGeneration && response.status == 202 {
            return verify_submission(response);
        }
        match openai::verify(call.mode, response) {
            // The chat may have gone by way of the Responses API.
            Err(ShapeError::Missing("choices")) => openai::verify(Mode::Responses, response),
            verdict => verdict,
        }
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        openai::OpenAi.alive(call, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        if call.mode == Mode::Chat && responses::is_only_way(target, call) {
            return Ok(Answers::by(openai::responses::ByResponses));
        }
        if call.mode == Mode::Chat && structured::is_asked(target, call) && !follows_schemas(target)? {
            return Ok(Answers::by(Accent { by_tool: true, ..Accent::default() }));
        }
        openai::plain_answers(target, call)
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

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        Azure.list_models(target)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::plain_answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// A body in JSON. `named` is the target with the deployment's bare name; the prefix of `target` says what the
/// model can.
fn post_json(target: &Target<'_>, named: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let endpoint = address(named)?.endpoint(call.mode)?;
    let mut left_out = Vec::new();
    let mut body = openai::json_body(named, call, &mut left_out);
    match call.mode {
        Mode::Chat => {
            reasoning::adapt(target, &mut body, &mut left_out);
            if !follows_schemas(target)? {
                structured::by_tool(&mut body);
            }
        }
        // Clients get the form that they ask for.
        Mode::Embedding if target.asked.is_none() => {
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

/// Whether a chat's answer can be made to follow a schema: by models after GPT-3.5, in versions of the API that know
/// schemas. Others are made to by a tool.
fn follows_schemas(target: &Target<'_>) -> Result<bool, BuildError> {
    let is_older = ["gpt-35", "gpt-3.5"].iter().any(|name| reasoning::model(target).contains(name));
    Ok(!is_older && address(target)?.knows_schemas()?)
}

/// A chat with a model that has the Responses API alone.
fn chat_by_responses(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let model = target.model.strip_prefix(responses::PREFIX).unwrap_or(target.model);
    let named = Target { model, ..*target };
    let mut left_out = Vec::new();
    let mut chat = openai::json_body(&named, call, &mut left_out);
    reasoning::adapt(&named, &mut chat, &mut left_out);
    let body = openai::responses::from_chat(&named, chat, &mut left_out);
    let body = Body::Json(Value::Object(body));
    let endpoint = address(&named)?.endpoint(Mode::Responses)?;
    let request = send(&named, endpoint, Method::POST, body)?;
    Ok(WireRequest { left_out, ..request })
}

/// A body of form fields and files.
fn post_form(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
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
    let mut endpoint = address(target)?.realtime(beta)?;
    if only_transcribes(target) {
        endpoint.url.query_pairs_mut().append_pair("intent", "transcription");
    }
    let mut request = WireRequest::new(Method::GET, endpoint.url);
    request.auth = Credential::of(target)?.plan(endpoint.bearer);
    Ok(request)
}

/// Whether a session with the model can do nothing but transcribe, which it wants to be told.
fn only_transcribes(target: &Target<'_>) -> bool {
    let facts = target.catalog.lookup_for(target.provider.slug, target.model);
    target.model.contains("realtime")
        && facts.is_some_and(|facts| facts.mode == Some(Mode::AudioTranscription))
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

/// What the configuration says about where to.
fn address<'a>(target: &Target<'a>) -> Result<Address<'a>, BuildError> {
    Ok(Address {
        base: urls::base(target)?,
        version: target.deployment.params.str("api_version"),
        env_version: target.env.get("AZURE_API_VERSION"),
        deployment: target.model,
    })
}

/// Puts a request together: the user's headers and the credential.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;
    use crate::catalog::Catalog;
    use crate::domain::{Deployment, Environment, Fields, Params};
    use crate::providers::find;

    fn built(
        model: &str,
        mut params: Value,
        env: &[(&str, &str)],
        call: &Call,
    ) -> Result<WireRequest, BuildError> {
        params["api_base"] = json!("https://r.openai.azure.com");
        let deployment = Deployment {
            id: "1".into(),
            model_name: "m".to_owned(),
            model: format!("azure/{model}"),
            params: Params::new(params.as_object().cloned().unwrap().into()),
            info: Fields::default(),
            check: Arc::default(),
            defect: None,
        };
        let env: Environment = env.iter().copied().collect();
        let catalog = Catalog::embedded();
        let provider = find("azure").unwrap();
        let target = Target {
            deployment: &deployment,
            provider,
            model,
            env: &env,
            catalog,
            drop_params: false,
            asked: None,
            azure_identity: false,
        };
        provider.adapter.build(&target, call)
    }

    fn call(mode: Mode, payload: &Value) -> Call {
        Call::new(mode, payload.as_object().cloned().unwrap())
    }

    #[test]
    fn azures_own_voices_have_a_header_of_their_own() {
        let speech = call(Mode::AudioSpeech, &json!({"input": "hi", "voice": "alloy"}));
        let request = built("speech/azure-tts", json!({"api_key": "k"}), &[], &speech).unwrap();
        assert_eq!(request.url.path(), "/cognitiveservices/v1");
        assert!(matches!(request.auth, AuthPlan::Header { name: speech::KEY_HEADER, .. }));
        assert_eq!(request.headers[speech::FORMAT_HEADER], "audio-24khz-48kbitrate-mono-mp3");
    }

    #[test]
    fn a_session_that_only_transcribes_says_so() {
        let session = |model| {
            let request =
                built(model, json!({"api_key": "k"}), &[], &call(Mode::Realtime, &json!({}))).unwrap();
            request.url.query().unwrap_or_default().to_owned()
        };
        assert_eq!(session("gpt-realtime-whisper"), "model=gpt-realtime-whisper&intent=transcription");
        assert_eq!(session("gpt-4o-transcribe"), "model=gpt-4o-transcribe");
    }

    #[test]
    fn a_submitted_image_is_an_answer() {
        let verdict = |status, body: &'static str| {
            let response =
                WireResponse { status, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) };
            Azure.verify(&call(Mode::ImageGeneration, &json!({})), &response)
        };
        assert_eq!(verdict(202, r#"{"id": "op1", "status": "notRunning"}"#), Ok(()));
        assert!(verdict(202, "{}").is_err());
        assert!(verdict(200, r#"{"id": "op1", "status": "notRunning"}"#).is_err());
    }

    #[test]
    fn the_words_of_a_gateway_are_found() {
        let body = r#"{"statusCode": 401, "message": "Access denied due to missing subscription key."}"#;
        let response = WireResponse { status: 401, headers: HeaderMap::new(), body: body.into() };
        assert_eq!(Azure.failure(&response).message, "Access denied due to missing subscription key.");
    }
}
