//! Messages as a provider of OpenAI's format takes them.
//!
//! Clients send what some vendor once invented: marks for Anthropic's cache, signed thoughts, the role `developer`.
//! Few hosts know them, and some have less than OpenAI has.

use serde_json::{Map, Value};

use super::super::{MessageRule, Target, params};
use super::reasoning;

/// What marks a place up to which Anthropic's models cache a prompt.
const CACHE_CONTROL: &str = "cache_control";

/// Makes the messages and tools of a chat body fit for the provider. What it can't take is left out, and reported
/// by its place.
pub(super) fn adapt(target: &Target<'_>, body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    let rules = target.provider.quirks.messages;
    if rules.contains(&MessageRule::AsTheyAre) {
        return;
    }
    if !keeps_cache_control(target) {
        for key in ["messages", "tools"] {
            without_cache_control(body.get_mut(key));
        }
    }
    if rules.contains(&MessageRule::LooseTools) {
        loosen_tools(body.get_mut("tools"));
    }
    let Some(Value::Array(messages)) = body.get_mut("messages") else {
        return;
    };
    let is_o_series = target.provider.quirks.openai_models && reasoning::is_o_series(target.model);
    let takes_system = !is_o_series || reasoning::takes_system(target);
    for (place, message) in messages.iter_mut().enumerate() {
        let Value::Object(message) = message else {
            continue;
        };
        set_role(message, is_o_series, takes_system);
        // Thoughts signed by Anthropic's models are of no use to others.
        message.shift_remove("thinking_blocks");
        for rule in rules {
            match rule {
                MessageRule::NoReasoning => {
                    message.shift_remove("reasoning_content");
                }
                MessageRule::Names(speakers) => keep_name(message, speakers),
                MessageRule::NoImages => leave_out_images(target, place, message, left_out),
                MessageRule::TextAsString => join_text(message),
                MessageRule::CallsWithReasoning if target.reasons() == Some(true) => give_reasoning(message),
                MessageRule::AsTheyAre
                | MessageRule::NoEmpty(_)
                | MessageRule::CacheControl(_)
                | MessageRule::CallsWithReasoning
                | MessageRule::LooseTools
                | MessageRule::ThoughtsInText => {}
            }
        }
    }
    for rule in rules {
        if let MessageRule::NoEmpty(roles) = rule {
            messages
                .retain(|message| !roles.iter().any(|role| message["role"] == *role) || !is_empty(message));
        }
    }
}

/// `developer` is a role at OpenAI only, whose models take `system` for it; but those that reason know `developer`
/// and, most of them, no `system`.
fn set_role(message: &mut Map<String, Value>, is_o_series: bool, takes_system: bool) {
    let role = match message.get("role").and_then(Value::as_str) {
        Some("developer") if !is_o_series => "system",
        Some("system") if !takes_system => "user",
        _ => return,
    };
    message.insert("role".to_owned(), Value::from(role));
}

fn keeps_cache_control(target: &Target<'_>) -> bool {
    target.provider.quirks.messages.iter().any(|rule| match rule {
        MessageRule::CacheControl(models) => models.iter().any(|model| target.model.contains(model)),
        _ => false,
    })
}

/// Takes the marks out of messages or tools, and of the parts of their content.
fn without_cache_control(items: Option<&mut Value>) {
    for item in items.and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(item) = item else {
            continue;
        };
        item.shift_remove(CACHE_CONTROL);
        for key in ["content", "function"] {
            match item.get_mut(key) {
                Some(Value::Object(part)) => {
                    part.shift_remove(CACHE_CONTROL);
                }
                parts => without_cache_control(parts),
            }
        }
    }
}

/// Gives a blank reasoning to calls of tools that come without any.
fn give_reasoning(message: &mut Map<String, Value>) {
    if message.contains_key("tool_calls") {
        message.entry("reasoning_content").or_insert_with(|| Value::from(" "));
    }
}

/// Takes out who speaks, but for messages of some roles.
fn keep_name(message: &mut Map<String, Value>, roles: &[&str]) {
    let role = message.get("role").and_then(Value::as_str);
    if !role.is_some_and(|role| roles.contains(&role)) {
        message.shift_remove("name");
    }
}

/// Takes from tools the mark that they are strict.
fn loosen_tools(tools: Option<&mut Value>) {
    for tool in tools.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(Value::Object(function)) = tool.get_mut("function") {
            function.shift_remove("strict");
        }
    }
}

/// Takes out images, for models that can't see.
fn leave_out_images(
    target: &Target<'_>,
    place: usize,
    message: &mut Map<String, Value>,
    left_out: &mut Vec<String>,
) {
    let Some(Value::Array(parts)) = message.get_mut("content") else {
        return;
    };
    let mut at = 0;
    parts.retain(|part| {
        let is_image = part["type"] == "image_url";
        if is_image {
            params::report_part(target, format!("messages[{place}].content[{at}]"), left_out);
        }
        at += 1;
        !is_image
    });
}

/// Text in parts as one text, where nothing but text is there.
fn join_text(message: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = message.get("content") else {
        return;
    };
    let text: Option<String> =
        parts.iter().map(|part| part["text"].as_str().filter(|_| part["type"] == "text")).collect();
    if let Some(text) = text {
        message.insert("content".to_owned(), Value::from(text));
    }
}

/// Whether a message says nothing and calls nothing.
fn is_empty(message: &Value) -> bool {
    let is_blank = |key: &str| match message.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    };
    is_blank("content") && is_blank("tool_calls") && is_blank("function_call")
}
