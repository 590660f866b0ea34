//! From files to configurations.

mod ids;

use std::path::Path;

use llmhealth::config::{Loaded, load_text};
use llmhealth::domain::Environment;

/// A configuration that must load.
fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
    match load_text(text, Path::new("config.yaml"), environment(variables)) {
        Ok(loaded) => loaded,
        Err(error) => {
            let findings: Vec<String> = error.findings().iter().map(ToString::to_string).collect();
            panic!("{error}: {findings:#?}")
        }
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}
