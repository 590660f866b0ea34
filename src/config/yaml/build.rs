//! From parser events to the tree: anchors, repeated keys and limits.

use std::collections::HashMap;
use std::fmt::Write;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::explain::explain;
use super::pairs::{self, Pairs};
use super::tags::{check_collection_tag, typed};
use super::{Entry, Kind, Mark, Node};

/// How many values a document may write out. A hundred thousand deployments have two million.
const MAX_WRITTEN: usize = 10_000_000;

/// How many values its anchors and aliases may copy; long texts count for several. Ten thousand deployments that
/// merge twenty defaults each copy a fifth of that.
const MAX_COPIED: usize = 1_000_000;

/// How many bytes of text weigh as much as one value.
const BYTES_PER_WEIGHT: usize = 64;

/// How deep values may be nested. Real files stay below ten.
const MAX_DEPTH: usize = 128;

/// A document that was read.
pub(in crate::config) struct Document {
    /// The one value that it is; `None` when the file says nothing at all.
    pub(in crate::config) root: Option<Node>,
    /// Keys that are given again: where, and their path.
    pub(in crate::config) repeated: Vec<(Mark, String)>,
}

/// Why a text is not a document.
#[derive(Debug)]
pub(in crate::config) struct SyntaxError {
    pub(in crate::config) at: Mark,
    pub(in crate::config) message: String,
    pub(in crate::config) hint: Option<&'static str>,
}

/// Reads a text. `file` goes into every mark.
pub(in crate::config) fn parse(text: &str, file: u16) -> Result<Document, SyntaxError> {
    let mut builder = Builder { file, ..Builder::default() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| builder.scan_error(error.info(), *error.marker()))?;
        builder.take(event, span)?;
    }
    Ok(Document { root: builder.root, repeated: builder.repeated })
}

#[derive(Default)]
struct Builder {
    file: u16,
    stack: Vec<Frame>,
    root: Option<Node>,
    documents: usize,
    anchors: HashMap<usize, Anchored>,
    written: usize,
    copied: usize,
    repeated: Vec<(Mark, String)>,
}

/// A value that has a name, kept for its aliases.
struct Anchored {
    node: Node,
    size: Size,
}

/// How much a value is, its parts included.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    weight: usize,
    height: usize,
}

