//! The body of a Converse request, which is the same for all models.
//!
//! What Converse has no field for goes to `additionalModelRequestFields`, in the words of the model's vendor.

mod answer;
mod beta;
mod conversation;
mod reasoning;
mod schema;
mod tools;

use serde_json::{Map, Value, json};

use crate::providers::prompt::messages;
use crate::providers::{BuildError, Target, params};

use super::list;
use super::model::base;

use tools::Asked;

pub(super) use answer::Converse;
pub(super) use beta::known_betas;
pub(super) use tools::streams;

/// Fields of Converse itself, sent as the deployment gives them.
const OWN: [&str; 6] = [
    "guardrailConfig",
    "outputConfig",
    "performanceConfig",
    "promptVariables",
    "requestMetadata",
    "serviceTier",
];

/// Translates a chat request. The target's model is the id without route. Parameters that can't be said go to
/// `left_out`.
pub(super) fn body(
    target: &Target<'_>,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Value, BuildError> {
    let conversation = conversation::translate(messages(request)?, tools::cache(target.model))?;
    let mut inference = Map::new();
    let mut fields = Map::new();
    let mut body = Map::new();
    for (key, value) in request.iter().filter(|(_, value)| !value.is_null()) {
        match key.as_str() {
            "max_tokens" | "max_completion_tokens" => put(&mut inference, "maxTokens", value.clone()),
            "temperature" => put(&mut inference, "temperature", value.clone()),
            "top_p" => put(&mut inference, "topP", value.clone()),
            "stop" if value == "" => {}
            "stop" => put(&mut inference, "stopSequences", list(value)),
            "top_k" if base(target.model).starts_with("amazon.nova") => {
                put(&mut fields, "inferenceConfig", json!({"topK": value}));
            }
            "service_tier" => match tier(value) {
                Some(tier) => put(&mut body, "serviceTier", json!({"type": tier})),
                None => params::report(target, key, left_out),
            },
            "additionalModelRequestFields" => {
                if let Value::Object(own) = value {
                    fields.extend(own.clone());
                }
            }
            "additionalModelResponseFieldPaths" => put(&mut body, key, value.clone()),
            // Read above or below; OpenAI's metadata are notes for one's own use.
            "messages" | "metadata" | "tools" | "tool_choice" | "response_format" | "reasoning_effort"
            | "thinking" | "stream" | "stream_options" => {}
            "web_search_options" if tools::searches_the_web(target.model) => {}
            "parallel_tool_calls" => match tools::one_at_a_time(target) {
                _ if *value == true => {}
                Some(choice) => put(&mut fields, "tool_choice", choice),
                None => params::report(target, key, left_out),
            },
            own if OWN.contains(&own) => put(&mut body, own, value.clone()),
            foreign if params::is_openai_chat(foreign) => params::report(target, foreign, left_out),
            _ => put(&mut fields, key, value.clone()),
        }
    }
    reasoning::put(target, request, &mut body, &mut inference, &mut fields, left_out)?;
    let betas = known_betas(target);
    if !betas.is_empty() {
        put(&mut fields, "anthropic_beta", json!(betas));
    }
    let asked = Asked {
        called_before: conversation.calls_tools(),
        is_thinking: ["thinking", "reasoningConfig"].iter().any(|key| fields.contains_key(*key)),
    };
    if let Some(tools) = tools::config(target, request, asked, left_out)? {
        if let (Some(_), Some(Value::Object(choice))) =
            (tools.get("toolChoice"), fields.get_mut("tool_choice"))
        {
            // Converse refuses to be told twice.
            choice.shift_remove("type");
        }
        put(&mut body, "toolConfig", tools);
    }
    if let Some(format) = tools::output(target, request) {
        put(&mut body, "outputConfig", format);
    }
    if !conversation.system.is_empty() {
        put(&mut body, "system", Value::Array(conversation.system));
    }
    put(&mut body, "messages", Value::Array(conversation.messages));
    put(&mut body, "inferenceConfig", Value::Object(inference));
    if !fields.is_empty() {
        put(&mut body, "additionalModelRequestFields", Value::Object(fields));
    }
    Ok(Value::Object(body))
}

/// Which capacity is used, in Bedrock's word.
fn tier(tier: &Value) -> Option<&str> {
    match tier.as_str()? {
        "auto" => Some("default"),
        known @ ("default" | "flex" | "priority" | "reserved") => Some(known),
        _ => None,
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: Value) {
    map.insert(key.to_owned(), value);
}
