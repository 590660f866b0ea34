//! JSON Schema without references, for formats that know none.

use serde_json::{Map, Value, json};

/// How many references may be within each other.
const DEPTH: usize = 32;

/// How large a schema may become, in values. Each reference may be to a schema with several, so that without a limit
/// a few lines of a client's would fill the memory.
const MOST_VALUES: usize = 20_000;

/// A schema in which every reference to a part of itself is replaced by what it refers to; what is said beside a
/// reference stays. A reference to a schema that it stands in, or beyond what is sensible, is any object.
#[must_use]
pub fn without_references(schema: &Value) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    let mut writer = Writer { root: schema, under_way: Vec::new(), left: MOST_VALUES };
    let said = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "$defs" | "definitions"));
    let said: Map<String, Value> = said.map(|(name, value)| (name.clone(), value.clone())).collect();
    writer.object(&said)
}

struct Writer<'a> {
    root: &'a Value,
    /// The references that are being written out, each within the one before.
    under_way: Vec<&'a str>,
    /// How many values may be written still.
    left: usize,
}

impl<'a> Writer<'a> {
    fn value(&mut self, value: &'a Value) -> Value {
        self.left = self.left.saturating_sub(1);
        match value {
            Value::Object(fields) => self.object(fields),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            other => other.clone(),
        }
    }

    fn object(&mut self, fields: &'a Map<String, Value>) -> Value {
        let reference = fields.get("$ref").and_then(Value::as_str);
        let found = reference.and_then(|path| Some((path, self.root.pointer(path.strip_prefix('#')?)?)));
        let Some((path, target)) = found else {
            return fields.iter().map(|(name, value)| (name.clone(), self.value(value))).collect();
        };
        if self.left == 0 || self.under_way.len() == DEPTH || path == "#" || self.under_way.contains(&path) {
            return json!({"type": "object"});
        }
        self.under_way.push(path);
        let mut written = self.value(target);
        self.under_way.pop();
        if let Value::Object(written) = &mut written {
            for (name, value) in fields.iter().filter(|(name, _)| *name != "$ref") {
                written.insert(name.clone(), self.value(value));
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_out_with_what_is_said_beside_them() {
        let schema = json!({
            "type": "object",
            "$defs": {"Step": {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}}, "N": {"type": "integer"}},
            "properties": {
                "first": {"$ref": "#/$defs/Step", "description": "to begin with"},
                "all": {"type": "array", "items": {"$ref": "#/$defs/Step"}},
                "far": {"$ref": "https://example.com/schema"},
            },
        });
        let step = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
        let mut first = step.clone();
        first["description"] = json!("to begin with");
        assert_eq!(
            without_references(&schema),
            json!({"type": "object", "properties": {
                "first": first,
                "all": {"type": "array", "items": step},
                "far": {"$ref": "https://example.com/schema"},
            }})
        );
    }

    #[test]
    fn a_schema_within_itself_ends() {
        let tree = json!({
            "$defs": {"Tree": {"properties": {"left": {"$ref": "#/$defs/Tree"}, "right": {"$ref": "#/$defs/Tree"}}}},
            "$ref": "#/$defs/Tree",
        });
        let any = json!({"type": "object"});
        assert_eq!(without_references(&tree), json!({"properties": {"left": any, "right": any}}));
        assert_eq!(without_references(&json!({"items": {"$ref": "#"}})), json!({"items": any}));
    }

    #[test]
    fn a_schema_that_doubles_at_every_step_stays_small() {
        let twice = |next: usize| {
            let next = json!({"$ref": format!("#/$defs/d{next}")});
            json!({"properties": {"a": next, "b": next}})
        };
        let definitions: Map<String, Value> = (0..40).map(|n| (format!("d{n}"), twice(n + 1))).collect();
        let schema = json!({"$defs": definitions, "$ref": "#/$defs/d0"});
        assert!(without_references(&schema).to_string().len() < 2_000_000);
    }
}
