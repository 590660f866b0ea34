//! Takes values from the environment: `os.environ/NAME`.

use crate::domain::Environment;

use super::yaml::{Kind, Mark, Node};

/// What a reference begins with.
const PREFIX: &str = "os.environ/";

/// A reference to a variable that is not set.
#[derive(Debug)]
pub(super) struct Unset {
    /// The variable.
    pub(super) variable: String,
    /// Where the reference stands.
    pub(super) at: Mark,
    /// The path below the value that was resolved: `extra_headers.x-key`.
    pub(super) key: String,
}

/// What a walk over a value found.
#[derive(Debug, Default)]
pub(super) struct References {
    /// The variables that were referred to and are set.
    pub(super) set: Vec<String>,
    /// References to variables that are not.
    pub(super) unset: Vec<Unset>,
    /// There are references that LiteLLM does not see.
    pub(super) more: bool,
}

/// Resolves references as LiteLLM does: texts that begin with the prefix, but not directly in lists.
///
/// What is not set becomes null. A variable that says `true` or `false` becomes a boolean.
pub(super) fn resolve_like_litellm(node: &mut Node, env: &Environment) -> References {
    resolve(node, env, false)
}

/// Resolves all references, also those directly in lists and within longer texts.
pub(super) fn resolve_all(node: &mut Node, env: &Environment) -> References {
    resolve(node, env, true)
}

fn resolve(node: &mut Node, env: &Environment, everywhere: bool) -> References {
    let mut walk = Walk { env, everywhere, path: Vec::new(), found: References::default() };
    walk.node(node);
    walk.found
}

struct Walk<'a> {
    env: &'a Environment,
    everywhere: bool,
    path: Vec<String>,
    found: References,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.kind {
            Kind::Text(text) if has_reference(text) => match self.text(text, node.at) {
                Some(kind) => node.kind = kind,
                None => self.found.more = true,
            },
            Kind::List(items) => {
                for (index, item) in items.iter_mut().enumerate().filter(|(_, item)| may_refer(item)) {
                    if self.everywhere || !matches!(item.kind, Kind::Text(_)) {
                        self.path.push(format!("[{index}]"));
                        self.node(item);
                        self.path.pop();
                    } else {
                        self.found.more = true;
                    }
                }
            }
            Kind::Map(entries) => {
                for entry in entries.iter_mut().filter(|entry| may_refer(&entry.value)) {
                    let dot = if self.path.is_empty() { "" } else { "." };
                    self.path.push(format!("{dot}{}", entry.name()));
                    self.node(&mut entry.value);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    /// What a text with a reference in it becomes; `None` when it stays as it is.
    fn text(&mut self, text: &str, at: Mark) -> Option<Kind> {
        if text.starts_with(PREFIX) {
            // LiteLLM takes the prefix out wherever it occurs in such a text.
            let name = text.replace(PREFIX, "");
            let Some(value) = self.env.raw(&name) else { return Some(self.missing(name, at)) };
            self.found.set.push(name);
            return Some(of_variable(value));
        }
        if !self.everywhere {
            return None;
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(PREFIX) {
            let name = name_in(after);
            let Some(value) = self.env.raw(name) else { return Some(self.missing(name.to_owned(), at)) };
            out.push_str(before);
            out.push_str(value);
            self.found.set.push(name.to_owned());
            rest = &after[name.len()..];
        }
        out.push_str(rest);
        Some(Kind::Text(out.into()))
    }

    fn missing(&mut self, variable: String, at: Mark) -> Kind {
        self.found.unset.push(Unset { variable, at, key: self.path.concat() });
        Kind::Null
    }
}

/// Whether a value can hold a reference at all; saves making paths for those that can't.
fn may_refer(node: &Node) -> bool {
    match &node.kind {
        Kind::Text(text) => has_reference(text),
        Kind::List(items) => !items.is_empty(),
        Kind::Map(entries) => !entries.is_empty(),
        _ => false,
    }
}

/// Whether there is a reference in a text. Most texts have no slash, which is quickly seen.
fn has_reference(text: &str) -> bool {
    text.len() > PREFIX.len() && text.contains('/') && text.contains(PREFIX)
}

/// The name that a text begins with.
fn name_in(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The value of a variable. Only the two booleans are more than text.
fn of_variable(value: &str) -> Kind {
    match value.trim() {
        word if word.eq_ignore_ascii_case("true") => Kind::Bool(true),
        word if word.eq_ignore_ascii_case("false") => Kind::Bool(false),
        _ => Kind::Text(value.into()),
    }
}
