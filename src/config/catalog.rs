//! The list of models that a configuration names in place of ours.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use crate::catalog::Catalog;

use super::files::{Files, Findings};
use super::yaml::Node;
use super::{ConfigError, Source, source};

const KEY: &str = "llmhealth.catalog";

/// The catalog that `llmhealth.catalog` names, and its file; ours when it names none. A file that can't be used is
/// fatal: prices and modes would silently be others than those that were asked for.
pub(super) fn read(root: &Node, files: &Files, findings: &mut Findings) -> (Arc<Catalog>, Option<Source>) {
    let ours = || Arc::clone(Catalog::embedded());
    let Some(node) = root.find(&["llmhealth", "catalog"]) else { return (ours(), None) };
    let Some(name) = node.text() else { return (ours(), None) };
    let beside = files.path(node.at.file).parent().unwrap_or(Path::new(""));
    let path = beside.join(name);
    let (message, hint) = match source::read(&path) {
        Ok(text) => match Catalog::from_litellm(&text) {
            Ok(catalog) => return (Arc::new(catalog), Some(Source::read(&path, &text))),
            Err(error) => {
                let hint = "the format is that of LiteLLM's model_prices_and_context_window.json";
                (format!("{}: {error}", path.display()), hint)
            }
        },
        Err(error @ ConfigError::Read { .. }) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            let hint = "the path is relative to the file that names it";
            (format!("{error}{}", cause.unwrap_or_default()), hint)
        }
        Err(error) => (error.to_string(), "name a JSON file"),
    };
    findings.fatal(Some(node.at), KEY, message, Some(hint.to_owned()));
    (ours(), Some(Source::missing(&path)))
}
