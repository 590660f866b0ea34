//! `ChatGPT` subscriptions: Codex's backend, which streams the Responses API.
//!
//! LiteLLM keeps the account's token in a file and refreshes it there; we read it, and leave the refreshing to
//! LiteLLM, since a refresh makes the file's own refresh token void.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::{AuthPlan, Body, Call, Mode, TokenAsk, TokenExchange, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, openai, params, url as urls};

/// The adapter of `chatgpt`.
pub(super) struct ChatGpt;

/// The backend wants instructions. LiteLLM sends the 7,500 characters of Codex's own; a probe needs none of them.
const INSTRUCTIONS: &str = "You are a helpful assistant.";

impl Adapter for ChatGpt {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        // LiteLLM takes the base from the environment alone.
        let base = target.env.first(target.provider.base_envs).unwrap_or(BASE).to_owned();
        openai::at_base(Some(base), target, |target| match call.mode {
            Mode::Chat => respond(target, call),
            Mode::Responses => respond(target, &openai::as_chat(call)),
            _ => {
                let request = openai::OpenAi.build(target, call)?;
                Ok(WireRequest { auth: auth(target), ..request })
            }
        })
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        match call.mode {
            Mode::Chat | Mode::Responses => verify_stream(response),
            mode => openai::verify(mode, response),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(openai::responses::ByResponses)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        openai::OpenAi.failure(response)
    }
}

const BASE: &str = "https://chatgpt.com/backend-api/codex";

fn respond(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut request = WireRequest::new(Method::POST, urls::endpoint(target, "responses")?);
    let chat = openai::json_body(target, call, &mut request.left_out);
    let mut all = openai::responses::from_chat(target, chat, &mut request.left_out);
    if all.contains_key("text") {
        params::report(target, "response_format", &mut request.left_out);
    }
    // The backend knows these fields only.
    let known =
        ["model", "input", "tools", "tool_choice", "reasoning", "instructions", "previous_response_id"];
    all.retain(|name, _| known.contains(&name.as_str()));
    all.entry("instructions").or_insert(json!(INSTRUCTIONS));
    all.insert("stream".to_owned(), json!(true));
    all.insert("store".to_owned(), json!(false));
    all.insert("include".to_owned(), json!(["reasoning.encrypted_content"]));
    request.body = Body::Json(Value::Object(all));
    request.headers.insert("originator", HeaderValue::from_static("codex_cli_rs"));
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        request.headers.insert("session_id", id);
    }
    let account = account(target).and_then(|account| HeaderValue::from_str(&account).ok());
    if let Some(account) = account {
        request.headers.insert(HeaderName::from_static("chatgpt-account-id"), account);
    }
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = auth(target);
    Ok(request)
}

/// The account that the token is of, if the file says so.
fn account(target: &Target<'_>) -> Option<String> {
    let document: Value = serde_json::from_str(target.env.document(&target.env.chatgpt_login())?).ok()?;
    document.get("account_id")?.as_str().map(str::to_owned)
}

fn auth(target: &Target<'_>) -> AuthPlan {
    AuthPlan::TokenExchange(Arc::new(TokenExchange {
        issuer: "the ChatGPT login",
        hint: "log in to ChatGPT by way of LiteLLM, which leaves the account's token in \
               ~/.config/litellm/chatgpt/auth.json, or say in CHATGPT_TOKEN_DIR where it is",
        ask: TokenAsk::File(target.env.chatgpt_login()),
        headers: Vec::new(),
        field: "access_token",
    }))
}

/// An answer comes as events, of which the last says how it ended.
fn verify_stream(response: &WireResponse) -> Result<(), ShapeError> {
    let text = String::from_utf8_lossy(&response.body);
    let events = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let mut events = events.filter_map(|data| serde_json::from_str::<Value>(data.trim()).ok()).peekable();
    if events.peek().is_none() {
        return openai::verify(Mode::Responses, response);
    }
    for event in events {
        match event.get("type").and_then(Value::as_str) {
            Some("response.completed" | "response.incomplete") => return Ok(()),
            Some("response.failed" | "error") => {
                let told = ["/response/error/message", "/message", "/error/message"];
                let words = told.iter().find_map(|at| event.pointer(at)?.as_str());
                return Err(ShapeError::Error(words.unwrap_or("the response failed").to_owned()));
            }
            _ => {}
        }
    }
    Err(ShapeError::Missing("response.completed"))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn verdict(body: &str) -> Result<(), ShapeError> {
        verify_stream(&WireResponse { status: 200, headers: HeaderMap::new(), body: body.to_owned().into() })
    }

    #[test]
    fn the_last_event_decides() {
        let start = "event: response.created\ndata: {\"type\": \"response.created\"}\n\n";
        let ended =
            |kind: &str, more: &str| verdict(&format!("{start}data: {{\"type\": \"{kind}\"{more}}}\n\n"));
        assert_eq!(ended("response.completed", ""), Ok(()));
        assert_eq!(ended("response.incomplete", ""), Ok(()));
        assert_eq!(
            ended("response.failed", r#", "response": {"error": {"message": "over capacity"}}"#),
            Err(ShapeError::Error("over capacity".to_owned()))
        );
        assert_eq!(verdict(start), Err(ShapeError::Missing("response.completed")));
        assert!(verdict("<html></html>").is_err());
        assert_eq!(verdict(r#"{"output": []}"#), Ok(()));
    }
}
