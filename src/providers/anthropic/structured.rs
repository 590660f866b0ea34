//! Answers in JSON: from OpenAI's `response_format` to what each generation of Claude takes.

use serde_json::{Map, Value, json};

use super::tools;

/// The tool by which JSON is asked of models without structured outputs: its input is the answer.
pub(crate) const JSON_TOOL: &str = "json_tool_call";

/// Where a schema goes, if the cloud has structured outputs at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structured {
    /// `output_format`, as Anthropic's beta has it.
    OutputFormat,
    /// `output_config.format`.
    OutputConfig,
    /// Nowhere.
    Not,
}

/// Keywords of JSON Schema that structured outputs refuse, and what they mean.
const REFUSED: [(&str, &str); 9] = [
    ("minimum", "minimum value"),
    ("maximum", "maximum value"),
    ("exclusiveMinimum", "exclusive minimum value"),
    ("exclusiveMaximum", "exclusive maximum value"),
    ("multipleOf", "multiple of"),
    ("minLength", "minimum length"),
    ("maxLength", "maximum length"),
    ("maxItems", "maximum number of items"),
    ("uniqueItems", "unique items"),
];

/// Asks for JSON: by a schema where there are structured outputs, else by a tool that the model is made to call.
/// With thinking on it can't be made to, only invited. `has_tools` says whether the caller brings tools.
pub(super) fn answer_in_json(
    body: &mut Map<String, Value>,
    format: &Value,
    native: Structured,
    has_tools: bool,
) {
    let schema = match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => format.pointer("/json_schema/schema").cloned(),
        // Without a schema it is not worth taking the caller's own tools away.
        Some("json_object") if has_tools => return,
        Some("json_object") => format.get("response_schema").cloned(),
        _ => return,
    };
    let told = |mut schema: Value| {
        explain_refused(&mut schema);
        json!({"type": "json_schema", "schema": schema})
    };
    match (schema, native) {
        (Some(schema), Structured::OutputFormat) => {
            body.insert("output_format".to_owned(), told(schema));
        }
        (Some(schema), Structured::OutputConfig) => {
            // Effort has its place there too.
            if let Value::Object(config) = body.entry("output_config").or_insert_with(|| json!({})) {
                config.insert("format".to_owned(), told(schema));
            }
        }
        (schema, _) => {
            let any = || json!({"type": "object", "additionalProperties": true, "properties": {}});
            tools::add(body, json!({"name": JSON_TOOL, "input_schema": schema.unwrap_or_else(any)}));
            if !body.contains_key("thinking") {
                body.insert("tool_choice".to_owned(), json!({"type": "tool", "name": JSON_TOOL}));
            }
        }
    }
}

/// Puts what the API would refuse into words, so that the model still knows.
fn explain_refused(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            // A property may be called `minimum`; a keyword has no schema for its value.
            let is_keyword = |key: &str| object.get(key).is_some_and(|value| !value.is_object());
            let refused: Vec<_> = REFUSED.iter().filter(|(key, _)| is_keyword(key)).collect();
            let notes = refused
                .iter()
                .filter_map(|(key, meaning)| Some(format!("{meaning}: {}", object.shift_remove(*key)?)));
            let notes = notes.collect::<Vec<_>>().join(", ");
            if !notes.is_empty() {
                let own = object.get("description").and_then(Value::as_str).unwrap_or_default();
                object.insert("description".to_owned(), json!(format!("{own} Note: {notes}.").trim()));
            }
            object.values_mut().for_each(explain_refused);
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(explain_refused),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema_format() -> Value {
        json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {
            "type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "description": "count"}},
        }}})
    }

    #[test]
    fn structured_outputs_take_a_schema_without_limits() {
        let mut body = Map::new();
        answer_in_json(&mut body, &schema_format(), Structured::OutputFormat, false);
        let property = json!({"type": "integer", "description": "count Note: minimum value: 0."});
        assert_eq!(
            Value::Object(body),
            json!({"output_format": {"type": "json_schema", "schema": {
                "type": "object", "properties": {"n": property},
            }}})
        );
    }

    #[test]
    fn older_models_are_made_to_call_a_tool() {
        let mut body = Map::new();
        answer_in_json(&mut body, &schema_format(), Structured::Not, false);
        assert_eq!(body["tools"][0]["name"], JSON_TOOL);
        assert_eq!(body["tools"][0]["input_schema"], schema_format()["json_schema"]["schema"]);
        assert_eq!(body["tool_choice"], json!({"type": "tool", "name": JSON_TOOL}));

        let mut thinking = Map::from_iter([("thinking".to_owned(), json!({"type": "enabled"}))]);
        answer_in_json(&mut thinking, &schema_format(), Structured::Not, false);
        assert!(!thinking.contains_key("tool_choice"));
    }

    #[test]
    fn text_asks_for_nothing() {
        let mut body = Map::new();
        answer_in_json(&mut body, &json!({"type": "text"}), Structured::OutputFormat, false);
        assert!(body.is_empty());
    }
}
