//! Answers in JSON: from OpenAI's `response_format` to what each generation of Claude takes.

use serde_json::{Map, Value, json};

use super::{thinking, tools};

/// The tool by which JSON is asked of models without structured outputs: its input is the answer.
pub(crate) const JSON_TOOL: &str = "json_tool_call";

/// What is said of that tool when there is no schema.
pub(crate) const ANY_OBJECT: &str =
    "Answers. The input is the JSON object that was asked for, with all its properties.";

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
const REFUSED: [(&str, &str); 22] = [
    ("minItems", "minimum number of items"),
    ("maxItems", "maximum number of items"),
    ("uniqueItems", "unique items"),
    ("contains", "contains"),
    ("prefixItems", "leading items"),
    ("minimum", "minimum value"),
    ("maximum", "maximum value"),
    ("exclusiveMinimum", "exclusive minimum value"),
    ("exclusiveMaximum", "exclusive maximum value"),
    ("multipleOf", "multiple of"),
    ("minLength", "minimum length"),
    ("maxLength", "maximum length"),
    ("minProperties", "minimum number of properties"),
    ("maxProperties", "maximum number of properties"),
    ("patternProperties", "properties by pattern"),
    ("propertyNames", "names of properties"),
    ("dependentRequired", "properties that need others"),
    ("unevaluatedProperties", "other properties"),
    ("if", "if"),
    ("then", "then"),
    ("else", "else"),
    ("not", "not"),
];

/// Keywords whose values are schemas by names that are the caller's.
const NAMED: [&str; 3] = ["properties", "$defs", "definitions"];

/// What the caller asks for besides JSON.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside {
    /// Tools of the caller's own.
    pub(super) has_tools: bool,
    /// Which of the tools the model may call.
    pub(super) chooses: bool,
}

/// Asks for JSON: by a schema where there are structured outputs, else by a tool that the model is made to call.
/// With thinking on it can't be made to, only invited; and a caller's own choice of a tool goes first.
pub(super) fn answer_in_json(
    body: &mut Map<String, Value>,
    format: &Value,
    native: Structured,
    beside: Beside,
) {
    let schema = match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => format.pointer("/json_schema/schema").cloned(),
        // Without a schema it is not worth taking the caller's own tools away.
        Some("json_object") if beside.has_tools => return,
        Some("json_object") => format.get("response_schema").cloned(),
        _ => return,
    };
    let told = |mut schema: Value| {
        close_and_explain(&mut schema);
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
            let tool =
                schema.map_or_else(any_object, |schema| json!({"name": JSON_TOOL, "input_schema": schema}));
            tools::add(body, tool);
            if !thinking::is_on(body) && !beside.chooses {
                body.insert("tool_choice".to_owned(), json!({"type": "tool", "name": JSON_TOOL}));
            }
        }
    }
}

/// The tool for an answer in JSON of which nothing else is known: without being told what goes into it, models leave
/// it empty.
fn any_object() -> Value {
    json!({
        "name": JSON_TOOL,
        "description": ANY_OBJECT,
        "input_schema": {"type": "object", "additionalProperties": true, "properties": {}},
    })
}

/// Makes a schema one that structured outputs take: objects have to say that they are closed, and what would be
/// refused is put into words, so that the model still knows.
pub(crate) fn close_and_explain(schema: &mut Value) {
    close(schema);
    each_schema(schema, &mut explain_refused);
}

/// Closes every object in a schema that does not say whether it is.
pub(crate) fn close(schema: &mut Value) {
    each_schema(schema, &mut |object| {
        if object.get("type").is_some_and(|kind| kind == "object") {
            object.entry("additionalProperties").or_insert(json!(false));
        }
    });
}

fn explain_refused(object: &mut Map<String, Value>) {
    let notes = REFUSED
        .iter()
        .filter_map(|(key, meaning)| Some(format!("{meaning}: {}", object.shift_remove(*key)?)));
    let notes = notes.collect::<Vec<_>>().join(", ");
    if !notes.is_empty() {
        let own = object.get("description").and_then(Value::as_str).unwrap_or_default();
        object.insert("description".to_owned(), json!(format!("{own} Note: {notes}.").trim()));
    }
    if let Some(any) = object.shift_remove("oneOf") {
        object.entry("anyOf").or_insert(any);
    }
}

/// Does something to a schema and to every one in it.
fn each_schema(schema: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            change(object);
            for (key, value) in object {
                match value {
                    Value::Object(named) if NAMED.contains(&key.as_str()) => {
                        named.values_mut().for_each(|schema| each_schema(schema, change));
                    }
                    // These are values, not schemas.
                    _ if matches!(key.as_str(), "default" | "enum" | "const" | "examples") => {}
                    value => each_schema(value, change),
                }
            }
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(|schema| each_schema(schema, change)),
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
        answer_in_json(&mut body, &schema_format(), Structured::OutputFormat, Beside::default());
        let property = json!({"type": "integer", "description": "count Note: minimum value: 0."});
        assert_eq!(
            Value::Object(body),
            json!({"output_format": {"type": "json_schema", "schema": {
                "type": "object", "additionalProperties": false, "properties": {"n": property},
            }}})
        );
    }

    #[test]
    fn older_models_are_made_to_call_a_tool() {
        let mut body = Map::new();
        answer_in_json(&mut body, &schema_format(), Structured::Not, Beside::default());
        assert_eq!(body["tools"][0]["name"], JSON_TOOL);
        assert_eq!(body["tools"][0]["input_schema"], schema_format()["json_schema"]["schema"]);
        assert_eq!(body["tool_choice"], json!({"type": "tool", "name": JSON_TOOL}));

        let mut thinking = Map::from_iter([("thinking".to_owned(), json!({"type": "enabled"}))]);
        answer_in_json(&mut thinking, &schema_format(), Structured::Not, Beside::default());
        assert!(!thinking.contains_key("tool_choice"));
    }

    #[test]
    fn text_asks_for_nothing() {
        let mut body = Map::new();
        answer_in_json(&mut body, &json!({"type": "text"}), Structured::OutputFormat, Beside::default());
        assert!(body.is_empty());
    }
}
