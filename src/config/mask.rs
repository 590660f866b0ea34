//! Shows a line of a configuration file without what may be secret in it.
//!
//! Findings can come before anything is known of the values, from a file that is not even YAML, so the line is
//! judged as text: whatever follows the name of a secret is hidden.

use std::ops::Range;

use super::secrets::{is_secret_key, looks_like_key};
use crate::domain::Redactor;

/// Longer lines are cut: a message is for reading.
const MAX_LINE: usize = 240;

/// What stands in place of something hidden.
const MASK: &str = "****";

/// The line and what is meant of it, in bytes, after masking.
///
/// `hidden` says that the line as a whole belongs to a secret.
pub(super) fn line(
    line: &str,
    span: Range<usize>,
    hidden: bool,
    redactor: &Redactor,
) -> (String, Range<usize>) {
    let indent = line.len() - line.trim_start().len();
    let secret_from = if hidden { Some(indent) } else { secret_value(line) };
    let mut shown = match secret_from {
        Some(from) => format!("{}{MASK}", &line[..from]),
        None => line.to_owned(),
    };
    let limit = secret_from.unwrap_or(shown.len());
    let mut span = span.start.min(limit)..span.end.min(limit);
    if span.is_empty() && secret_from.is_some() {
        span = limit..shown.len();
    }
    let cleaned = redactor.clean(&shown);
    if cleaned != shown {
        // The pieces before and within the span move on their own.
        let before = redactor.clean(&shown[..span.start]).len();
        let within = redactor.clean(&shown[span.clone()]).len();
        span = before..before + within;
        shown = cleaned.into_owned();
    }
    cut(&mut shown);
    let end = shown.len();
    (shown, span.start.min(end)..span.end.min(end))
}

/// Where the value of the first key with a secret's name begins.
fn secret_value(line: &str) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut from = 0;
    while let Some(start) = line[from..].find(is_name).map(|at| from + at) {
        let end = line[start..].find(|c| !is_name(c)).map_or(line.len(), |at| start + at);
        if looks_like_key(&line[start..end]) {
            return Some(start);
        }
        // `- api_key` begins with the dash of a list.
        if is_secret_key(line[start..end].trim_start_matches('-')) {
            let gap = line[end..].find(|c: char| !matches!(c, '"' | '\'' | ':' | '=' | ' ' | '\t'));
            let value = gap.map(|gap| end + gap)?;
            if !is_harmless(&line[value..]) {
                return Some(value);
            }
        }
        from = end;
    }
    None
}

/// Whether what follows a secret's name is a comment or only refers to the environment.
fn is_harmless(value: &str) -> bool {
    value.starts_with('#') || value.starts_with("os.environ/") && !value.contains(',')
}

fn cut(line: &mut String) {
    if line.len() <= MAX_LINE {
        return;
    }
    let end = (0..=MAX_LINE).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    line.truncate(end);
    line.push_str("...");
}

/// Whether the line that starts here continues the value of a key with a secret's name: a block, or a text
/// over several lines, also where its indentation went wrong.
pub(super) fn is_in_secret_block(text: &str, start: usize) -> bool {
    let line = text[start..].lines().next().unwrap_or_default();
    let mut above = text[..start].lines().rev().filter(|line| !line.trim().is_empty());
    let owner = if key_of(line).is_some() {
        above.find(|other| indent_of(other) < indent_of(line)).and_then(key_of)
    } else {
        above.find_map(key_of)
    };
    owner.is_some_and(is_secret_key)
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The key that a line begins with.
fn key_of(line: &str) -> Option<&str> {
    let (key, rest) = line.split_once(':')?;
    let is_key = rest.is_empty() || rest.starts_with([' ', '\t']);
    is_key.then(|| key.trim_matches([' ', '\t', '-', '{', '"', '\'']))
}
