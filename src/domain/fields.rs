//! A small mapping of configuration values.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use serde_json::{Map, Value};

/// Keys and values in file order.
///
/// Made for many small mappings that never change: a fleet has two of them for each of its deployments, with the
/// same few keys, and most often the same few values, all over. So a [`Pool`] lets mappings share both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Box<[(Arc<str>, Arc<Value>)]>);

impl Fields {
    /// The same as a JSON object, with its keys and values out of this collection.
    #[must_use]
    pub fn new(map: Map<String, Value>, pool: &mut Pool) -> Self {
        let fields = map.into_iter();
        Self(
            fields
                .map(|(key, value)| (shared(&mut pool.keys, key), shared(&mut pool.values, value)))
                .collect(),
        )
    }

    /// All keys and values, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
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
                Some((_, old)) => *old = value.clone().into(),
                None => fields.push((key.into(), value.clone().into())),
            }
        }
        Self(fields.into())
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        Self::new(map, &mut Pool::default())
    }
}

/// Keys and values that many mappings share.
#[derive(Debug, Default)]
pub struct Pool {
    keys: HashSet<Arc<str>>,
    values: HashSet<Arc<Value>>,
}

/// The one copy of a key or value.
fn shared<T, S>(known: &mut HashSet<Arc<T>>, one: S) -> Arc<T>
where
    T: Hash + Eq + ?Sized,
    S: Borrow<T> + Into<Arc<T>>,
{
    if let Some(known) = known.get(one.borrow()) {
        return Arc::clone(known);
    }
    let one = one.into();
    known.insert(Arc::clone(&one));
    one
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
    fn mappings_share_their_keys_and_values() {
        let mut pool = Pool::default();
        let map = || Map::from_iter([("model".to_owned(), json!("openai/gpt-4o"))]);
        let (one, other) = (Fields::new(map(), &mut pool), Fields::new(map(), &mut pool));
        assert!(Arc::ptr_eq(&one.0[0].0, &other.0[0].0));
        assert!(Arc::ptr_eq(&one.0[0].1, &other.0[0].1));
    }
}
