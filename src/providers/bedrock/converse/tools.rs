//! Tools: from OpenAI's `tools`, `tool_choice` and `response_format` to Converse's `toolConfig`.

use serde_json::{Map, Value, json};

/// The tool whose arguments are the answer where JSON of a given form is asked for.
const ANSWER: &str = "json_tool_call";

/// The `toolConfig`, if there are tools. Where tools were called before, Converse wants them told again.
pub(super) fn config(request: &Map<String, Value>, called_before: bool) -> Option<Value> {
    let offered = request.get("tools").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut tools: Vec<Value> = offered.iter().map(tool).collect();
    let mut choice = request.get("tool_choice").and_then(chosen);
    if let Some(schema) = request.get("response_format").and_then(schema) {
        tools.push(json!({"toolSpec": {"name": ANSWER, "inputSchema": {"json": schema}}}));
        if offered.is_empty() {
            choice = Some(json!({"tool": {"name": ANSWER}}));
        }
    }
    if tools.is_empty() && called_before {
        tools.push(placeholder());
    }
    if tools.is_empty() {
        return None;
    }
    let mut config = json!({"tools": tools});
    if let Some(choice) = choice {
        config["toolChoice"] = choice;
    }
    Some(config)
}

/// A function in Converse's form; anything else is Converse's own already.
fn tool(tool: &Value) -> Value {
    let Some(function) = tool.get("function") else { return tool.clone() };
    let parameters = function.get("parameters").cloned();
    let mut spec = json!({
        "name": function.get("name"),
        "inputSchema": {"json": parameters.unwrap_or_else(|| json!({"type": "object", "properties": {}}))},
    });
    if let Some(description) = function.get("description") {
        spec["description"] = description.clone();
    }
    json!({"toolSpec": spec})
}

fn chosen(choice: &Value) -> Option<Value> {
    match choice {
        Value::String(word) => match word.as_str() {
            "auto" => Some(json!({"auto": {}})),
            "required" => Some(json!({"any": {}})),
            _ => None,
        },
        other => other.pointer("/function/name").map(|name| json!({"tool": {"name": name}})),
    }
}

/// The schema that the answer has to follow; any object for `json_object`.
fn schema(format: &Value) -> Option<Value> {
    match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => format.pointer("/json_schema/schema").cloned(),
        Some("json_object") => {
            Some(json!({"type": "object", "additionalProperties": true, "properties": {}}))
        }
        _ => None,
    }
}

fn placeholder() -> Value {
    json!({"toolSpec": {
        "name": "unavailable",
        "description": "Stands for the tools of earlier turns. Do not call it.",
        "inputSchema": {"json": {"type": "object", "properties": {}}},
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(request: Value, called_before: bool) -> Option<Value> {
        let Value::Object(request) = request else { panic!("not an object") };
        config(&request, called_before)
    }

    #[test]
    fn functions_and_choices_are_translated() {
        let tools = json!([{"type": "function", "function": {
            "name": "now", "description": "the time", "parameters": {"type": "object", "properties": {"tz": {}}},
        }}]);
        let spec = json!({"toolSpec": {
            "name": "now", "description": "the time",
            "inputSchema": {"json": {"type": "object", "properties": {"tz": {}}}},
        }});
        for (choice, expected) in [
            (json!("auto"), Some(json!({"auto": {}}))),
            (json!("required"), Some(json!({"any": {}}))),
            (json!("none"), None),
            (
                json!({"type": "function", "function": {"name": "now"}}),
                Some(json!({"tool": {"name": "now"}})),
            ),
        ] {
            let config = configured(json!({"tools": tools, "tool_choice": choice}), false).unwrap();
            assert_eq!(config["tools"], json!([spec]));
            assert_eq!(config.get("toolChoice").cloned(), expected, "{choice}");
        }
    }

    #[test]
    fn json_is_asked_for_by_a_tool() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "number"}}});
        let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
        let config = configured(json!({"response_format": format}), false).unwrap();
        assert_eq!(config["tools"][0]["toolSpec"]["inputSchema"]["json"], schema);
        assert_eq!(config["toolChoice"], json!({"tool": {"name": ANSWER}}));
        assert_eq!(configured(json!({"response_format": {"type": "text"}}), false), None);
    }

    #[test]
    fn earlier_calls_need_a_tool() {
        assert_eq!(configured(json!({}), false), None);
        assert_eq!(configured(json!({}), true).unwrap()["tools"][0]["toolSpec"]["name"], "unavailable");
    }
}
