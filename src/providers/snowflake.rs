//! Snowflake Cortex: Claude in Anthropic's format, every other model in OpenAI's, embeddings in its own.

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};

use crate::domain::{AuthPlan, Body, Call, Mode, Secret, WireRequest, WireResponse};

use super::anthropic::Dialect;
use super::chat::{Answers, images};
use super::openai::Accent;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, anthropic, keys, openai, params,
    url as urls,
};

/// The adapter of `snowflake`.
pub(super) struct Snowflake;

/// What stands before a programmatic access token; other keys are JSON Web Tokens of a key pair.
const ACCESS_TOKEN: &str = "pat/";

/// The header that says which kind of token the key is.
const TOKEN_TYPE: HeaderName = HeaderName::from_static("x-snowflake-authorization-token-type");

impl Adapter for Snowflake {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let (path, body) = match call.mode {
            Mode::Embedding => ("inference:embed", embedding(target, call)),
            _ if is_claude(target) => ("v1/messages", claude(target, call, &mut left_out)?),
            _ => ("v1/chat/completions", chat(target, call, &mut left_out)),
        };
        let mut request = post(target, path)?;
        request.body = Body::Json(Value::Object(body));
        request.left_out = left_out;
        if path == "v1/messages" {
            anthropic::add_headers(&mut request.headers, &request.auth, &[]);
        }
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        match openai::verify(call.mode, response) {
            Err(ShapeError::Missing("choices")) => anthropic::Messages.verify(call, response),
            verdict => verdict,
        }
    }

    fn wants(&self, target: &Target<'_>, call: &Call) -> Vec<String> {
        // Claude fetches nothing from within Snowflake.
        if call.mode == Mode::Chat && is_claude(target) { images::remote(call) } else { Vec::new() }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat if is_claude(target) => anthropic::Messages.answers(target, call),
            // Thoughts are part of the text to Cortex.
            Mode::Chat => Ok(Answers::by(Accent { keeps_thoughts: true, ..Accent::default() })),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn is_claude(target: &Target<'_>) -> bool {
    target.model.to_ascii_lowercase().contains("claude")
}

/// A `POST` with the user's headers and the token.
fn post(target: &Target<'_>, path: &str) -> Result<WireRequest, BuildError> {
    let url = urls::join(&base(target)?, &["api/v2/cortex/", path].concat())?;
    let mut request = WireRequest::new(Method::POST, url);
    params::add_user_headers(target, &mut request.headers)?;
    let key = keys::api_key(target).ok_or(BuildError::MissingKey { variables: target.provider.key_envs })?;
    let (token, kind) = match key.expose().strip_prefix(ACCESS_TOKEN) {
        Some(token) => (Secret::from(token), "PROGRAMMATIC_ACCESS_TOKEN"),
        None => (key, "KEYPAIR_JWT"),
    };
    request.headers.entry(TOKEN_TYPE).or_insert(HeaderValue::from_static(kind));
    request.auth = AuthPlan::Bearer(token);
    Ok(request)
}

/// The account's API: the configured base, else the account's own host. Account names are written in capitals
/// and are part of a host name.
fn base(target: &Target<'_>) -> Result<String, BuildError> {
    if let Ok(base) = urls::base(target) {
        return Ok(base.to_owned());
    }
    let account = params::own_or_env(target, "account_id", &["SNOWFLAKE_ACCOUNT_ID"])
        .ok_or(BuildError::MissingParam { key: "account_id" })?;
    let host = account.to_ascii_lowercase();
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(BuildError::BadParam {
            key: "account_id".to_owned(),
            problem: "is not the identifier of an account".to_owned(),
        });
    }
    Ok(format!("https://{host}.snowflakecomputing.com"))
}

fn chat(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut body = openai::json_body(target, call, left_out);
    body.shift_remove("account_id");
    if let Some(limit) = body.shift_remove("max_tokens") {
        body.entry("max_completion_tokens").or_insert(limit);
    }
    body.entry("stream").or_insert(json!(false));
    body
}

/// Anthropic's body, in which a message that is only text stays text.
fn claude(
    target: &Target<'_>,
    call: &Call,
    left_out: &mut Vec<String>,
) -> Result<Map<String, Value>, BuildError> {
    let mut request = params::wire_params(target, call);
    request.shift_remove("account_id");
    params::refuse(target, Mode::Chat, &mut request, left_out);
    request
        .shift_remove("reasoning_effort")
        .inspect(|_| params::report(target, "reasoning_effort", left_out));
    // Snowflake knows its users itself.
    request.shift_remove("user");
    let mut body = Map::from_iter([("model".to_owned(), json!(target.model))]);
    body.extend(anthropic::to_messages(target, &request, Dialect::SNOWFLAKE, left_out)?);
    for message in body.get_mut("messages").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(text) = only_text(message) {
            message["content"] = text;
        }
    }
    body.insert("stream".to_owned(), json!(call.stream));
    params::merge_extra_body(target, &mut body);
    Ok(body)
}

/// The text of a message that consists of nothing else.
fn only_text(message: &Value) -> Option<Value> {
    match message.get("content")?.as_array()?.as_slice() {
        [Value::Object(block)] if block.len() == 2 && block.get("type") == Some(&json!("text")) => {
            block.get("text").cloned()
        }
        _ => None,
    }
}

fn embedding(target: &Target<'_>, call: &Call) -> Map<String, Value> {
    let mut body = params::wire_params(target, call);
    body.shift_remove("account_id");
    let input = body.shift_remove("input").unwrap_or_default();
    body.insert("text".to_owned(), input);
    body.insert("model".to_owned(), json!(target.model));
    params::merge_extra_body(target, &mut body);
    body
}
