//! The texts that a configuration came from, kept until every finding has its line.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::domain::Redactor;

use super::source::Source;
use super::yaml::{Mark, SyntaxError};
use super::{Finding, Place, Severity, mask};

/// Files in the order in which they were read.
#[derive(Default)]
pub(super) struct Files {
    read: Vec<File>,
    missing: Vec<PathBuf>,
}

struct File {
    path: PathBuf,
    text: String,
    /// Where each line starts, in bytes; found once a finding asks.
    lines: OnceCell<Vec<usize>>,
}

impl Files {
    /// Takes a file and gives it the number that marks carry.
    pub(super) fn add(&mut self, path: PathBuf, text: String) -> u16 {
        self.read.push(File { path, text, lines: OnceCell::new() });
        u16::try_from(self.read.len() - 1).unwrap_or(u16::MAX)
    }

    /// Notes a file that is meant and can't be read.
    pub(super) fn miss(&mut self, path: PathBuf) {
        self.missing.push(path);
    }

    /// Every file, for finding out whether one changes. What is no regular file can't be looked at twice.
    pub(super) fn sources(&self) -> Vec<Source> {
        let read = self.read.iter().filter(|file| file.path.is_file());
        let read = read.map(|file| Source::read(&file.path, &file.text));
        read.chain(self.missing.iter().map(|path| Source::missing(path))).collect()
    }

    /// The text of a file.
    pub(super) fn text(&self, file: u16) -> &str {
        self.read.get(usize::from(file)).map_or("", |file| &file.text)
    }

    /// The path of a file.
    pub(super) fn path(&self, file: u16) -> &Path {
        self.read.get(usize::from(file)).map_or(Path::new(""), |file| &file.path)
    }

    /// All paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.read.iter().map(|file| file.path.as_path())
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.read.len()
    }

    /// The place of a mark with its line, secrets masked.
    pub(super) fn place(&self, mark: Mark, redactor: &Redactor) -> Option<Place> {
        let file = self.read.get(usize::from(mark.file))?;
        let number = usize::try_from(mark.line).ok()?.checked_sub(1)?;
        let lines = file.lines.get_or_init(|| line_starts(&file.text));
        let start = *lines.get(number)?;
        let end = lines.get(number + 1).map_or(file.text.len(), |next| next - 1);
        let line = file.text[start..end].trim_end_matches('\r');
        let column = usize::try_from(mark.column).unwrap_or_default();
        let from = byte_of(line, column);
        let to = byte_of(line, column + usize::try_from(mark.width).unwrap_or_default().max(1));
        let (text, span) = mask::line(line, from..to, mask::is_in_secret_block(&file.text, start), redactor);
        Some(Place { file: file.path.clone(), line: number + 1, column: column + 1, text, span })
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

/// Where a character begins, in bytes.
fn byte_of(line: &str, column: usize) -> usize {
    line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
}

/// Collects mistakes while a configuration is resolved.
#[derive(Default)]
pub(super) struct Findings {
    drafts: Vec<Draft>,
    fatal: bool,
}

struct Draft {
    severity: Severity,
    at: Option<Mark>,
    key: String,
    message: String,
    hint: Option<String>,
}

impl Findings {
    /// A mistake that leaves no usable configuration.
    pub(super) fn fatal(
        &mut self,
        at: Option<Mark>,
        key: impl Into<String>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.fatal = true;
        self.error(at, key, message, hint);
    }

    /// A mistake that makes a part of the configuration unusable.
    pub(super) fn error(
        &mut self,
        at: Option<Mark>,
        key: impl Into<String>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let (key, message) = (key.into(), message.into());
        self.drafts.push(Draft { severity: Severity::Error, at, key, message, hint });
    }

    /// Something that is hardly meant.
    pub(super) fn warning(
        &mut self,
        at: Option<Mark>,
        key: impl Into<String>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let (key, message) = (key.into(), message.into());
        self.drafts.push(Draft { severity: Severity::Warning, at, key, message, hint });
    }

    /// Text that is not YAML.
    pub(super) fn syntax(&mut self, error: SyntaxError) {
        self.fatal(Some(error.at), "", error.message, error.hint.map(str::to_owned));
    }

    /// Whether no usable configuration is left.
    pub(super) fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// The mistakes in the order of the files, without secrets.
    pub(super) fn finish(mut self, files: &Files, redactor: &Redactor) -> Vec<Finding> {
        self.drafts.sort_by_key(|draft| draft.at);
        let clean = |text: String| redactor.clean(&text).into_owned();
        self.drafts
            .into_iter()
            .map(|draft| Finding {
                severity: draft.severity,
                place: draft.at.and_then(|mark| files.place(mark, redactor)),
                key: clean(draft.key),
                message: clean(draft.message),
                hint: draft.hint.map(clean),
            })
            .collect()
    }
}
