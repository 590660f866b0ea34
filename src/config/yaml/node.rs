//! The tree that a YAML document is read into.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::config::python;

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(in crate::config) struct Mark {
    /// Index of the file.
    pub(in crate::config) file: u16,
    /// From 1.
    pub(in crate::config) line: u32,
    /// From 0, in characters.
    pub(in crate::config) column: u32,
    /// In characters; 0 when it does not end in its line.
    pub(in crate::config) width: u32,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::config) struct Node {
    pub(in crate::config) kind: Kind,
    pub(in crate::config) at: Mark,
}

/// One pair of a mapping. Keys are scalars.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::config) struct Entry {
    pub(in crate::config) key: Node,
    pub(in crate::config) value: Node,
}

/// The types that PyYAML makes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::config) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits, as decimal digits: Python has no limit.
    BigInt(Box<str>),
    Float(f64),
    Text(Box<str>),
    /// A date or a time, as Python's `str()` shows it.
    Date(Box<str>),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

impl Kind {
    /// What to call this type in a message.
    pub(in crate::config) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::BigInt(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Node {
    /// The text of a string or date.
    pub(in crate::config) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Date(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is null, which everywhere means the same as being absent.
    pub(in crate::config) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The pairs of a mapping; none of anything else.
    pub(in crate::config) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The pair with this key.
    pub(in crate::config) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.is(key))
    }

    /// The value of this key unless it is null.
    pub(in crate::config) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value).filter(|value| !value.is_null())
    }

    /// The value at the end of this path of keys unless it is null.
    pub(in crate::config) fn find(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Takes the value of this key out, leaving null.
    pub(in crate::config) fn take(&mut self, key: &str) -> Option<Node> {
        let Kind::Map(entries) = &mut self.kind else { return None };
        let entry = entries.iter_mut().find(|entry| entry.is(key))?;
        let at = entry.value.at;
        Some(std::mem::replace(&mut entry.value, Node { kind: Kind::Null, at }))
    }

    /// The same as JSON. What JSON can't say becomes the text that Python's `str()` gives.
    pub(in crate::config) fn into_value(self) -> Value {
        match self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Int(value) => Value::from(value),
            Kind::BigInt(digits) => digits.parse::<u64>().map_or_else(|_| Value::from(&*digits), Value::from),
            Kind::Float(value) => {
                Number::from_f64(value).map_or_else(|| Value::from(python::float(value)), Value::Number)
            }
            Kind::Text(text) | Kind::Date(text) => Value::String(text.into()),
            Kind::List(items) => Value::Array(items.into_iter().map(Self::into_value).collect()),
            Kind::Map(entries) => Value::Object(into_map(entries)),
        }
    }

    /// The same as a JSON object; empty when it is not a mapping.
    pub(in crate::config) fn into_map(self) -> Map<String, Value> {
        match self.kind {
            Kind::Map(entries) => into_map(entries),
            _ => Map::new(),
        }
    }
}

impl From<Value> for Node {
    /// The tree of a JSON value, which stands in no file.
    fn from(value: Value) -> Self {
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(value) => Kind::Bool(value),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Kind::Int(integer),
                (None, Some(float)) if number.is_f64() => Kind::Float(float),
                _ => Kind::BigInt(number.to_string().into()),
            },
            Value::String(text) => Kind::Text(text.into()),
            Value::Array(items) => Kind::List(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => Kind::Map(
                fields
                    .into_iter()
                    .map(|(key, value)| Entry { key: Value::from(key).into(), value: value.into() })
                    .collect(),
            ),
        };
        Self { kind, at: Mark::default() }
    }
}

fn into_map(entries: Vec<Entry>) -> Map<String, Value> {
    entries.into_iter().map(|entry| (entry.name().into_owned(), entry.value.into_value())).collect()
}

impl Entry {
    /// Whether the key is this text.
    pub(in crate::config) fn is(&self, key: &str) -> bool {
        matches!(&self.key.kind, Kind::Text(text) if **text == *key)
    }

    /// The key as JSON writes it.
    pub(in crate::config) fn name(&self) -> Cow<'_, str> {
        python::key(&self.key)
    }
}
