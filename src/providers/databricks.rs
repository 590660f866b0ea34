//! Databricks model serving: OpenAI's format, with a personal token or a service principal's.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::{
    AuthPlan, Body, Call, Mode, TokenAsk, TokenExchange, TokenHeader, WireRequest, WireResponse,
};

use super::anthropic::{Generation, thinking};
use super::chat::Answers;
use super::openai::Accent;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, keys, openai, url as urls};

/// The adapter of `databricks`.
pub(super) struct Databricks;

impl Adapter for Databricks {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = if call.mode == Mode::Responses && !has_responses(target.model) {
            openai::post_json(target, &openai::as_chat(call))?
        } else {
            openai::post_json(target, call)?
        };
        if let (Mode::Chat, Body::Json(body), true) = (call.mode, &mut request.body, is_claude(target.model))
        {
            think(target, body)?;
            if let Value::Object(body) = body {
                tell_parameters(body);
                if openai::structured::by_tool(body) && thinking::is_on(body) {
                    // It can't be made to call a tool then, only invited.
                    body.shift_remove("tool_choice");
                }
            }
        } else if let (Mode::Chat, Body::Json(body)) = (call.mode, &mut request.body)
            && let Some(Value::Array(messages)) = body.get_mut("messages")
        {
            *messages = one_call_a_turn(std::mem::take(messages));
        }
        request.auth = auth(target)?;
        Ok(request)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let mut url = urls::parse(workspace(target)?)?;
        url.set_path("/api/2.0/serving-endpoints");
        let request = WireRequest::new(http::Method::GET, url);
        Ok(WireRequest { auth: auth(target)?, ..request })
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        match openai::verify(call.mode, response) {
            Err(ShapeError::Missing("output")) => openai::verify(Mode::Chat, response),
            verdict => verdict,
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        if call.mode == Mode::Responses && !has_responses(target.model) {
            // What a probe is answered there is no response.
            return Err(BuildError::NotCallable { provider: target.provider.slug, mode: call.mode });
        }
        if call.mode == Mode::Chat && is_claude(target.model) && openai::structured::is_asked(target, call) {
            return Ok(Answers::by(Accent { by_tool: true, ..Accent::default() }));
        }
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Puts each result of a tool behind a turn that calls this tool alone: Databricks refuses a result that stands behind
/// another one. Turns whose calls and results don't match are left as they are.
fn one_call_a_turn(messages: Vec<Value>) -> Vec<Value> {
    let mut out = Vec::with_capacity(messages.len());
    let mut rest = messages.into_iter().peekable();
    while let Some(mut turn) = rest.next() {
        let calls = turn.get("tool_calls").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut results = Vec::new();
        while let Some(result) = rest.next_if(|next| calls.len() > 1 && next["role"] == "tool") {
            results.push(result);
        }
        let call_of = |result: &Value| calls.iter().find(|call| call["id"] == result["tool_call_id"]);
        let is_answered = |call: &Value| results.iter().any(|result| result["tool_call_id"] == call["id"]);
        if calls.len() < 2 || results.len() != calls.len() || !calls.iter().all(is_answered) {
            out.push(turn);
            out.append(&mut results);
            continue;
        }
        let called: Vec<Value> = results.iter().filter_map(call_of).cloned().collect();
        for (call, result) in called.into_iter().zip(results) {
            turn["tool_calls"] = json!([call]);
            out.extend([std::mem::replace(&mut turn, json!({"role": "assistant"})), result]);
        }
    }
    out
}

/// OpenAI's models alone have the Responses API.
fn has_responses(model: &str) -> bool {
    model.contains("gpt")
}

fn is_claude(model: &str) -> bool {
    model.contains("claude")
}

/// Claude thinks within a budget here too, and the answer's limit has to be above it.
fn think(target: &Target<'_>, body: &mut Value) -> Result<(), BuildError> {
    let Value::Object(body) = body else {
        return Ok(());
    };
    if let Some(effort) = body.shift_remove("reasoning_effort") {
        thinking::ask(body, Generation::of(target.model), &effort).map_err(|_| BuildError::BadParam {
            key: "reasoning_effort".to_owned(),
            problem: format!("is {effort}, which Claude does not know"),
        })?;
    }
    let asked = body.get("max_tokens").cloned();
    if let Some(room) = thinking::make_room(body, asked.as_ref()) {
        body.insert("max_tokens".to_owned(), json!(room));
    }
    Ok(())
}

/// Claude wants to be told the parameters of a tool, also when there are none.
fn tell_parameters(body: &mut Map<String, Value>) {
    for tool in body.get_mut("tools").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(Value::Object(function)) = tool.get_mut("function") {
            function.entry("parameters").or_insert_with(|| json!({"type": "object", "properties": {}}));
        }
    }
}

/// The deployment's own key, else the environment's service principal, else its key.
fn auth(target: &Target<'_>) -> Result<AuthPlan, BuildError> {
    let (params, env) = (&target.deployment.params, target.env);
    if let Some(key) = params.secret("api_key") {
        return Ok(AuthPlan::Bearer(key));
    }
    if let (Some(id), Some(secret)) = (env.get("DATABRICKS_CLIENT_ID"), env.get("DATABRICKS_CLIENT_SECRET")) {
        return Ok(exchange(workspace(target)?, id, secret));
    }
    keys::api_key(target)
        .map(AuthPlan::Bearer)
        .ok_or(BuildError::MissingKey { variables: target.provider.key_envs })
}

fn exchange(workspace: String, id: &str, secret: &str) -> AuthPlan {
    let basic = STANDARD.encode(format!("{id}:{secret}"));
    AuthPlan::TokenExchange(Arc::new(TokenExchange {
        issuer: "the Databricks workspace",
        hint: "check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that the service principal is in the \
               workspace",
        ask: TokenAsk::Form(
            workspace + "/oidc/v1/token",
            vec![("grant_type", "client_credentials".into()), ("scope", "all-apis".into())],
        ),
        headers: vec![("authorization", TokenHeader::Secret("Basic ", basic.into()))],
        field: "access_token",
    }))
}

/// The base up to where the workspace's APIs begin.
fn workspace(target: &Target<'_>) -> Result<String, BuildError> {
    let base = urls::base(target)?.trim().trim_end_matches('/');
    Ok(base.split_once("/serving-endpoints").map_or(base, |(workspace, _)| workspace).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_behind_turns_with_their_call_alone() {
        let call = |id: &str| json!({"id": id, "function": {"name": "f", "arguments": "{}"}});
        let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": id});
        let calling = |ids: &[&str]| {
            let calls: Vec<Value> = ids.iter().map(|id| call(id)).collect();
            json!({"role": "assistant", "tool_calls": calls})
        };
        let mut both = calling(&["a", "b"]);
        both["content"] = json!("Both.");
        let mut first = calling(&["b"]);
        first["content"] = json!("Both.");
        let question = json!({"role": "user", "content": "?"});
        assert_eq!(
            one_call_a_turn(vec![question.clone(), both, result("b"), result("a"), question.clone()]),
            [question.clone(), first, result("b"), calling(&["a"]), result("a"), question]
        );
        for untouched in [
            vec![calling(&["a"]), result("a")],
            vec![calling(&["a", "b"]), result("a")],
            vec![calling(&["a", "b"]), result("a"), result("c")],
        ] {
            assert_eq!(one_call_a_turn(untouched.clone()), untouched);
        }
    }
}
