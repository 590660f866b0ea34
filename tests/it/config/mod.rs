//! From files to configurations.

mod catalog;
mod documents;
mod environment;
mod fixtures;
mod hostile;
mod ids;
mod include;
mod pyyaml;
mod schema;
mod secrets;

use std::path::Path;

use llmhealth::config::{Loaded, load_text};
use llmhealth::domain::Environment;

/// A configuration that must load.
fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
    load_text(text, Path::new("config.yaml"), environment(variables))
        .map_err(|error| error.findings().iter().map(ToString::to_string).collect::<Vec<_>>())
        .unwrap()
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}
