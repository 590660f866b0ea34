//! JSON Schema as OCI takes it: without references and null, each value of one type.

use serde_json::{Map, Value, json};

use crate::providers::chat::schema::without_references;

/// A schema without references and without null.
pub(super) fn plain(schema: &Value) -> Value {
    node(&without_references(schema))
}

fn node(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else {
        return schema.clone();
    };
    if let Some(only) = first_variant(fields) {
        return node(&only);
    }
    let mut out = Map::new();
    for (key, value) in fields {
        let value = match (key.as_str(), value) {
            // Words that OCI does not know where a schema is due.
            ("title", Value::String(_)) | ("default", Value::Null) => continue,
            ("type", Value::Array(types)) => {
                types.iter().find(|of| *of != "null").cloned().unwrap_or_else(|| json!("string"))
            }
            ("properties", Value::Object(all)) => {
                all.iter().map(|(name, of)| (name.clone(), node(of))).collect()
            }
            ("items" | "additionalProperties", of) => node(of),
            ("anyOf" | "oneOf" | "allOf", Value::Array(all)) => all.iter().map(node).collect(),
            (_, value) => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    if out.get("type").is_some_and(|kind| kind == "array") {
        out.entry("items").or_insert_with(|| json!({"type": "object"}));
    }
    Value::Object(out)
}

/// What a value of several kinds is taken for: the first of them that is not null, with what is said of all.
fn first_variant(fields: &Map<String, Value>) -> Option<Value> {
    let is_null = |of: &&Value| of.get("type").is_some_and(|kind| kind == "null");
    let variants = fields.get("anyOf").filter(|_| !fields.contains_key("type"))?.as_array()?;
    let first = variants.iter().find(|of| !is_null(of))?.as_object()?;
    let said = fields.iter().filter(|(name, _)| *name != "anyOf").chain(first);
    Some(said.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_written_out() {
        let schema = json!({
            "type": "object",
            "$defs": {"Step": {"type": "object", "properties": {
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null},
                "next": {"$ref": "#/$defs/Step"},
            }}},
            "properties": {
                "step": {"$ref": "#/$defs/Step"},
                "kind": {"type": ["null", "integer"], "default": null},
                "either": {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "any"},
                "list": {"type": "array", "title": "List"},
            },
            "additionalProperties": false,
        });
        let plain = plain(&schema);
        assert_eq!(plain["properties"]["step"]["properties"]["note"], json!({"type": "string"}));
        assert_eq!(plain["properties"]["kind"], json!({"type": "integer"}));
        assert_eq!(plain["properties"]["either"], json!({"type": "string", "description": "any"}));
        assert_eq!(plain["properties"]["list"], json!({"type": "array", "items": {"type": "object"}}));
        assert_eq!(plain["additionalProperties"], json!(false));
        assert!(!plain.to_string().contains("$ref"));
    }
}
