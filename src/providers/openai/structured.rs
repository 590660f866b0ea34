//! Answers that follow a schema, of models that know tools but no schemas.
//!
//! The schema becomes the parameters of a tool that the model has to call; what it calls the tool with is the answer.

use serde_json::{Map, Value, json};

use crate::domain::Call;

use super::super::Target;

/// The tool whose call is the answer.
pub const TOOL: &str = "json_tool_call";

/// Whether the client or the deployment asks for an answer that follows a schema.
#[must_use]
pub fn is_asked(target: &Target<'_>, call: &Call) -> bool {
    let own = || target.deployment.params.get("response_format");
    call.payload.get("response_format").or_else(own).is_some_and(is_schema)
}

fn is_schema(format: &Value) -> bool {
    format["type"] == "json_schema"
}

/// Says a `json_schema` response format by a tool. Whether there was one.
pub fn by_tool(body: &mut Map<String, Value>) -> bool {
    if !body.get("response_format").is_some_and(is_schema) {
        return false;
    }
    let schema = body
        .shift_remove("response_format")
        .and_then(|mut format| format.pointer_mut("/json_schema/schema").map(Value::take))
        .unwrap_or_default();
    let tool = json!({"type": "function", "function": {"name": TOOL, "parameters": schema}});
    match body.get_mut("tools") {
        Some(Value::Array(tools)) => tools.push(tool),
        _ => {
            body.insert("tools".to_owned(), json!([tool]));
        }
    }
    body.insert("tool_choice".to_owned(), json!({"type": "function", "function": {"name": TOOL}}));
    true
}
