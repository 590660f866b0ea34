//! A small mapping of configuration values.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

/// Keys and values in file order.
///
/// Made for many small mappings that never change: a fleet has two of them for each of its deployments, with the
/// same few keys all over. So values lie side by side, and [`Names`] lets mappings share their keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Box<[(Arc<str>, Value)]>);

impl Fields {
    /// The same as a JSON object, with its keys out of this collection.
    #[must_use]
    pub fn new(map: Map<String, Value>, names: &mut Names) -> Self {
        Self(map.into_iter().map(|(key, value)| (names.shared(&key), value)).collect())
    }

    /// All keys and values, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// These fields with others laid over them.
    #[must_use]
    pub fn merged<'a>(&self, over: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Self {
        let mut fields = self.0.to_vec();
        for (key, value) in over {
            match fields.iter_mut().find(|(name, _)| **name == *key) {
                Some((_, old)) => old.clone_from(value),
                None => fields.push((key.into(), value.clone())),
            }
        }
        Self(fields.into())
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        Self::new(map, &mut Names::default())
    }
}

/// Keys that many mappings share.
#[derive(Debug, Default)]
pub struct Names(HashSet<Arc<str>>);

impl Names {
    /// The one copy of a key.
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        let Value::Object(map) = value else { panic!("not an object: {value}") };
        map.into()
    }

    #[test]
    fn what_is_laid_over_replaces_in_place_and_appends() {
        let over = fields(json!({"b": 3, "c": 4}));
        let merged = fields(json!({"b": 1, "a": 2})).merged(over.iter());
        assert_eq!(merged, fields(json!({"b": 3, "a": 2, "c": 4})));
        assert_eq!(merged.get("c"), Some(&json!(4)));
        assert_eq!(merged.get("d"), None);
    }

    #[test]
    fn mappings_share_their_keys() {
        let mut names = Names::default();
        let map = || Map::from_iter([("model".to_owned(), Value::Null)]);
        let (one, other) = (Fields::new(map(), &mut names), Fields::new(map(), &mut names));
        assert!(Arc::ptr_eq(&one.0[0].0, &other.0[0].0));
    }
}
