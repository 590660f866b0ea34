//! Renders values as Python does: the hash that names a deployment is made of such text.

use std::borrow::Cow;
use std::fmt::Write;

use super::yaml::{Entry, Kind, Node};

/// `str(value)`.
pub(super) fn str(node: &Node) -> Cow<'_, str> {
    match &node.kind {
        Kind::Text(text) | Kind::Date(text) => Cow::Borrowed(text),
        _ => Cow::Owned(repr(node)),
    }
}

/// `repr(value)`.
pub(super) fn repr(node: &Node) -> String {
    let mut out = String::new();
    write_repr(&mut out, node);
    out
}

/// `repr(text)`.
#[must_use]
pub fn python_repr(text: &str) -> String {
    let mut out = String::new();
    write_repr_text(&mut out, text);
    out
}

/// `json.dumps(value)`: separators with spaces, everything but ASCII escaped.
pub(super) fn json(node: &Node) -> String {
    let mut out = String::new();
    write_json(&mut out, node);
    out
}

/// `repr` of a float: the shortest digits that read back as the same number.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => {
            let mut plain = value.to_string();
            if !plain.contains('.') {
                plain.push_str(".0");
            }
            plain
        }
    }
}

/// The key of a mapping as `json.dumps` writes it, without quotes.
pub(super) fn key(node: &Node) -> Cow<'_, str> {
    match &node.kind {
        Kind::Text(text) | Kind::Date(text) => Cow::Borrowed(text),
        Kind::Null => Cow::Borrowed("null"),
        Kind::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        _ => Cow::Owned(json(node)),
    }
}

fn write_json(out: &mut String, node: &Node) {
    match &node.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Int(value) => out.push_str(&value.to_string()),
        Kind::BigInt(digits) => out.push_str(digits),
        Kind::Float(value) if value.is_nan() => out.push_str("NaN"),
        Kind::Float(value) if value.is_infinite() => {
            out.push_str(if *value > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Kind::Float(value) => out.push_str(&float(*value)),
        Kind::Text(text) | Kind::Date(text) => write_json_text(out, text),
        Kind::List(items) => write_items(out, ['[', ']'], items, write_json),
        Kind::Map(entries) => write_items(out, ['{', '}'], entries, |out, entry: &Entry| {
            write_json_text(out, &entry.name());
            out.push_str(": ");
            write_json(out, &entry.value);
        }),
    }
}

fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

fn write_repr(out: &mut String, node: &Node) {
    match &node.kind {
        Kind::Null => out.push_str("None"),
        Kind::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
        Kind::Int(value) => out.push_str(&value.to_string()),
        Kind::BigInt(digits) => out.push_str(digits),
        Kind::Float(value) => out.push_str(&float(*value)),
        Kind::Text(text) => write_repr_text(out, text),
        Kind::Date(text) => write_repr_date(out, text),
        Kind::List(items) => write_items(out, ['[', ']'], items, write_repr),
        Kind::Map(entries) => write_items(out, ['{', '}'], entries, |out, entry: &Entry| {
            write_repr(out, &entry.key);
            out.push_str(": ");
            write_repr(out, &entry.value);
        }),
    }
}

fn write_repr_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if character == quote => {
                out.push('\\');
                out.push(character);
            }
            character if is_printable(character) => out.push(character),
            character => {
                let code = u32::from(character);
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

/// Whether Python shows a character as it is. Knows the invisible ones that occur in text files; the
/// unassigned ones of the latest Unicode version are taken for printable.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && (character == ' ' || !character.is_whitespace())
        && !matches!(
            character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
                | '\u{e000}'..='\u{f8ff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
                | '\u{e0000}'..='\u{10ffff}'
        )
}

/// A date is a `datetime.date`; a time is shown as its text.
fn write_repr_date(out: &mut String, text: &str) {
    let mut parts = text.splitn(3, '-').map(str::parse::<u16>);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) => {
            let _ = write!(out, "datetime.date({year}, {month}, {day})");
        }
        _ => write_repr_text(out, text),
    }
}

fn write_items<T>(out: &mut String, brackets: [char; 2], items: &[T], write: impl Fn(&mut String, &T)) {
    out.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
    out.push(brackets[1]);
}
