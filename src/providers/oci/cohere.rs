//! Cohere's format: the last message stands apart from those before it.

use serde_json::{Map, Value, json};

use super::{Field, add_parameters, schema, text};
use crate::providers::chat::history::{self, ToolCall};
use crate::providers::prompt::{messages, role_of};
use crate::providers::{BuildError, Target, params};

pub(super) fn chat(
    target: &Target<'_>,
    request: &Map<String, Value>,
    stream: bool,
    left_out: &mut Vec<String>,
) -> Result<Map<String, Value>, BuildError> {
    let messages = messages(request)?;
    history::refuse_all_but_text(target, messages, left_out);
    let mut body = Map::from_iter([("apiFormat".to_owned(), json!("COHERE"))]);
    body.extend(conversation(messages)?);
    if stream {
        body.insert("isStream".to_owned(), json!(true));
    }
    if let Some(tools) = params::functions(target, request.get("tools"), left_out) {
        body.insert("tools".to_owned(), tools.into_iter().map(tool).collect());
    }
    if let Some(format) = request.get("response_format").and_then(response_format) {
        body.insert("responseFormat".to_owned(), format);
    }
    add_parameters(target, request, field, &mut body, left_out);
    if let Some(stop) = body.get_mut("stopSequences") {
        *stop = params::list(stop.take());
    }
    Ok(body)
}

fn field(name: &str) -> Field {
    match name {
        "max_tokens" | "max_completion_tokens" => Field::Named("maxTokens"),
        "temperature" => Field::Named("temperature"),
        "top_p" => Field::Named("topP"),
        "top_k" => Field::Named("topK"),
        "frequency_penalty" => Field::Named("frequencyPenalty"),
        "presence_penalty" => Field::Named("presencePenalty"),
        "seed" => Field::Named("seed"),
        "stop" => Field::Named("stopSequences"),
        _ => Field::Other,
    }
}

/// What the model is told about its task, what was said before, and what is said now: a text, or what tools gave.
fn conversation(messages: &[Value]) -> Result<Map<String, Value>, BuildError> {
    let asked = messages.iter().rposition(|message| !is_result(message)).map_or(0, |last| last + 1);
    let (before, results) = messages.split_at(asked);
    let mut history: Vec<&Value> = before.iter().collect();
    let mut out = Map::new();
    if results.is_empty() {
        let question = history.iter().rposition(|message| role_of(message) == "user");
        let question = question.ok_or_else(|| BuildError::BadCall {
            param: "messages".to_owned(),
            problem: "has no user's message, which Cohere's models need".to_owned(),
        })?;
        out.insert("message".to_owned(), json!(text(history.remove(question).get("content"))));
    } else {
        out.insert("message".to_owned(), json!(""));
        let results = results.iter().map(|result| tool_result(result, before));
        out.insert("toolResults".to_owned(), results.collect());
    }
    let is_system = |message: &&Value| matches!(role_of(message), "system" | "developer");
    let (system, spoken): (Vec<&Value>, Vec<&Value>) = history.into_iter().partition(is_system);
    if !system.is_empty() {
        let words: Vec<String> = system.iter().map(|message| text(message.get("content"))).collect();
        out.insert("preambleOverride".to_owned(), json!(words.join("\n")));
    }
    let mut turns: Vec<Value> = Vec::new();
    for message in spoken {
        // What tools gave for one turn's calls is told together.
        match turns.last_mut().and_then(|turn| turn.get_mut("toolResults")?.as_array_mut()) {
            Some(results) if is_result(message) => results.push(tool_result(message, before)),
            _ => turns.push(turn(message, before)),
        }
    }
    out.insert("chatHistory".to_owned(), Value::Array(turns));
    Ok(out)
}

fn is_result(message: &Value) -> bool {
    matches!(role_of(message), "tool" | "function")
}

