//! Which of a deployment's parameters go on the wire, and how.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::domain::{Call, Mode};

use super::chat::system;
use super::{BuildError, ExtraBody, Target, drop};

/// Keys of `litellm_params` that steer LiteLLM or name credentials and never reach a provider's body, sorted.
const INTERNAL: &[&str] = &[
    "additional_drop_params",
    "allowed_model_region",
    "allowed_openai_params",
    "api_base",
    "api_key",
    "api_version",
    "assistant_continue_message",
    "base_model",
    "base_url",
    "bos_token",
    "budget_duration",
    "cache",
    "cache_control_injection_points",
    "cache_key",
    "caching",
    "caching_groups",
    "client",
    "client_id",
    "client_secret",
    "configurable_clientside_auth_params",
    "context_window_fallback_dict",
    "cooldown_time",
    "custom_llm_provider",
    "custom_prompt_dict",
    "default_api_key_tpm_limit",
    "deployment_id",
    "drop_params",
    "enable_azure_ad_token_refresh",
    "ensure_alternating_roles",
    "eos_token",
    "extra_body",
    "extra_headers",
    "fallback_depth",
    "fallbacks",
    "fastest_response",
    "final_prompt_value",
    "force_timeout",
    "guardrails",
    "headers",
    "hf_model_name",
    "hooks",
    "id",
    "initial_prompt_value",
    "input_cost_per_second",
    "input_cost_per_token",
    "logger_fn",
    "max_budget",
    "max_fallbacks",
    "max_file_size_mb",
    "max_parallel_requests",
    "max_retries",
    "merge_reasoning_content_in_choices",
    "metadata",
    "mock_response",
    "mock_timeout",
    "model",
    "model_config",
    "model_file_id_mapping",
    "model_info",
    "model_list",
    "no-log",
    "num_retries",
    "order",
    "organization",
    "output_cost_per_second",
    "output_cost_per_token",
    "preset_cache_key",
    "prompt_id",
    "prompt_label",
    "prompt_variables",
    "prompt_version",
    "provider_specific_header",
    "proxy_server_request",
    "realtime_protocol",
    "region_name",
    "request_timeout",
    "retry_policy",
    "retry_strategy",
    "roles",
    "rpm",
    "search_tool_name",
    "shared_session",
    "ssl_certificate",
    "ssl_verify",
    "stream_timeout",
    "supports_system_message",
    "tags",
    "tenant_id",
    "timeout",
    "tpm",
    "ttl",
    "use_chat_completions_api",
    "use_client",
    "use_in_pass_through",
    "use_litellm_proxy",
    "user_continue_message",
    "verbose",
    "weight",
];

/// Beginnings of keys that belong to one cloud or to LiteLLM itself. An adapter that needs one reads it by name.
const INTERNAL_PREFIXES: &[&str] = &[
    "auto_router_",
    "aws_",
    "azure_",
    "complexity_router_",
    "gcs_",
    "litellm_",
    "oci_",
    "s3_",
    "vertex_",
    "watsonx_",
];

/// Parameters of OpenAI's chat completions, sorted. A format that can't say one leaves it out; any other key is a
/// vendor's own and goes along.
const OPENAI_CHAT: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "modalities",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// Parameters of OpenAI's embeddings.
const OPENAI_EMBEDDING: &[&str] = &["dimensions", "encoding_format", "user"];

/// Those without which there is no chat, and those that are no business of a model's.
const ALWAYS_TAKEN: &[&str] = &["messages", "stream", "stream_options", "user"];

/// Whether a parameter is one of OpenAI's chat completions.
#[must_use]
pub fn is_openai_chat(key: &str) -> bool {
    OPENAI_CHAT.binary_search(&key).is_ok()
}

/// Whether a key of `litellm_params` stays out of request bodies.
#[must_use]
pub fn is_internal(key: &str) -> bool {
    INTERNAL.binary_search(&key).is_ok()
        || INTERNAL_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || key.contains("_cost_per_")
}

