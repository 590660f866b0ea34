//! JSON Schema in the dialect that Gemini's function declarations take: a selection of OpenAPI 3.0.

use serde_json::{Map, Value, json};

use crate::providers::chat::schema::without_references;

/// What the dialect knows. Everything else makes Google refuse the request.
const KNOWN: &[&str] = &[
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
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

/// The formats of text that the dialect knows.
const FORMATS: &[&str] = &["date-time", "enum"];

/// A schema with references written out and without what the dialect does not know.
pub(super) fn translate(schema: &Value) -> Value {
    node(&without_references(schema))
}

fn node(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else {
        // `true`: anything goes.
        return json!({});
    };
    if let Some(Value::Array(parts)) = fields.get("allOf") {
        return node(&merged(fields, parts));
    }
    let mut out = Map::new();
    for (key, value) in fields {
        let translated = match (key.as_str(), value) {
            ("properties", Value::Object(all)) if !all.is_empty() => {
                all.iter().map(|(name, of)| (name.clone(), node(of))).collect()
            }
            ("items", of) => node(of),
            ("anyOf" | "oneOf", Value::Array(variants)) => {
                out.insert("anyOf".to_owned(), variants.iter().map(node).collect());
                continue;
            }
            ("const", value) => {
                out.insert("enum".to_owned(), json!([value]));
                continue;
            }
            ("format", Value::String(format)) if FORMATS.contains(&format.as_str()) => value.clone(),
            ("type", Value::Array(_)) | ("default", Value::Null) | ("properties", _) => continue,
            (known, value) if KNOWN.contains(&known) => value.clone(),
            _ => continue,
        };
        out.insert(key.clone(), translated);
    }
    if let Some(Value::Array(types)) = fields.get("type") {
        return one_of(types, &out);
    }
    if out.contains_key("anyOf") {
        return any_of(&out);
    }
    complete(&mut out);
    Value::Object(out)
}

/// Says what the dialect wants to be told: a type, and of what lists are. Only texts can be enumerated, and none of
/// them is empty.
fn complete(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| value != "");
        let are_texts = !values.is_empty() && values.iter().all(Value::is_string);
        let kind = values.first().map(type_of).unwrap_or_default();
        let kind = schema.entry("type").or_insert_with(|| json!(kind));
        if !are_texts || kind != "string" {
            schema.shift_remove("enum");
        }
    }
    let kind = schema.entry("type").or_insert_with(|| json!("object"));
    if kind == "array" && schema.get("items").is_none_or(|items| *items == json!({})) {
        schema.insert("items".to_owned(), json!({"type": "object"}));
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A schema for several types. Beside `anyOf` the dialect takes nothing, so what is said of the whole is said of each.
fn one_of(types: &[Value], said: &Map<String, Value>) -> Value {
    let variants = types.iter().map(|of| {
        let mut variant = Map::from_iter([("type".to_owned(), of.clone())]);
        if of != "null" {
            variant.extend(said.clone());
            complete(&mut variant);
        }
        Value::Object(variant)
    });
    json!({"anyOf": variants.collect::<Vec<_>>()})
}

/// A schema of several variants, of which null is none but makes the others nullable. Beside `anyOf` the dialect takes
/// nothing, so what the whole is called is said of each.
fn any_of(said: &Map<String, Value>) -> Value {
    let is_null = |variant: &&Value| variant.get("type").is_some_and(|kind| kind == "null");
    let variants = said.get("anyOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_nullable = variants.iter().any(|variant| is_null(&variant));
    let variants = variants.iter().filter(|variant| !is_null(variant)).map(|variant| {
        let mut variant = variant.clone();
        if is_nullable {
            variant["nullable"] = Value::Bool(true);
        }
        for name in ["title", "description"] {
            if let Some(words) = said.get(name) {
                variant[name] = words.clone();
            }
        }
        variant
    });
    json!({"anyOf": variants.collect::<Vec<_>>()})
}

/// A schema all of whose parts have to hold, as one.
fn merged(fields: &Map<String, Value>, parts: &[Value]) -> Value {
    let mut out = Map::new();
    let whole = fields.iter().filter(|(name, _)| *name != "allOf");
    for (name, value) in parts.iter().filter_map(Value::as_object).flatten().chain(whole) {
        match (out.get_mut(name), value) {
            (Some(Value::Object(present)), Value::Object(more)) => present.extend(more.clone()),
            (Some(Value::Array(present)), Value::Array(more)) => present.extend(more.iter().cloned()),
            _ => {
                out.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(out)
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
                    "unit": {"type": "string", "enum": ["celsius"]},
                },
            })
        );
    }

    #[test]
    fn what_the_dialect_wants_to_be_told_is_told() {
        for (schema, translated) in [
            (json!({"type": "array"}), json!({"type": "array", "items": {"type": "object"}})),
            (json!({"type": "integer", "enum": [1, 2]}), json!({"type": "integer"})),
            (json!({"enum": ["a", ""]}), json!({"type": "string", "enum": ["a"]})),
            (json!({"const": 1}), json!({"type": "integer"})),
            (json!({"type": "string", "format": "uri"}), json!({"type": "string"})),
            (json!({"type": "object", "properties": {}}), json!({"type": "object"})),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "number"}], "description": "d"}),
                json!({"anyOf": [
                    {"type": "string", "nullable": true, "description": "d"},
                    {"type": "number", "nullable": true, "description": "d"},
                ]}),
            ),
            (
                json!({"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                                 {"properties": {"b": {"type": "number"}}, "required": ["b"]}]}),
                json!({"type": "object", "required": ["a", "b"],
                       "properties": {"a": {"type": "string"}, "b": {"type": "number"}}}),
            ),
        ] {
            assert_eq!(translate(&schema), translated, "{schema}");
        }
    }
}
