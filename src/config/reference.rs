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

/// The names of the variables that a text refers to.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split(PREFIX).skip(1).map(name_in)
}

/// The name that a text begins with.
fn name_in(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Resolves references as LiteLLM does: texts that begin with the prefix, but not directly in lists.
///
/// What is not set becomes null. A variable that says `true` or `false` becomes a boolean.
pub(super) fn resolve_like_litellm(node: &mut Node, env: &Environment) -> Vec<Unset> {
    let mut walk = Walk { env, everywhere: false, path: Vec::new(), unset: Vec::new() };
    walk.node(node);
    walk.unset
}

/// Resolves what [`resolve_like_litellm`] leaves: references directly in lists and within longer texts.
pub(super) fn resolve_rest(node: &mut Node, env: &Environment) -> Vec<Unset> {
    let mut walk = Walk { env, everywhere: true, path: Vec::new(), unset: Vec::new() };
    walk.node(node);
    walk.unset
}

struct Walk<'a> {
    env: &'a Environment,
    everywhere: bool,
    path: Vec<String>,
    unset: Vec<Unset>,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.kind {
            Kind::Text(text) if text.contains(PREFIX) => {
                if let Some(kind) = self.text(text, node.at) {
                    node.kind = kind;
                }
            }
            Kind::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    if self.everywhere || !matches!(item.kind, Kind::Text(_)) {
                        self.path.push(format!("[{index}]"));
                        self.node(item);
                        self.path.pop();
                    }
                }
            }
            Kind::Map(entries) => {
                for entry in entries {
                    if !may_refer(&entry.value) {
                        continue;
                    }
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
            return Some(match self.env.raw(&name) {
                Some(value) => of_variable(value),
                None => self.missing(name, at),
            });
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
            rest = &after[name.len()..];
        }
        out.push_str(rest);
        Some(Kind::Text(out.into()))
    }

    fn missing(&mut self, variable: String, at: Mark) -> Kind {
        self.unset.push(Unset { variable, at, key: self.path.concat() });
        Kind::Null
    }
}

/// Whether a value can hold a reference at all; saves making paths for those that can't.
fn may_refer(node: &Node) -> bool {
    match &node.kind {
        Kind::Text(text) => text.contains(PREFIX),
        Kind::List(_) | Kind::Map(_) => true,
        _ => false,
    }
}

/// The value of a variable. Only the two booleans are more than text.
fn of_variable(value: &str) -> Kind {
    match value.trim() {
        word if word.eq_ignore_ascii_case("true") => Kind::Bool(true),
        word if word.eq_ignore_ascii_case("false") => Kind::Bool(false),
        _ => Kind::Text(value.into()),
    }
}
