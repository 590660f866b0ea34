//! The id of a deployment that does not name one, as LiteLLM makes it.

use ring::digest::{Context, SHA256};

use super::python;
use super::yaml::{Entry, Kind};

/// The hash of a name and its parameters in file order, `os.environ/` references resolved.
///
/// The value of the API key is part of it: a rotated key makes another id.
pub(super) fn generate(model_name: &str, params: &[Entry]) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(model_name.as_bytes());
    for entry in params {
        hash.update(entry.name().as_bytes());
        match &entry.value.kind {
            Kind::Map(_) => hash.update(python::json(&entry.value).as_bytes()),
            _ => hash.update(python::str(&entry.value).as_bytes()),
        }
    }
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let digest = hash.finish();
    digest.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
