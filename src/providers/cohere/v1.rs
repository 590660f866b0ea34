//! Chat in version 1: the last message stands apart from those before it, and tools have lists of parameters instead
//! of schemas.

use serde_json::{Map, Value, json};

use crate::domain::{Call, WireRequest};
use crate::providers::chat::history::{self, ToolCall};
use crate::providers::prompt::{messages, role_of, text_of};
use crate::providers::{BuildError, Target, params, url as urls};

use super::{chat, post};

const URL: &str = "https://api.cohere.ai/v1/chat";

pub(super) fn build(target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut request = params::wire_params(target, call);
    let mut body = Map::from_iter([("model".to_owned(), json!(target.model))]);
    let messages = messages(&request)?;
    history::refuse_all_but_text(target, messages, &mut left_out);
    body.extend(conversation(messages));
    request.shift_remove("messages");
    let tools = request.shift_remove("tools");
    match request.shift_remove("tool_choice") {
        // Without any tool the model calls none.
        Some(choice) if choice == "none" => {}
        choice => {
            if choice.is_some_and(|choice| choice != "auto") {
                params::report(target, "tool_choice", &mut left_out);
            }
            if let Some(tools) = params::functions(target, tools.as_ref(), &mut left_out) {
                body.insert("tools".to_owned(), tools.into_iter().map(tool).collect());
            }
        }
    }
    body.extend(chat::options(target, request, &mut left_out));
    if call.stream {
        body.insert("stream".to_owned(), json!(true));
    }
    params::merge_extra_body(target, &mut body);
    let url = urls::parse(urls::configured_base(target).unwrap_or(URL).to_owned())?;
    post(target, call.mode, url, body, left_out)
}

/// A conversation: what the model is told about its task, what was said before, and what is said now, which is a
/// text or the results of tools.
fn conversation(messages: &[Value]) -> Map<String, Value> {
    let is_result = |message: &Value| matches!(role_of(message), "tool" | "function");
    let asked = messages.iter().rposition(|message| !is_result(message)).map_or(0, |last| last + 1);
    let (before, results) = messages.split_at(asked);
    let mut out = Map::new();
    let mut history: Vec<&Value> = before.iter().collect();
    if results.is_empty() {
        let last = history.iter().rposition(|message| role_of(message) == "user");
        // A system prompt alone is a question.
        let last = last.unwrap_or(history.len().saturating_sub(1));
        let question = if last < history.len() { text_of(history.remove(last)) } else { String::new() };
        out.insert("message".to_owned(), json!(question));
    } else {
        out.insert("message".to_owned(), json!(""));
        let results = results.iter().map(|result| tool_result(result, before));
        out.insert("tool_results".to_owned(), results.collect());
    }
    let is_system = |message: &&Value| matches!(role_of(message), "system" | "developer");
    let (system, spoken): (Vec<&Value>, Vec<&Value>) = history.into_iter().partition(is_system);
    let preamble: Vec<String> = system.into_iter().map(text_of).collect();
    if !preamble.is_empty() {
        out.insert("preamble".to_owned(), json!(preamble.join("\n")));
    }
    if !spoken.is_empty() {
        let turns = spoken.into_iter().map(|message| turn(message, before));
        out.insert("chat_history".to_owned(), turns.collect());
    }
    out
}

fn turn(message: &Value, all: &[Value]) -> Value {
    match role_of(message) {
        "assistant" => {
            let mut turn = json!({"role": "CHATBOT", "message": text_of(message)});
            let calls: Vec<Value> = history::tool_calls(message).map(|call| tool_call(&call)).collect();
            if !calls.is_empty() {
                turn["tool_calls"] = json!(calls);
            }
            turn
        }
        "tool" | "function" => json!({"role": "TOOL", "tool_results": [tool_result(message, all)]}),
        _ => json!({"role": "USER", "message": text_of(message)}),
    }
}

fn tool_call(call: &ToolCall<'_>) -> Value {
    json!({"name": call.name, "parameters": call.object()})
}

/// What a tool gave, beside the call that it was given for.
fn tool_result(message: &Value, all: &[Value]) -> Value {
    let text = text_of(message);
    let output = serde_json::from_str(&text).ok().filter(Value::is_object);
    let output = output.unwrap_or_else(|| json!({"result": text}));
    let call = history::call_of(message, all).map(|call| tool_call(&call));
    json!({"call": call, "outputs": [output]})
}

fn tool(tool: &Value) -> Value {
    let function = &tool["function"];
    let required = function.pointer("/parameters/required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
    let properties = function.pointer("/parameters/properties").and_then(Value::as_object);
    let definitions: Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let description = schema["description"].as_str().unwrap_or_default();
            let definition =
                json!({"description": description, "type": kind(schema), "required": is_required(name)});
            (name.clone(), definition)
        })
        .collect();
    json!({
        "name": function["name"],
        "description": function["description"].as_str().unwrap_or_default(),
        "parameter_definitions": definitions,
    })
}

/// The type of a parameter, of which there is one here: null is what an optional one may be.
fn kind(schema: &Value) -> &str {
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.as_slice(),
        one => std::slice::from_ref(one),
    };
    kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("string")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_question_stands_apart_from_what_was_said_before() {
        let messages = [
            json!({"role": "system", "content": "Be brief."}),
            json!({"role": "user", "content": "Hi"}),
            json!({"role": "assistant", "content": "Hello!"}),
            json!({"role": "user", "content": "Bye"}),
        ];
        assert_eq!(
            Value::Object(conversation(&messages)),
            json!({
                "message": "Bye",
                "preamble": "Be brief.",
                "chat_history": [
                    {"role": "USER", "message": "Hi"},
                    {"role": "CHATBOT", "message": "Hello!"},
                ],
            })
        );
        assert_eq!(Value::Object(conversation(&messages[..1])), json!({"message": "Be brief."}));
    }

    #[test]
    fn results_of_tools_are_told_with_their_calls() {
        let messages = [
            json!({"role": "user", "content": "Weather?"}),
            json!({"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "function": {"name": "weather", "arguments": "{\"in\": \"Paris\"}"}},
            ]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": "20"}),
        ];
        let call = json!({"name": "weather", "parameters": {"in": "Paris"}});
        assert_eq!(
            Value::Object(conversation(&messages)),
            json!({
                "message": "",
                "tool_results": [{"call": call, "outputs": [{"result": "20"}]}],
                "chat_history": [
                    {"role": "USER", "message": "Weather?"},
                    {"role": "CHATBOT", "message": "", "tool_calls": [call]},
                ],
            })
        );
    }
}
