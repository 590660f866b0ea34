//! Sber's `GigaChat`: OpenAI's format with functions instead of tools, behind an OAuth of its own.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::{
    AuthPlan, Body, Call, Mode, TokenAsk, TokenExchange, TokenHeader, WireRequest, WireResponse,
};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, openai, params};

/// The adapter of `gigachat`.
pub(super) struct GigaChat;

/// Where tokens are given.
const OAUTH: &str = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth";

/// The scope of private persons; companies have others.
const SCOPE: &str = "GIGACHAT_API_PERS";

/// Settings that name a credential and are no parameters of a model.
const SETTINGS: [&str; 3] = ["access_token", "auth_url", "scope"];

/// What the API knows besides OpenAI's parameters.
const OWN: [&str; 5] = ["flags", "model", "profanity_check", "repetition_penalty", "update_interval"];

impl Adapter for GigaChat {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = openai::post_json(target, call)?;
        if let (Body::Json(Value::Object(body)), Mode::Chat) = (&mut request.body, call.mode) {
            let extra = target.deployment.params.get("extra_body").and_then(Value::as_object);
            body.retain(|name, _| {
                params::is_openai_chat(name)
                    || OWN.contains(&name.as_str())
                    || extra.is_some_and(|extra| extra.contains_key(name))
            });
            if body.get("temperature").and_then(Value::as_f64) == Some(0.0) {
                // Zero is out of range; the most likely token only is said so.
                body.shift_remove("temperature");
                body.insert("top_p".to_owned(), json!(0));
            }
            if let Some(Value::Array(tools)) = body.shift_remove("tools") {
                let functions = tools.iter().filter_map(|tool| tool.get("function").cloned()).collect();
                body.insert("functions".to_owned(), functions);
            }
            if let Some(choice) = body.shift_remove("tool_choice") {
                let choice = choice.get("function").cloned().unwrap_or(choice);
                body.insert("function_call".to_owned(), choice);
            }
        } else if let Body::Json(Value::Object(body)) = &mut request.body {
            body.retain(|name, _| !SETTINGS.contains(&name.as_str()));
        }
        request.auth = auth(target)?;
        Ok(request)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let request = openai::OpenAi.list_models(target)?;
        Ok(WireRequest { auth: auth(target)?, ..request })
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The deployment's own credential, else the environment's; a token is ready, and for a key one is asked for.
fn auth(target: &Target<'_>) -> Result<AuthPlan, BuildError> {
    let params = &target.deployment.params;
    let token = || target.env.get("GIGACHAT_ACCESS_TOKEN").map(Into::into);
    let ready = params.secret("access_token").or_else(|| match params.str("api_key") {
        Some(_) => None,
        None => token(),
    });
    if let Some(token) = ready {
        return Ok(AuthPlan::Bearer(token));
    }
    let key = keys::api_key(target).ok_or(BuildError::MissingKey { variables: target.provider.key_envs })?;
    let scope = params::own_or_env(target, "scope", &["GIGACHAT_SCOPE"]).unwrap_or(SCOPE);
    let url = params::own_or_env(target, "auth_url", &["GIGACHAT_AUTH_URL"]).unwrap_or(OAUTH);
    Ok(AuthPlan::TokenExchange(Arc::new(TokenExchange {
        issuer: "GigaChat's OAuth",
        hint: "check `litellm_params.api_key` or GIGACHAT_CREDENTIALS, the authorisation key of the project in \
               base64, and that GIGACHAT_SCOPE is the project's",
        ask: TokenAsk::Form(url.to_owned(), vec![("scope", scope.into())]),
        headers: vec![
            ("authorization", TokenHeader::Secret("Basic ", key)),
            ("rquid", TokenHeader::RandomId),
        ],
        field: "access_token",
    })))
}
