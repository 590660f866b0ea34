//! `llmhealth.keys`: keys besides the master key.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{AccessKey, Glob, Role, Secret};

use super::check::{Checker, join, role};
use super::files::Findings;
use super::keys;
use super::yaml::{Kind, Node};

/// A shorter key can be guessed by trying.
const SHORT: usize = 16;
const EXAMPLE: &str = "a key is `{name: team-a, key: os.environ/TEAM_A_KEY, models: [\"gpt-*\"]}`";

/// Reads the keys, and reports every mistake in them. A key that can't be read would keep its owner out, and a wrong scope
/// show too much, so all mistakes but a short key are fatal.
pub(super) fn read(
    root: &Node,
    master_key: Option<&Secret>,
    checker: &mut Checker,
    findings: &mut Findings,
) -> Vec<AccessKey> {
    let Some(Node { kind: Kind::List(items), .. }) = root.find(&["llmhealth", "keys"]) else {
        return Vec::new();
    };
    let mut reader = Reader { checker, findings, names: HashMap::new(), keys: HashMap::new() };
    if let Some(key) = master_key {
        reader.keys.insert(key.clone(), "the master key".to_owned());
    }
    let keys = items.iter().enumerate();
    keys.filter_map(|(index, item)| reader.key(&format!("llmhealth.keys[{index}]"), item)).collect()
}

struct Reader<'a> {
    checker: &'a mut Checker,
    findings: &'a mut Findings,
    /// Who has which name, and which key.
    names: HashMap<String, String>,
    keys: HashMap<Secret, String>,
}

impl Reader<'_> {
    fn key(&mut self, path: &str, node: &Node) -> Option<AccessKey> {
        if !matches!(node.kind, Kind::Map(_)) {
            self.refuse(node, path, &format!("must be a mapping, not {}", node.kind.name()), EXAMPLE);
            return None;
        }
        self.checker.section(&keys::ACCESS_KEY, &path, node, self.findings);
        let name = self.text(path, node, "name");
        let key = self.text(path, node, "key");
        let role = node.get("role").and_then(role).unwrap_or_default();
        let models = self.models(path, node, role);
        let (name, key) = (name?, Secret::from(key?));
        self.check_unique(path, node, name, &key);
        Some(AccessKey { name: name.into(), key, role, models })
    }

    fn text<'a>(&mut self, path: &str, node: &'a Node, key: &str) -> Option<&'a str> {
        let value = node.get(key).filter(|value| !value.is_null());
        match value.map(|value| (value, value.text())) {
            None => self.refuse(node, &join(&path, key), "is missing", EXAMPLE),
            Some((value, Some(text))) if text.trim().is_empty() => {
                self.refuse(value, &join(&path, key), "is empty", EXAMPLE);
            }
            Some((_, Some(text))) => return Some(text),
            // Its type was reported.
            Some((_, None)) => {}
        }
        None
    }

    fn models(&mut self, path: &str, node: &Node, role: Role) -> Option<Arc<[Glob]>> {
        let models = node.get("models").filter(|models| !models.is_null())?;
        let Kind::List(patterns) = &models.kind else { return None };
        let path = join(&path, "models");
        if role == Role::Admin {
            let hint = "leave `models` out, or make it a viewer";
            self.refuse(models, &path, "does not go with `role: admin`, which sees everything", hint);
        } else if patterns.is_empty() {
            self.refuse(models, &path, "names no model", "leave `models` out to show all of them");
        }
        Some(patterns.iter().filter_map(Node::text).map(Glob::new).collect())
    }

    fn check_unique(&mut self, path: &str, node: &Node, name: &str, key: &Secret) {
        if key.expose().chars().count() < SHORT {
            let message = format!("has fewer than {SHORT} characters, which can be guessed");
            let hint = Some("make one with `openssl rand -hex 24`".to_owned());
            let at = node.get("key").map(|key| key.at);
            self.findings.warning(at, join(&path, "key"), message, hint);
        }
        if let Some(other) = self.keys.insert(key.clone(), format!("`{path}`")) {
            let message = format!("is the same key as {other}");
            self.refuse(node.get("key").unwrap_or(node), &join(&path, "key"), &message, "make another one");
        }
        if let Some(other) = self.names.insert(name.to_owned(), path.to_owned()) {
            let message = format!("`{name}` is the name of `{other}` too");
            let hint = "log lines tell keys by their names";
            self.refuse(node.get("name").unwrap_or(node), &join(&path, "name"), &message, hint);
        }
    }

    fn refuse(&mut self, at: &Node, path: &str, message: &str, hint: &str) {
        self.findings.fatal(Some(at.at), path, message, Some(hint.to_owned()));
    }
}