/// What goes into the body but the model: the deployment's own parameters, the call's laid over them, without those
/// that the deployment does not want. System messages are the user's where its model knows none.
///
/// `extra_body` is not part of it; see [`merge_extra_body`].
#[must_use]
pub fn wire_params(target: &Target<'_>, call: &Call) -> Map<String, Value> {
    let mut body = call.payload.clone();
    for (key, value) in target.deployment.params.iter() {
        if !value.is_null() && !is_internal(key) && !body.contains_key(key) {
            body.insert(key.to_owned(), value.clone());
        }
    }
    drop::unwanted(target, &mut body);
    if target.deployment.params.get("supports_system_message") == Some(&Value::Bool(false))
        && let Some(Value::Array(messages)) = body.get_mut("messages")
    {
        system::tell_by_user(messages);
    }
    body
}

/// Lays `extra_body` over a body, as OpenAI's client does, or puts it in as a field if the provider's row says
/// so.
pub fn merge_extra_body(target: &Target<'_>, body: &mut Map<String, Value>) {
    match (target.deployment.params.get("extra_body"), target.provider.quirks.extra_body) {
        (Some(Value::Object(extra)), ExtraBody::Merged) => {
            body.extend(extra.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        (Some(extra), ExtraBody::Literal) => {
            body.insert("extra_body".to_owned(), extra.clone());
        }
        _ => {}
    }
}

/// Takes out of a body what the provider refuses, unless the deployment's `allowed_openai_params` names it.
pub fn refuse(target: &Target<'_>, mode: Mode, body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    let quirks = &target.provider.quirks;
    for name in quirks.refused {
        leave_out(target, name, body, left_out);
    }
    if let (Mode::Embedding, Some(takes)) = (mode, quirks.embeds_with) {
        for name in OPENAI_EMBEDDING.iter().filter(|name| !takes.contains(name)) {
            leave_out(target, name, body, left_out);
        }
    }
    if mode != Mode::Chat {
        return;
    }
    if let Some(takes) = quirks.takes {
        let is_refused = |name: &&&str| !ALWAYS_TAKEN.contains(*name) && !takes.contains(*name);
        for name in OPENAI_CHAT.iter().filter(is_refused) {
            leave_out(target, name, body, left_out);
        }
    }
    for (_, names) in quirks.models_refuse.iter().filter(|(part, _)| target.model.contains(part)) {
        for name in *names {
            leave_out(target, name, body, left_out);
        }
    }
    for (name, word) in quirks.refused_words {
        if body.get(*name).is_some_and(|value| value == word || value["type"] == *word) {
            leave_out(target, name, body, left_out);
        }
    }
    for (name, other) in quirks.apart {
        if body.contains_key(*other) {
            leave_out(target, name, body, left_out);
        }
    }
    if !quirks.reasoners_refuse.is_empty() && target.reasons() == Some(true) {
        for name in quirks.reasoners_refuse {
            leave_out(target, name, body, left_out);
        }
    }
}

/// Takes a parameter out of a body, and reports it, unless the deployment's `allowed_openai_params` names it.
pub fn leave_out(target: &Target<'_>, name: &str, body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    if !is_named(target, "allowed_openai_params", name) && body.shift_remove(name).is_some() {
        report(target, name, left_out);
    }
}

/// Notes that a parameter could not be sent: when it is the user's or the client's, and nobody asked for silence
/// with `drop_params`. A client's call fails by it.
pub fn report(target: &Target<'_>, name: &str, left_out: &mut Vec<String>) {
    let params = &target.deployment.params;
    let asked_for = params.get(name).is_some_and(|value| !says_nothing(name, value))
        || is_asked_by_client(target, name)
        || name == "reasoning_effort" && target.deployment.check.reasoning_effort.is_some();
    if asked_for && !target.drop_params {
        left_out.push(name.to_owned());
    }
}

/// Says that a parameter has a value that can't be used: whose fault it is depends on who gave it.
#[must_use]
pub fn bad_value(target: &Target<'_>, name: &str, problem: impl Into<String>) -> BuildError {
    let problem = problem.into();
    if target.asked.is_some_and(|asked| asked.contains_key(name)) {
        BuildError::BadCall { param: name.to_owned(), problem }
    } else {
        BuildError::BadParam { key: name.to_owned(), problem }
    }
}

/// Whether a client's call has this parameter, and would miss it.
fn is_asked_by_client(target: &Target<'_>, name: &str) -> bool {
    !ALWAYS_TAKEN.contains(&name)
        && target.asked.is_some_and(|asked| asked.get(name).is_some_and(|value| !says_nothing(name, value)))
}

/// Whether a value asks for no more than what happens anyway, so that nothing is lost without it. Many clients send
/// such.
fn says_nothing(name: &str, value: &Value) -> bool {
    match name {
        _ if value.is_null() => true,
        "n" => value.as_f64() == Some(1.0),
        "frequency_penalty" | "presence_penalty" | "top_logprobs" => value.as_f64() == Some(0.0),
        "logprobs" | "store" => *value == false,
        "response_format" => value["type"] == "text",
        "logit_bias" => value.as_object().is_some_and(Map::is_empty),
        "functions" | "tools" => value.as_array().is_some_and(Vec::is_empty),
        _ => false,
    }
}

/// Notes that a part of a client's messages could not be sent, by its place, unless silence is asked for with
/// `drop_params`.
pub fn report_part(target: &Target<'_>, place: String, left_out: &mut Vec<String>) {
    if !target.drop_params {
        left_out.push(place);
    }
}

/// The functions among the tools of a request, for formats that know no other tools; those are reported by their
/// places.
pub fn functions<'a>(
    target: &Target<'_>,
    tools: Option<&'a Value>,
    left_out: &mut Vec<String>,
) -> Option<Vec<&'a Value>> {
    let tools = tools.and_then(Value::as_array)?.iter().enumerate();
    let (functions, others): (Vec<_>, Vec<_>) = tools.partition(|(_, tool)| tool.get("function").is_some());
    for (place, _) in others {
        report_part(target, format!("tools[{place}]"), left_out);
    }
    Some(functions.into_iter().map(|(_, tool)| tool).collect())
}

