//! A2A: agents that are sent a message by JSON-RPC.

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::{self, Kind};
use super::chat::{Answers, TranslateError, Translator, history, message};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, keys, params, url as urls};

/// The adapter of `a2a`.
pub(super) struct A2a;

impl Adapter for A2a {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = WireRequest::new(Method::POST, urls::join(urls::base(target)?, "")?);
        // An agent answers a message once, so that each has to be another one.
        let message = json!({
            "role": "user",
            "parts": [{"kind": "text", "text": text(call)}],
            "messageId": Uuid::new_v4().to_string(),
        });
        let mut body = Map::new();
        body.insert("jsonrpc".to_owned(), json!("2.0"));
        body.insert("id".to_owned(), json!(Uuid::new_v4().to_string()));
        body.insert("method".to_owned(), json!("message/send"));
        body.insert("params".to_owned(), json!({"message": message}));
        params::merge_extra_body(target, &mut body);
        request.body = Body::Json(Value::Object(body));
        let messages = call.payload.get("messages").and_then(Value::as_array);
        history::refuse_all_but_text(target, messages.map_or(&[], Vec::as_slice), &mut request.left_out);
        for name in params::wire_params(target, call).keys().filter(|name| params::is_openai_chat(name)) {
            params::report(target, name, &mut request.left_out);
        }
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = keys::auth_plan(target)?;
        Ok(request)
    }

    /// A result is a message, or a task that the agent has taken on.
    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            result: Option<Reply>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Reply {
            status: Option<State>,
        }
        #[derive(Deserialize)]
        struct State {
            state: String,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        let reply = answer.result.ok_or(ShapeError::Missing("result"))?;
        match reply.status.map(|status| status.state) {
            Some(state) if matches!(state.as_str(), "failed" | "rejected" | "auth-required") => {
                Err(ShapeError::Error(format!("the agent's task is `{state}`")))
            }
            _ => Ok(()),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(Said)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Reads a message of the agent's, or what its task has brought.
struct Said;

impl Translator for Said {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let reply: Value = answer::read(response)?;
        if reply.get("error").is_some_and(|error| !error.is_null()) {
            return Err(TranslateError::told(None, &response.body));
        }
        let result = reply.get("result").ok_or(ShapeError::Missing("result"))?;
        let words = result.pointer("/status/message").map(parts_text).filter(|words| !words.is_empty());
        // A task that waits for the user's next message has answered this one.
        if let Some(state) = result.pointer("/status/state").and_then(Value::as_str)
            && !matches!(state, "completed" | "input-required")
        {
            return Err(TranslateError::ended(state, words.as_deref()));
        }
        let artifacts = result.get("artifacts").and_then(Value::as_array).into_iter().flatten();
        let made: String = artifacts.map(parts_text).collect();
        let said = if made.is_empty() { words.unwrap_or_else(|| parts_text(result)) } else { made };
        Ok(message::of_text(&said, "stop", None))
    }
}

/// The text in the parts of a message or artifact.
fn parts_text(holder: &Value) -> String {
    let parts = holder.get("parts").and_then(Value::as_array).into_iter().flatten();
    parts.filter_map(|part| part.get("text")?.as_str()).collect()
}

/// The conversation as one text, each line with who says it.
fn text(call: &Call) -> String {
    let messages = call.payload.get("messages").and_then(Value::as_array);
    let lines = messages.into_iter().flatten().map(|message| {
        let role = message.get("role").and_then(Value::as_str).unwrap_or("user");
        let content = match message.get("content") {
            Some(Value::Array(parts)) => {
                parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>().join(" ")
            }
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        format!("{role}: {content}")
    });
    lines.collect::<Vec<_>>().join("\n")
}