fn turn(message: &Value, all: &[Value]) -> Value {
    if is_result(message) {
        return json!({"role": "TOOL", "toolResults": [tool_result(message, all)]});
    }
    let role = if role_of(message) == "assistant" { "CHATBOT" } else { "USER" };
    let mut turn = json!({"role": role, "message": text(message.get("content"))});
    let calls: Vec<Value> = history::tool_calls(message).map(tool_call).collect();
    if !calls.is_empty() {
        turn["toolCalls"] = json!(calls);
    }
    turn
}

fn tool_call(call: ToolCall<'_>) -> Value {
    json!({"name": call.name, "parameters": call.object()})
}

/// What a tool gave, beside the call that it was given for.
fn tool_result(message: &Value, all: &[Value]) -> Value {
    let call = history::call_of(message, all).map(tool_call);
    json!({"call": call, "outputs": [{"output": text(message.get("content"))}]})
}

fn response_format(format: &Value) -> Option<Value> {
    match format["type"].as_str()? {
        "json_schema" => Some(json!({"type": "JSON_OBJECT", "schema": format["json_schema"]["schema"]})),
        kind => Some(json!({"type": kind.to_ascii_uppercase()})),
    }
}

/// A function, whose parameters are told one by one instead of by a schema.
fn tool(tool: &Value) -> Value {
    let function = &tool["function"];
    let required = function.pointer("/parameters/required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
    let schema = function.get("parameters").map(schema::plain).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let parameters: Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let definition = json!({
                "type": kind(schema),
                "description": description(schema),
                "isRequired": is_required(name),
            });
            (name.clone(), definition)
        })
        .collect();
    json!({
        "name": function["name"],
        "description": function["description"].as_str().unwrap_or_default(),
        "parameterDefinitions": parameters,
    })
}

/// The type of a parameter, as Python calls it.
fn kind(schema: &Value) -> &'static str {
    match schema["type"].as_str() {
        Some("integer") => "int",
        Some("number") => "float",
        Some("boolean") => "bool",
        Some("array") => "List",
        Some("object") => "Dict",
        _ => "str",
    }
}

/// What a parameter is; there is no other place for what its values have to be.
fn description(schema: &Value) -> String {
    let mut words: Vec<String> = schema["description"].as_str().map(str::to_owned).into_iter().collect();
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let quoted =
            |value: &Value| value.as_str().map_or_else(|| value.to_string(), |word| format!("'{word}'"));
        let values: Vec<String> = values.iter().map(quoted).collect();
        words.push(format!("Allowed values: [{}]", values.join(", ")));
    }
    let of = |name: &str| {
        schema.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    words.extend(of("format").map(|format| format!("Format: {format}")));
    let limits = [("min", of("minimum")), ("max", of("maximum"))];
    let limits: Vec<String> =
        limits.into_iter().filter_map(|(name, limit)| Some(format!("{name}={}", limit?))).collect();
    if !limits.is_empty() {
        words.push(format!("Range: {}", limits.join(", ")));
    }
    words.extend(of("pattern").map(|pattern| format!("Pattern: {pattern}")));
    words.join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_tools_stand_apart_and_the_question_in_the_history() {
        let messages = [
            json!({"role": "system", "content": "Be brief."}),
            json!({"role": "user", "content": "Weather?"}),
            json!({"role": "assistant", "tool_calls": [
                {"id": "c1", "function": {"name": "weather", "arguments": "{\"in\": \"Paris\"}"}},
            ]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": "20"}),
        ];
        let call = json!({"name": "weather", "parameters": {"in": "Paris"}});
        assert_eq!(
            Value::Object(conversation(&messages).unwrap()),
            json!({
                "message": "",
                "toolResults": [{"call": call, "outputs": [{"output": "20"}]}],
                "preambleOverride": "Be brief.",
                "chatHistory": [
                    {"role": "USER", "message": "Weather?"},
                    {"role": "CHATBOT", "message": "", "toolCalls": [call]},
                ],
            })
        );
        assert!(conversation(&messages[..1]).is_err());
    }
}
