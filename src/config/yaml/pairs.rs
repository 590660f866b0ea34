//! The pairs of a mapping: equal keys and `<<`.

use std::collections::HashMap;

use super::{Entry, Kind, Node, SyntaxError};

/// In mappings larger than this, keys are looked up by hash.
const SMALL_MAPPING: usize = 16;

/// Unique pairs, findable by key.
#[derive(Default)]
pub(super) struct Pairs {
    entries: Vec<Entry>,
    /// Filled once there are many.
    by_name: HashMap<(bool, String), usize>,
}

impl Pairs {
    /// Adds a pair, or replaces the value of an equal key, and tells at which index that was.
    pub(super) fn put(&mut self, entry: Entry) -> Option<usize> {
        if self.entries.len() == SMALL_MAPPING {
            self.by_name = self.entries.iter().enumerate().map(|(i, entry)| (identity(entry), i)).collect();
        }
        let known = if self.entries.len() < SMALL_MAPPING {
            self.entries.iter().position(|known| are_equal_keys(&known.key.kind, &entry.key.kind))
        } else {
            self.by_name.get(&identity(&entry)).copied()
        };
        if let Some(index) = known {
            self.entries[index].value = entry.value;
            return known;
        }
        if self.entries.len() >= SMALL_MAPPING {
            self.by_name.insert(identity(&entry), self.entries.len());
        }
        self.entries.push(entry);
        None
    }

    /// Adds what `<<` brings: a mapping, or several of which the first counts most.
    pub(super) fn merge(&mut self, value: Node) -> Result<(), SyntaxError> {
        let at = value.at;
        match value.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    self.put(entry);
                }
                Ok(())
            }
            Kind::List(items) if items.iter().all(|item| matches!(item.kind, Kind::Map(_))) => {
                items.into_iter().rev().try_for_each(|item| self.merge(item))
            }
            other => Err(SyntaxError {
                at,
                message: format!("`<<` merges a mapping or a list of mappings, not {}", other.name()),
                hint: None,
            }),
        }
    }

    /// How many pairs there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The pairs in order.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

/// Whether it is plain that no key is given twice, as in nearly every mapping.
pub(super) fn are_unique(entries: &[Entry]) -> bool {
    entries.len() < SMALL_MAPPING
        && entries.iter().enumerate().all(|(index, entry)| {
            !entries[..index].iter().any(|known| are_equal_keys(&known.key.kind, &entry.key.kind))
        })
}

fn are_equal_keys(one: &Kind, other: &Kind) -> bool {
    match (one, other) {
        (Kind::Text(one), Kind::Text(other)) => one == other,
        (Kind::Text(_), _) | (_, Kind::Text(_)) => false,
        _ => key_identity(one) == key_identity(other),
    }
}

fn identity(entry: &Entry) -> (bool, String) {
    (matches!(entry.key.kind, Kind::Text(_)), key_identity(&entry.key.kind))
}

/// What makes keys of one type equal. In Python `1`, `1.0` and `True` are one key, and `"1"` is another.
fn key_identity(kind: &Kind) -> String {
    match kind {
        Kind::Bool(value) => u8::from(*value).to_string(),
        Kind::Float(value) if value.fract() == 0.0 => format!("{value:.0}"),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => value.to_string(),
        Kind::Text(text) | Kind::Date(text) | Kind::BigInt(text) => text.to_string(),
        Kind::Null | Kind::List(_) | Kind::Map(_) => String::new(),
    }
}
