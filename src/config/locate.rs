//! Finds a deployment in the file that it came from, for mistakes that show only when a request is made of it.

use std::iter::repeat_n;
use std::path::Path;

use crate::domain::Redactor;

use super::files::{Files, Findings};
use super::yaml::{Kind, Mark, Node};
use super::{Finding, Severity, include, source};

/// A mistake in an entry of `model_list`.
#[derive(Debug)]
pub struct Mistake {
    /// How bad it is.
    pub severity: Severity,
    /// The key below the entry, such as `litellm_params.model`. It need not be there.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The tree of a file, kept to look places up. Deployments themselves don't carry places: only this one
/// question needs them.
#[derive(Default)]
pub struct Locator {
    files: Files,
    entries: Vec<Node>,
    /// Per deployment, the entry that it came from.
    origins: Vec<usize>,
}

impl Locator {
    /// Reads a file that was loaded before once more. When it can't be read any longer, nothing is found in it.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        Self::read(path).unwrap_or_default()
    }

    fn read(path: &Path) -> Option<Self> {
        let mut files = Files::default();
        // What is wrong with the file as such was found when it was loaded.
        let mut root = include::read(path, source::read(path).ok()?, &mut files, &mut Findings::default())?;
        let Kind::List(entries) = root.take("model_list")?.kind else { return None };
        let origins =
            entries.iter().enumerate().flat_map(|(index, entry)| repeat_n(index, deployments_of(entry)));
        Some(Self { origins: origins.collect(), files, entries })
    }

    /// A finding about the deployment at this place of the fleet.
    #[must_use]
    pub fn finding(&self, deployment: usize, mistake: &Mistake, redactor: &Redactor) -> Finding {
        let index = self.origins.get(deployment).copied().unwrap_or(deployment);
        let at = self.entries.get(index).map(|entry| nearest(entry, &mistake.key));
        let clean = |text: &str| redactor.clean(text).into_owned();
        Finding {
            severity: mistake.severity,
            place: at.and_then(|mark| self.files.place(mark, redactor)),
            key: format!("model_list[{index}].{}", mistake.key),
            message: clean(&mistake.message),
            hint: mistake.hint.as_deref().map(clean),
        }
    }
}

/// How many deployments an entry makes: a list of organizations makes one for each.
fn deployments_of(entry: &Node) -> usize {
    match entry.find(&["litellm_params", "organization"]).map(|node| &node.kind) {
        Some(Kind::List(items)) => items.len().max(1),
        _ => 1,
    }
}

/// Where a key is, or as much of its path as there is.
fn nearest(entry: &Node, key: &str) -> Mark {
    let mut node = entry;
    let mut at = entry.at;
    for part in key.split('.') {
        let Some(found) = node.entry(part) else { break };
        at = if matches!(found.value.kind, Kind::Map(_) | Kind::List(_)) {
            found.key.at
        } else {
            found.value.at
        };
        node = &found.value;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_where_it_is_or_as_near_as_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        let text = "model_list:\n\
                    - model_name: a\n  litellm_params: {model: openai/x, organization: [o1, o2]}\n\
                    - model_name: b\n  litellm_params:\n    model: nobody/x\n";
        std::fs::write(&path, text).unwrap();
        let locator = Locator::open(&path);
        let find = |deployment, key: &str| {
            let mistake = Mistake {
                severity: Severity::Error,
                key: key.to_owned(),
                message: String::new(),
                hint: None,
            };
            let finding = locator.finding(deployment, &mistake, &Redactor::default());
            let place = finding.place.unwrap();
            (finding.key, place.line, place.column)
        };
        assert_eq!(find(2, "litellm_params.model"), ("model_list[1].litellm_params.model".to_owned(), 6, 12));
        assert_eq!(find(2, "litellm_params.api_key").1, 5);
        assert_eq!(find(2, "model_info.mode").1, 4);
        assert_eq!(find(1, "litellm_params.model").0, "model_list[0].litellm_params.model");
    }
}
