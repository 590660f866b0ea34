//! Chat in version 2: OpenAI's messages and tools, and Cohere's parameters.

use serde_json::{Map, Value, json};

use crate::domain::{Call, WireRequest};
use crate::providers::prompt::messages;
use crate::providers::{BuildError, Target, params, url as urls};

use super::post;

const URL: &str = "https://api.cohere.com/v2/chat";

/// The API's names for OpenAI's parameters.
pub(super) const NAMES: &[(&str, &str)] = &[
    ("max_tokens", "max_tokens"),
    ("max_completion_tokens", "max_tokens"),
    ("temperature", "temperature"),
    ("top_p", "p"),
    ("frequency_penalty", "frequency_penalty"),
    ("presence_penalty", "presence_penalty"),
    ("n", "num_generations"),
    ("seed", "seed"),
    ("stop", "stop_sequences"),
];

/// What the messages of Cohere's API have.
const MESSAGE_FIELDS: &[&str] = &["role", "content", "tool_calls", "tool_call_id", "tool_plan", "citations"];

pub(super) fn build(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut request = params::wire_params(target, call);
    let turns: Vec<Value> = messages(&request)?.iter().map(turn).collect();
    request.shift_remove("messages");
    let tools = request.shift_remove("tools");
    let choice = request.shift_remove("tool_choice");
    let mut body = Map::from_iter([
        ("model".to_owned(), json!(target.model)),
        ("messages".to_owned(), Value::Array(turns)),
    ]);
    body.extend(options(target, request, &mut left_out));
    if let Some(thinking) = body.get_mut("thinking") {
        budget(thinking);
    }
    if let Some(mut tools) = tools {
        for tool in tools.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            tool.shift_remove("cache_control");
        }
        body.insert("tools".to_owned(), tools);
    }
    if choice.is_some_and(|choice| !choose(&mut body, &choice)) {
        params::report(target, "tool_choice", &mut left_out);
    }
    if call.stream {
        body.insert("stream".to_owned(), json!(true));
    }
    params::merge_extra_body(target, &mut body);
    let url = urls::parse(urls::configured_base(target).unwrap_or(URL).to_owned())?;
    post(target, call.mode, url, body, left_out)
}

/// What is asked besides messages and tools, which is the same in both versions.
pub(super) fn options(
    target: &Target<'_>,
    request: Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    let mut options = params::options(target, request, NAMES, left_out);
    if let Some(stop) = options.get_mut("stop_sequences") {
        *stop = params::list(stop.take());
    }
    options
}

/// Gives the limit of Anthropic's `thinking` Cohere's name.
fn budget(thinking: &mut Value) {
    if let Value::Object(thinking) = thinking
        && let Some(limit) = thinking.shift_remove("budget_tokens")
    {
        thinking.insert("token_budget".to_owned(), limit);
    }
}

/// A message without what other vendors' clients put into theirs.
fn turn(message: &Value) -> Value {
    let Value::Object(message) = message else { return message.clone() };
    let told =
        message.iter().filter(|(name, value)| MESSAGE_FIELDS.contains(&name.as_str()) && !value.is_null());
    let mut turn: Map<String, Value> = told.map(|(name, value)| (name.clone(), value.clone())).collect();
    if message.get("role").is_some_and(|role| role == "developer") {
        turn.insert("role".to_owned(), json!("system"));
    }
    for part in turn.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(part) = part {
            part.shift_remove("cache_control");
        }
    }
    Value::Object(turn)
}

/// Says which tools may be called. Whether that can be said: the API knows that some tool has to be called, so a
/// certain one is the only one on offer.
fn choose(body: &mut Map<String, Value>, choice: &Value) -> bool {
    let word = match choice.as_str() {
        Some("auto") => return true,
        Some("none") => "NONE",
        Some("required" | "any") => "REQUIRED",
        Some(_) => return false,
        None => {
            let Some(name) = choice.pointer("/function/name") else { return false };
            let Some(Value::Array(tools)) = body.get_mut("tools") else { return false };
            tools.retain(|tool| tool.pointer("/function/name") == Some(name));
            "REQUIRED"
        }
    };
    body.insert("tool_choice".to_owned(), json!(word));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certain_tool_is_the_only_one() {
        let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
        let mut body = Map::from_iter([("tools".to_owned(), json!([tool("f"), tool("g")]))]);
        assert!(choose(&mut body, &tool("g")));
        assert_eq!(Value::Object(body), json!({"tools": [tool("g")], "tool_choice": "REQUIRED"}));
        assert!(!choose(&mut Map::new(), &json!("whatever")));
    }

    #[test]
    fn a_limit_of_thinking_has_cohere_s_name() {
        let mut thinking = json!({"type": "enabled", "budget_tokens": 100});
        budget(&mut thinking);
        assert_eq!(thinking, json!({"type": "enabled", "token_budget": 100}));
    }

    #[test]
    fn messages_lose_what_cohere_does_not_know() {
        let message = json!({"role": "developer", "name": "a", "thinking_blocks": [], "tool_calls": null,
            "content": [{"type": "text", "text": "Hi", "cache_control": {}}]});
        assert_eq!(turn(&message), json!({"role": "system", "content": [{"type": "text", "text": "Hi"}]}));
    }
}
