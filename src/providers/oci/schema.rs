//! JSON Schema as the generic format takes it: written out, each value of one type.

use serde_json::{Map, Value, json};

/// How deep schemas may be nested. One that refers to itself ends here.
const DEPTH: usize = 32;

/// A schema without references and without null.
pub(super) fn plain(schema: &Value) -> Value {
    let definitions =
        ["$defs", "definitions"].iter().find_map(|key| schema.get(*key)).and_then(Value::as_object);
    node(schema, definitions, DEPTH)
}

fn node(schema: &Value, definitions: Option<&Map<String, Value>>, depth: usize) -> Value {
    let Some(fields) = schema.as_object().filter(|_| depth > 0) else {
        return if schema.is_object() { json!({"type": "object"}) } else { schema.clone() };
    };
    let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    if let Some(target) = name.and_then(|name| definitions?.get(name)) {
        return node(target, definitions, depth - 1);
    }
    if let Some(only) = only_variant(fields) {
        return node(only, definitions, depth - 1);
    }
    let mut out = Map::new();
    for (key, value) in fields {
        let value = match (key.as_str(), value) {
            ("$defs" | "definitions", _) | ("default", Value::Null) => continue,
            ("type", Value::Array(types)) => {
                types.iter().find(|of| *of != "null").cloned().unwrap_or_else(|| json!("string"))
            }
            ("properties", Value::Object(all)) => {
                all.iter().map(|(name, of)| (name.clone(), node(of, definitions, depth - 1))).collect()
            }
            ("items" | "additionalProperties", of) => node(of, definitions, depth - 1),
            ("anyOf" | "oneOf" | "allOf", Value::Array(all)) => {
                all.iter().map(|of| node(of, definitions, depth - 1)).collect()
            }
            (_, value) => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

/// The one thing that a value may be besides null.
fn only_variant(fields: &Map<String, Value>) -> Option<&Value> {
    let variants = fields.get("anyOf").or_else(|| fields.get("oneOf"))?.as_array()?;
    let mut others = variants.iter().filter(|of| of.get("type").is_none_or(|kind| kind != "null"));
    let only = others.next()?;
    others.next().is_none().then_some(only)
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
                "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            },
            "additionalProperties": false,
        });
        let plain = plain(&schema);
        assert_eq!(plain["properties"]["step"]["properties"]["note"], json!({"type": "string"}));
        assert_eq!(plain["properties"]["kind"], json!({"type": "integer"}));
        assert_eq!(plain["properties"]["either"]["anyOf"].as_array().map(Vec::len), Some(2));
        assert_eq!(plain["additionalProperties"], json!(false));
        assert!(!plain.to_string().contains("$ref"));
    }
}
