//! JSON Schema as models on Converse take it: without references, and mostly without `additionalProperties`.

use serde_json::{Map, Value, json};

/// How deep schemas may be nested. A schema that refers to itself ends here.
const DEPTH: usize = 32;

/// A schema with its references written out. `additionalProperties` is refused by all models but Claude.
pub(super) fn translate(schema: &Value, keeps_additional: bool) -> Value {
    let definitions =
        ["$defs", "definitions"].iter().find_map(|key| schema.get(*key)).and_then(Value::as_object);
    let mut translated = node(schema, definitions, DEPTH, keeps_additional);
    if let Value::Object(fields) = &mut translated {
        fields.shift_remove("$defs");
        fields.shift_remove("definitions");
    }
    translated
}

fn node(
    schema: &Value,
    definitions: Option<&Map<String, Value>>,
    depth: usize,
    keeps_additional: bool,
) -> Value {
    if depth == 0 {
        return json!({"type": "object"});
    }
    let below = |value: &Value| node(value, definitions, depth - 1, keeps_additional);
    match schema {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            if let Some(target) = name.and_then(|name| definitions?.get(name)) {
                return below(target);
            }
            let said = fields.iter().filter(|(key, value)| {
                // A property may have that name; its schema is an object with more to say.
                keeps_additional || *key != "additionalProperties" || value.get("type").is_some()
            });
            said.map(|(key, value)| match key.as_str() {
                "$defs" | "definitions" => (key.clone(), Value::Null),
                _ => (key.clone(), below(value)),
            })
            .filter(|(_, value)| !value.is_null())
            .collect()
        }
        Value::Array(items) => items.iter().map(below).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_out() {
        let schema = json!({
            "type": "object",
            "properties": {"steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}}},
            "additionalProperties": false,
            "$defs": {"Step": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        });
        let steps =
            json!({"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}});
        let open = json!({"type": "object", "properties": {"steps": steps}});
        assert_eq!(translate(&schema, false), open);
        assert_eq!(translate(&schema, true)["additionalProperties"], false);
    }

    #[test]
    fn a_schema_within_itself_ends() {
        let schema = json!({"$ref": "#/$defs/Tree", "$defs": {"Tree": {"properties": {"left": {"$ref": "#/$defs/Tree"}}}}});
        let depth = translate(&schema, false).to_string().matches("left").count();
        assert!((2..DEPTH).contains(&depth), "{depth}");
    }
}
