//! Reads a file and the files it includes into one tree.
//!
//! LiteLLM replaces a mapping that an included file has too, so that an included `general_settings` takes the
//! main file's `master_key` away and opens the proxy. Here mappings merge, lists join, and where two
//! files give the same key different values the including file counts, with a warning.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::check::{fits, join};
use super::files::{Files, Findings};
use super::keys::Type;
use super::yaml::{self, Kind, Mark, Node};
use super::{ConfigError, source};

/// How many files one configuration may have.
const MAX_FILES: usize = 256;

/// The tree of a text and everything that it includes. `None` when there is no mapping to go on with;
/// the findings say why.
pub(super) fn read(path: &Path, text: String, files: &mut Files, findings: &mut Findings) -> Option<Node> {
    let mut reader = Reader { files, findings, seen: HashSet::new(), root: path.to_owned() };
    reader.seen.insert(identity(path));
    reader.document(path, text)
}

struct Reader<'a> {
    files: &'a mut Files,
    findings: &'a mut Findings,
    seen: HashSet<PathBuf>,
    root: PathBuf,
}

impl Reader<'_> {
    /// One file with its includes. Each file counts once, so cycles end.
    fn document(&mut self, path: &Path, text: String) -> Option<Node> {
        let file = self.files.add(path.to_owned(), text);
        let document = match yaml::parse(self.files.text(file), file) {
            Ok(document) => document,
            Err(error) => {
                self.findings.syntax(error);
                return None;
            }
        };
        for (at, key) in document.repeated {
            let hint = Some("remove the others".to_owned());
            self.findings.warning(Some(at), key, "this key is given again; the last value counts", hint);
        }
        let start = Mark { file, line: 1, column: 0, width: 0 };
        let mut root = match document.root {
            Some(Node { kind: Kind::Null, .. }) | None => {
                let hint = Some("a configuration begins with `model_list:`".to_owned());
                self.findings.fatal(Some(start), "", "the file is empty", hint);
                return None;
            }
            Some(root @ Node { kind: Kind::Map(_), .. }) => root,
            Some(other) => {
                let message = format!("the file must be a mapping of sections, not {}", other.kind.name());
                let hint = Some("a configuration begins with `model_list:`".to_owned());
                self.findings.fatal(Some(other.at), "", message, hint);
                return None;
            }
        };
        if let Some(include) = root.take("include") {
            self.include(path, &include, &mut root)?;
        }
        Some(root)
    }

    fn include(&mut self, from: &Path, include: &Node, root: &mut Node) -> Option<()> {
        if !fits(Type::Texts, include) {
            let hint = Some("write `include: [other.yaml]`".to_owned());
            self.findings.fatal(Some(include.at), "include", "must be a list of file names", hint);
            return None;
        }
        let Kind::List(items) = &include.kind else { return Some(()) };
        for item in items {
            let Some(name) = item.text() else { continue };
            let path = self.locate(from, name, item.at);
            if !self.seen.insert(identity(&path)) {
                continue;
            }
            if self.files.len() >= MAX_FILES {
                let message = format!("more than {MAX_FILES} files");
                self.findings.fatal(Some(item.at), "include", message, None);
                return None;
            }
            match source::read(&path) {
                Ok(text) => {
                    let included = self.document(&path, text)?;
                    merge(root, included, "", self.files, self.findings);
                }
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                    let message = format!("{error}{}", cause.unwrap_or_default());
                    self.files.miss(path);
                    let hint = Some("the path is relative to the file that includes it".to_owned());
                    let hint = if matches!(error, ConfigError::Read { .. }) { hint } else { None };
                    self.findings.fatal(Some(item.at), "include", message, hint);
                    return None;
                }
            }
        }
        Some(())
    }

    /// The file that is meant: next to the including file, or else next to the root.
    fn locate(&mut self, from: &Path, name: &str, at: Mark) -> PathBuf {
        let beside = |file: &Path| file.parent().unwrap_or(Path::new("")).join(name);
        let (near, far) = (beside(from), beside(&self.root));
        if near.exists() || !far.exists() {
            return near;
        }
        let message =
            format!("`{name}` is not beside {}; the one beside the main file is taken", from.display());
        let hint = Some("write the path relative to the file that includes it".to_owned());
        self.findings.warning(Some(at), "include", message, hint);
        far
    }
}

/// What tells one file from another.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Adds what an included file says to what the including file says.
fn merge(main: &mut Node, included: Node, path: &str, files: &Files, findings: &mut Findings) {
    let Kind::Map(added) = included.kind else { return };
    let Kind::Map(entries) = &mut main.kind else { return };
    let known: HashMap<String, usize> =
        entries.iter().enumerate().map(|(index, entry)| (entry.name().into_owned(), index)).collect();
    for entry in added {
        let name = entry.name().into_owned();
        let Some(&index) = known.get(&name) else {
            entries.push(entry);
            continue;
        };
        let ours = &mut entries[index].value;
        match (&mut ours.kind, entry.value.kind) {
            (_, Kind::Null) => {}
            (Kind::Null, kind) => *ours = Node { kind, at: entry.value.at },
            (Kind::Map(_), kind @ Kind::Map(_)) => {
                merge(ours, Node { kind, at: entry.value.at }, &join(&path, &name), files, findings);
            }
            (Kind::List(items), Kind::List(more)) => items.extend(more),
            (kind, theirs) if *kind == theirs => {}
            _ => {
                let message =
                    format!("{} gives another value, which counts", files.path(ours.at.file).display());
                let hint = Some("give it in one file only".to_owned());
                findings.warning(Some(entry.value.at), join(&path, &name), message, hint);
            }
        }
    }
}