/// What a request asks besides its content, for a format with names of its own: `names` are the parameters of
/// OpenAI's chat that it can say, each with its name there. Others of OpenAI's are left out, and reported; what is
/// not OpenAI's is a vendor's own and goes along.
pub fn options(
    target: &Target<'_>,
    request: Map<String, Value>,
    names: &[(&str, &str)],
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    let mut options = Map::with_capacity(request.len());
    for (key, value) in request {
        if let Some((_, own)) = names.iter().find(|(openai, _)| *openai == key) {
            options.insert((*own).to_owned(), value);
        } else if is_openai_chat(&key) {
            report(target, &key, left_out);
        } else {
            options.insert(key, value);
        }
    }
    options
}

/// One value or several, as a list.
#[must_use]
pub fn list(value: Value) -> Value {
    if value.is_array() { value } else { Value::Array(vec![value]) }
}

/// Gives parameters the names that the provider has for them, and values that it takes.
pub fn rename(target: &Target<'_>, body: &mut Map<String, Value>) {
    for (from, to) in target.provider.quirks.renames {
        if let Some(value) = body.shift_remove(*from) {
            body.insert((*to).to_owned(), value);
        }
    }
    for (name, openai, own) in target.provider.quirks.words {
        if let Some(value) = body.get_mut(*name).filter(|value| *value == openai) {
            *value = Value::from(*own);
        }
    }
    if let Some(highest) = target.provider.quirks.max_temperature
        && body.get("temperature").and_then(Value::as_f64).is_some_and(|wanted| wanted > highest)
    {
        body.insert("temperature".to_owned(), Value::from(highest));
    }
}

