//! Reads the process environment. Nothing else in `config` may.

use crate::domain::Environment;

/// A snapshot of the variables of this process. Names and values that are not UTF-8 are left out.
#[must_use]
pub fn process_environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
