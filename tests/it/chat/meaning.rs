//! When two bodies mean the same.

use serde_json::{Map, Value};

/// A pair of bodies in which what is free to differ does not.
pub(super) fn align(theirs: &Value, ours: &Value) -> (Value, Value) {
    let (mut theirs, mut ours) = (readable(theirs), readable(ours));
    drop_lone_empties(&mut theirs, &mut ours);
    (theirs, ours)
}

/// A value in which JSON texts are JSON, and nulls are absent.
fn readable(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str::<Value>(text).map_or_else(|_| value.clone(), |json| readable(&json))
        }
        Value::Array(items) => items.iter().map(readable).collect(),
        Value::Object(fields) => {
            let told = fields.iter().filter(|(_, value)| !value.is_null());
            told.map(|(name, value)| (name.clone(), readable(value))).collect()
        }
        other => other.clone(),
    }
}

/// Removes fields without content that the other side lacks.
fn drop_lone_empties(a: &mut Value, b: &mut Value) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            drop_empties_absent_in(b, a);
            drop_empties_absent_in(a, b);
            for (name, value) in a {
                if let Some(other) = b.get_mut(name) {
                    drop_lone_empties(value, other);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for (value, other) in a.iter_mut().zip(b) {
                drop_lone_empties(value, other);
            }
        }
        _ => {}
    }
}

fn drop_empties_absent_in(other: &Map<String, Value>, fields: &mut Map<String, Value>) {
    fields.retain(|name, value| other.contains_key(name) || !is_empty(value));
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