/// A setting of the deployment, else of the environment.
#[must_use]
pub fn own_or_env<'a>(target: &Target<'a>, key: &str, variables: &[&str]) -> Option<&'a str> {
    target.deployment.params.str(key).or_else(|| target.env.first(variables))
}

/// Adds the headers that the provider's row asks for in a mode.
///
/// # Errors
/// When a configured value can't be sent as a header.
pub fn add_row_headers(target: &Target<'_>, mode: Mode, headers: &mut HeaderMap) -> Result<(), BuildError> {
    for header in target.provider.quirks.headers {
        if !header.modes.is_empty() && !header.modes.contains(&mode) {
            continue;
        }
        let own = header.param.and_then(|key| target.deployment.params.str(key));
        let Some(value) = own.or_else(|| target.env.first(header.envs)).or(header.default) else {
            continue;
        };
        let value = HeaderValue::from_str(value).map_err(|_| BuildError::BadParam {
            key: header.param.unwrap_or(header.name).to_owned(),
            problem: "can't be sent as a header".to_owned(),
        })?;
        headers.insert(HeaderName::from_static(header.name), value);
    }
    Ok(())
}

/// Adds the user's `headers` and `extra_headers`, the last of equal names winning, unless the provider's row says
/// that they are not sent.
///
/// # Errors
/// When a header can't be sent: a bad name, or a value that is not one line of text.
pub fn add_user_headers(target: &Target<'_>, headers: &mut HeaderMap) -> Result<(), BuildError> {
    if !target.provider.quirks.user_headers {
        return Ok(());
    }
    add_headers_of(target, "headers", headers)?;
    add_headers_of(target, "extra_headers", headers)
}

/// Adds the headers under one key of the deployment's parameters.
///
/// # Errors
/// As [`add_user_headers`].
pub fn add_headers_of(
    target: &Target<'_>,
    key: &'static str,
    headers: &mut HeaderMap,
) -> Result<(), BuildError> {
    if let Some(Value::Object(own)) = target.deployment.params.get(key) {
        for (name, value) in own {
            let (name, value) = header(key, name, value)?;
            headers.insert(name, value);
        }
    }
    Ok(())
}

/// One header of the user's. Marked sensitive, since people put credentials there.
fn header(key: &'static str, name: &str, value: &Value) -> Result<(HeaderName, HeaderValue), BuildError> {
    let bad =
        |problem: &str| BuildError::BadParam { key: format!("{key}.{name}"), problem: problem.to_owned() };
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("is not a header name"))?;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return Err(bad("has to be text")),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| bad("can't be sent as a header"))?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

/// Whether a list of names among the deployment's parameters has a name in it.
fn is_named(target: &Target<'_>, list: &str, name: &str) -> bool {
    let names = target.deployment.params.get(list).and_then(Value::as_array);
    names.is_some_and(|names| names.iter().any(|listed| listed == name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_happens_anyway_is_not_missed() {
        for (name, anyway, asked) in [
            ("n", json!(1), json!(2)),
            ("presence_penalty", json!(0), json!(0.1)),
            ("logprobs", json!(false), json!(true)),
            ("response_format", json!({"type": "text"}), json!({"type": "json_object"})),
            ("tools", json!([]), json!([{"type": "function"}])),
        ] {
            assert!(says_nothing(name, &anyway) && !says_nothing(name, &asked), "{name}");
        }
        assert!(!says_nothing("temperature", &json!(1)));
    }

    #[test]
    fn the_list_is_sorted_and_spelled_for_binary_search() {
        assert!(INTERNAL.is_sorted(), "sort INTERNAL");
        assert!(OPENAI_CHAT.is_sorted(), "sort OPENAI_CHAT");
        for key in ["api_key", "rpm", "weight", "input_cost_per_token_batches", "aws_region_name"] {
            assert!(is_internal(key), "{key}");
        }
        for key in ["temperature", "max_tokens", "tools", "my_custom_param"] {
            assert!(!is_internal(key), "{key}");
        }
    }
}
