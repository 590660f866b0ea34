//! JSON Schema as models on Converse take it: without references, and mostly without `additionalProperties`.

use serde_json::Value;

use crate::providers::chat::schema::without_references;

/// A schema with its references written out. `additionalProperties` is refused by all models but Claude.
pub(super) fn translate(schema: &Value, keeps_additional: bool) -> Value {
    let mut written = without_references(schema);
    if !keeps_additional {
        close(&mut written);
    }
    written
}

/// Takes out what is said of additional properties.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            // A property may have that name; its schema is an object with more to say.
            fields.retain(|key, value| key != "additionalProperties" || value.get("type").is_some());
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
}
