//! JSON Schema in the dialect that Gemini's function declarations take: a selection of OpenAPI 3.0.

use serde_json::{Map, Value, json};

/// What the dialect knows. Everything else makes Google refuse the request.
const KNOWN: &[&str] = &[
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "nullable",
    "pattern",
    "properties",
    "propertyOrdering",
    "required",
    "title",
    "type",
];

/// How deep schemas may be nested. A schema that refers to itself ends here.
const DEPTH: usize = 32;

/// A schema with references written out and without what the dialect does not know.
pub(super) fn translate(schema: &Value) -> Value {
    let definitions =
        ["$defs", "definitions"].iter().find_map(|key| schema.get(*key)).and_then(Value::as_object);
    node(schema, definitions, DEPTH)
}

fn node(schema: &Value, definitions: Option<&Map<String, Value>>, depth: usize) -> Value {
    let Some(fields) = schema.as_object() else {
        // `true`: anything goes.
        return json!({});
    };
    if depth == 0 {
        return json!({"type": "object"});
    }
    if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next())
        && let Some(target) = definitions.and_then(|all| all.get(name))
    {
        return node(target, definitions, depth - 1);
    }
    let mut out = Map::new();
    for (key, value) in fields {
        let translated = match key.as_str() {
            "properties" => match value.as_object() {
                Some(all) => {
                    all.iter().map(|(name, of)| (name.clone(), node(of, definitions, depth - 1))).collect()
                }
                None => continue,
            },
            "items" => node(value, definitions, depth - 1),
            "anyOf" | "oneOf" => {
                let all = value.as_array().map_or(&[][..], Vec::as_slice);
                let variants = all.iter().map(|variant| node(variant, definitions, depth - 1)).collect();
                out.insert("anyOf".to_owned(), Value::Array(variants));
                continue;
            }
            "type" if value.is_array() => continue,
            "const" => {
                out.insert("enum".to_owned(), json!([value]));
                continue;
            }
            "default" if value.is_null() => continue,
            known if KNOWN.contains(&known) => value.clone(),
            _ => continue,
        };
        out.insert(key.clone(), translated);
    }
    fold_null(&mut out);
    match fields.get("type") {
        Some(Value::Array(types)) => one_of(types, &out),
        _ => Value::Object(out),
    }
}

/// A schema for several types. Beside `anyOf` the dialect takes nothing, so what is said of the whole is said of each.
fn one_of(types: &[Value], said: &Map<String, Value>) -> Value {
    let variants = types.iter().map(|of| {
        let mut variant = Map::from_iter([("type".to_owned(), of.clone())]);
        if of != "null" {
            variant.extend(said.clone());
        }
        Value::Object(variant)
    });
    json!({"anyOf": variants.collect::<Vec<_>>()})
}

/// `anyOf` with `null` and one other type is that type, nullable.
fn fold_null(schema: &mut Map<String, Value>) {
    let Some(Value::Array(variants)) = schema.get_mut("anyOf") else { return };
    let is_null = |variant: &Value| *variant == json!({"type": "null"});
    if variants.len() != 2 || !variants.iter().any(is_null) {
        return;
    }
    variants.retain(|variant| !is_null(variant));
    let Some(Value::Object(mut only)) = variants.pop() else { return };
    only.insert("nullable".to_owned(), Value::Bool(true));
    // Beside `anyOf` the dialect takes nothing, so what is said of the whole is said of its one type.
    schema.shift_remove("anyOf");
    only.append(schema);
    schema.insert("anyOf".to_owned(), json!([only]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_out_and_unknown_words_left_out() {
        let schema = json!({
            "type": "object",
            "$defs": {"Step": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}},
            "properties": {
                "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "title": "Note"},
                "kind": {"type": ["string", "null"], "enum": ["a"]},
                "unit": {"const": "celsius"},
            },
            "additionalProperties": false,
        });
        assert_eq!(
            translate(&schema),
            json!({
                "type": "object",
                "properties": {
                    "steps": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]},
                    },
                    "note": {"anyOf": [{"type": "string", "nullable": true, "title": "Note"}]},
                    "kind": {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
                    "unit": {"enum": ["celsius"]},
                },
            })
        );
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({
            "$defs": {"Tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}}}},
            "$ref": "#/$defs/Tree",
        });
        let mut at = &translate(&schema);
        for _ in 0..DEPTH {
            match at.pointer("/properties/left") {
                Some(next) => at = next,
                None => break,
            }
        }
        assert_eq!(*at, json!({"type": "object"}));
    }
}
