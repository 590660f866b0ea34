//! What a client's messages hold, for formats that say it in another way.

use serde_json::{Value, json};

use super::super::{Target, params};

/// A call of a tool that the model made earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolCall<'a> {
    /// By which its result is told; empty when the client gives none.
    pub id: &'a str,
    /// The function.
    pub name: &'a str,
    /// JSON text.
    pub arguments: &'a str,
}

impl ToolCall<'_> {
    /// The arguments as an object; an empty one where they are no JSON, since formats that want an object refuse all
    /// else.
    #[must_use]
    pub fn object(&self) -> Value {
        serde_json::from_str(self.arguments).ok().filter(Value::is_object).unwrap_or_else(|| json!({}))
    }
}

/// The calls in an assistant's message, the older `function_call` included.
pub fn tool_calls(message: &Value) -> impl Iterator<Item = ToolCall<'_>> {
    let calls = message.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    let call = calls.filter_map(|call| {
        let id = call.get("id").and_then(Value::as_str).unwrap_or_default();
        of_function(id, call.get("function")?)
    });
    call.chain(message.get("function_call").and_then(|function| of_function("", function)))
}

fn of_function<'a>(id: &'a str, function: &'a Value) -> Option<ToolCall<'a>> {
    let text = |name: &str| function.get(name).and_then(Value::as_str);
    Some(ToolCall { id, name: text("name")?, arguments: text("arguments").unwrap_or_default() })
}

/// The call that a tool's message answers: by its id, else the latest of the function that the message names.
#[must_use]
pub fn call_of<'a>(result: &Value, before: &'a [Value]) -> Option<ToolCall<'a>> {
    let id = result.get("tool_call_id").and_then(Value::as_str).unwrap_or_default();
    let name = result.get("name").and_then(Value::as_str);
    let is_it = |call: &ToolCall<'_>| {
        if id.is_empty() { Some(call.name) == name } else { call.id == id }
    };
    before.iter().rev().find_map(|message| tool_calls(message).find(is_it))
}

/// Reports the images, sounds and files in a conversation, for formats that take none.
pub fn refuse_all_but_text(target: &Target<'_>, messages: &[Value], left_out: &mut Vec<String>) {
    refuse_parts(target, messages, is_text, left_out);
}

/// The same for formats that take images: reports what is neither text nor one.
pub fn refuse_all_but_images(target: &Target<'_>, messages: &[Value], left_out: &mut Vec<String>) {
    refuse_parts(target, messages, |part| is_text(part) || part.get("image_url").is_some(), left_out);
}

fn is_text(part: &Value) -> bool {
    part.get("text").is_some() || part.get("refusal").is_some()
}

fn refuse_parts(
    target: &Target<'_>,
    messages: &[Value],
    takes: impl Fn(&Value) -> bool,
    left_out: &mut Vec<String>,
) {
    for (place, message) in messages.iter().enumerate() {
        let parts = message.get("content").and_then(Value::as_array).into_iter().flatten();
        for (part, _) in parts.enumerate().filter(|(_, part)| !takes(part)) {
            params::report_part(target, format!("messages[{place}].content[{part}]"), left_out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_find_their_calls() {
        let call =
            |id: &str, name: &str| json!({"id": id, "function": {"name": name, "arguments": "{\"x\":1}"}});
        let before = [
            json!({"role": "assistant", "tool_calls": [call("c1", "f"), call("c2", "g")]}),
            json!({"role": "assistant", "function_call": {"name": "h", "arguments": "no"}}),
        ];
        let by_id = call_of(&json!({"role": "tool", "tool_call_id": "c2"}), &before).unwrap();
        assert_eq!((by_id.name, by_id.object()), ("g", json!({"x": 1})));
        let by_name = call_of(&json!({"role": "function", "name": "h"}), &before).unwrap();
        assert_eq!((by_name.id, by_name.object()), ("", json!({})));
        assert_eq!(call_of(&json!({"role": "tool", "tool_call_id": "c9"}), &before), None);
    }
}