/// A collection that is not complete yet.
struct Frame {
    at: Mark,
    anchor: usize,
    size: Size,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<Node>,
        /// Which entries are `<<`.
        merges: Vec<usize>,
        /// The key in hand is an unquoted `<<`.
        key_merges: bool,
    },
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        let at = self.mark(span);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(SyntaxError {
                        at,
                        message: "a second document starts here".to_owned(),
                        hint: Some("a configuration is one YAML document: remove the `---` line"),
                    });
                }
            }
            Event::Alias(anchor) => self.alias(anchor, at)?,
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let is_merge = is_plain && tag.is_none() && text == "<<";
                let size = Size { weight: 1 + text.len() / BYTES_PER_WEIGHT, height: 0 };
                let kind = typed(&text, is_plain, tag.as_deref(), at)?;
                self.write(at)?;
                self.finish(Node { kind, at }, size, anchor, is_merge)?;
            }
            Event::SequenceStart(anchor, tag) => {
                check_collection_tag(tag.as_deref(), "seq", at)?;
                self.open(Content::List(Vec::new()), anchor, at)?;
            }
            Event::MappingStart(anchor, tag) => {
                check_collection_tag(tag.as_deref(), "map", at)?;
                let content =
                    Content::Map { entries: Vec::new(), key: None, merges: Vec::new(), key_merges: false };
                self.open(content, anchor, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, content: Content, anchor: usize, at: Mark) -> Result<(), SyntaxError> {
        self.write(at)?;
        self.check_depth(1, at)?;
        // What a collection spans is everything in it; what a finding points at is its first character.
        let at = Mark { width: 1, ..at };
        self.stack.push(Frame { at, anchor, size: Size { weight: 1, height: 1 }, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let kind = match frame.content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, merges, .. } => Kind::Map(self.assemble(entries, &merges)?),
        };
        self.finish(Node { kind, at: frame.at }, frame.size, frame.anchor, false)
    }

    /// Puts a complete value where it belongs.
    fn finish(&mut self, node: Node, size: Size, anchor: usize, is_merge: bool) -> Result<(), SyntaxError> {
        if anchor > 0 {
            // The copy costs as much as an alias would.
            self.copy(size.weight, node.at)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.size.weight += size.weight;
        frame.size.height = frame.size.height.max(size.height + 1);
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key: key @ Some(_), merges, key_merges } => {
                if std::mem::take(key_merges) {
                    merges.push(entries.len());
                }
                if let Some(key) = key.take() {
                    entries.push(Entry { key, value: node });
                }
            }
            Content::Map { key, key_merges, .. } => {
                if matches!(node.kind, Kind::List(_) | Kind::Map(_)) {
                    return Err(SyntaxError {
                        at: node.at,
                        message: format!("{} can't be a key", node.kind.name()),
                        hint: Some("put quotes around a text that begins with `{` or `[`"),
                    });
                }
                *key_merges = is_merge;
                *key = Some(node);
            }
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: Mark) -> Result<(), SyntaxError> {
        let Some(&Anchored { size, .. }) = self.anchors.get(&anchor) else {
            return Err(SyntaxError {
                at,
                message: "an alias inside the value it names".to_owned(),
                hint: None,
            });
        };
        self.check_depth(size.height, at)?;
        self.copy(size.weight, at)?;
        let kind = self.anchors[&anchor].node.kind.clone();
        self.finish(Node { kind, at }, size, 0, false)
    }

    /// The pairs as they count: what is merged comes first, and of equal keys the last one counts, at the place
    /// of the first.
    fn assemble(&mut self, entries: Vec<Entry>, merges: &[usize]) -> Result<Vec<Entry>, SyntaxError> {
        if merges.is_empty() && pairs::are_unique(&entries) {
            return Ok(entries);
        }
        let mut pairs = Pairs::default();
        let mut own = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            if merges.contains(&index) {
                pairs.merge(entry.value)?;
            } else {
                own.push(entry);
            }
        }
        let inherited = pairs.len();
        for entry in own {
            let (at, name) = (entry.key.at, entry.name().into_owned());
            if let Some(index) = pairs.put(entry)
                && index >= inherited
            {
                let path = self.path_to(&name);
                self.repeated.push((at, path));
            }
        }
        Ok(pairs.into_entries())
    }

    /// The path of a key of the collection that is being closed.
    fn path_to(&self, name: &str) -> String {
        let mut path = String::new();
        for frame in &self.stack {
            match &frame.content {
                Content::List(items) => {
                    let _ = write!(path, "[{}]", items.len());
                }
                Content::Map { key, .. } => {
                    if let Some(key) = key {
                        push_key(&mut path, &crate::config::python::key(key));
                    }
                }
            }
        }
        push_key(&mut path, name);
        path
    }

    /// Counts a value that stands in the text.
    fn write(&mut self, at: Mark) -> Result<(), SyntaxError> {
        self.written += 1;
        if self.written <= MAX_WRITTEN {
            return Ok(());
        }
        Err(SyntaxError { at, message: format!("more than {MAX_WRITTEN} values"), hint: None })
    }

    /// Counts values that an anchor keeps or an alias brings.
    fn copy(&mut self, weight: usize, at: Mark) -> Result<(), SyntaxError> {
        self.copied += weight;
        if self.copied <= MAX_COPIED {
            return Ok(());
        }
        Err(SyntaxError {
            at,
            message: format!("more than {MAX_COPIED} values come from aliases"),
            hint: Some("aliases of aliases multiply: write the values out"),
        })
    }

    fn check_depth(&self, height: usize, at: Mark) -> Result<(), SyntaxError> {
        if self.stack.len() + height <= MAX_DEPTH {
            return Ok(());
        }
        Err(SyntaxError {
            at,
            message: format!("values are nested deeper than {MAX_DEPTH} levels"),
            hint: None,
        })
    }

    fn scan_error(&self, info: &str, marker: Marker) -> SyntaxError {
        let (line, column) = (clamp(marker.line()), clamp(marker.col()));
        let (message, hint) = explain(info);
        SyntaxError { at: Mark { file: self.file, line, column, width: 1 }, message, hint }
    }

    fn mark(&self, span: Span) -> Mark {
        let ends_in_line = span.start.line() == span.end.line();
        let width = if ends_in_line { span.end.col().saturating_sub(span.start.col()) } else { 0 };
        let (line, column) = (clamp(span.start.line()), clamp(span.start.col()));
        Mark { file: self.file, line, column, width: clamp(width) }
    }
}

fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
