//! What an unquoted scalar means under YAML 1.1, as PyYAML implements it.
//!
//! Where PyYAML recognises a type and then fails to make the value (`0x_`, month 13, a lone `=`) the scalar
//! stays text.

use std::fmt::Write;

use super::Kind;

/// Python refuses to print longer integers, so a file with one can't be read by LiteLLM either.
const MAX_DIGITS: usize = 4300;

/// The value of an unquoted scalar without a tag.
pub(in crate::config) fn plain(text: &str) -> Kind {
    match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N') if is_null(text) => Kind::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => {
            boolean(text).map_or_else(|| Kind::Text(text.into()), Kind::Bool)
        }
        Some(b'-' | b'+' | b'.' | b'0'..=b'9') => float(text)
            .map(Kind::Float)
            .or_else(|| integer(text))
            .or_else(|| timestamp(text).map(|shown| Kind::Date(shown.into())))
            .unwrap_or_else(|| Kind::Text(text.into())),
        _ => Kind::Text(text.into()),
    }
}

/// Whether the text is one of the spellings of null.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// `yes`, `no`, `true`, `false`, `on`, `off`, in lower, title or upper case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// A number with a point, optionally in base 60, or an infinity or not-a-number.
pub(super) fn float(text: &str) -> Option<f64> {
    let (negative, unsigned) = split_sign(text);
    let signed = |value: f64| if negative { -value } else { value };
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(signed(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(f64::NAN),
        _ => {}
    }
    let (whole, rest) = unsigned.split_once('.')?;
    if whole.contains(':') {
        let seconds = digits_only(rest, true)?;
        let (minutes, last) = base_60(whole)?;
        let last: f64 = format!("{last}.{seconds}").parse().ok()?;
        return Some(signed(minutes * 60.0 + last));
    }
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let is_leading_point = whole.is_empty();
    if is_leading_point
        && (unsigned.len() != text.len() || !fraction.starts_with(|c: char| c.is_ascii_digit()))
    {
        return None;
    }
    if !is_leading_point && !whole.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut number = digits_only(whole, true)?;
    number.push('.');
    number.push_str(&digits_only(fraction, true)?);
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+'])?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        number.push('e');
        number.push_str(exponent);
    }
    number.parse().ok().map(signed)
}

/// Binary, octal (a leading 0), decimal, hexadecimal or base 60, with `_` anywhere after the first digit.
pub(super) fn integer(text: &str) -> Option<Kind> {
    let (negative, unsigned) = split_sign(text);
    if unsigned.contains(':') {
        if unsigned.starts_with('0') {
            return None;
        }
        let (rest, last) = base_60(unsigned)?;
        #[expect(clippy::cast_possible_truncation, reason = "base_60 admits only what an i64 holds")]
        let value = rest as i64 * 60 + last.parse::<i64>().ok()?;
        return Some(Kind::Int(if negative { -value } else { value }));
    }
    let (digits, radix) = match unsigned.as_bytes() {
        [b'0', b'b', ..] => (&unsigned[2..], 2),
        [b'0', b'x', ..] => (&unsigned[2..], 16),
        [b'0', _, ..] => (&unsigned[1..], 8),
        [b'0'..=b'9', ..] => (unsigned, 10),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|&c| c != '_').collect();
    // `0_` is zero, `0x_` nothing.
    let digits = if digits.is_empty() && radix == 8 { "0".to_owned() } else { digits };
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    if let Ok(value) = i64::from_str_radix(&digits, radix) {
        return Some(Kind::Int(if negative { -value } else { value }));
    }
    let decimal = decimal(&digits, radix);
    Some(Kind::BigInt(if negative { format!("-{decimal}") } else { decimal }.into()))
}

/// A date, or a time as Python's `str()` shows it.
pub(super) fn timestamp(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() == 10 && matches_shape(bytes, b"0000-00-00") {
        return Some(text.to_owned());
    }
    let separator = text.find(['T', 't', ' ', '\t'])?;
    let (date, rest) = text.split_at(separator);
    let time = if rest.starts_with(['T', 't']) { &rest[1..] } else { rest.trim_start_matches([' ', '\t']) };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, two_digits(parts.next()?)?, two_digits(parts.next()?)?);
    if parts.next().is_some() || year.len() != 4 || !matches_shape(year.as_bytes(), b"0000") {
        return None;
    }
    let (hour, rest) = time.split_once(':')?;
    let hour = two_digits(hour)?;
    let clock = rest.get(..5).filter(|clock| matches_shape(clock.as_bytes(), b"00:00"))?;
    let mut shown = format!("{year}-{month:02}-{day:02} {hour:02}:{clock}");
    let mut rest = &rest[5..];
    if let Some(after) = rest.strip_prefix('.') {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let micros = format!("{:0<6}", &after[..end.min(6)]);
        if micros != "000000" {
            shown.push('.');
            shown.push_str(&micros);
        }
        rest = &after[end..];
    }
    shown.push_str(&zone(rest.trim_start_matches([' ', '\t']))?);
    Some(shown)
}

/// The offset from UTC as `+hh:mm`; nothing where none is given.
fn zone(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    if text == "Z" {
        return Some("+00:00".to_owned());
    }
    let sign = text.chars().next().filter(|sign| matches!(sign, '+' | '-'))?;
    let (hours, minutes) = text[1..].split_once(':').unwrap_or((&text[1..], "00"));
    if !matches_shape(minutes.as_bytes(), b"00") {
        return None;
    }
    Some(format!("{sign}{:02}:{minutes}", two_digits(hours)?))
}

fn two_digits(text: &str) -> Option<u8> {
    if text.is_empty() || text.len() > 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Whether every `0` of the shape is a digit and everything else is the same.
fn matches_shape(bytes: &[u8], shape: &[u8]) -> bool {
    bytes.len() == shape.len()
        && bytes.iter().zip(shape).all(|(byte, expected)| match expected {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// The digits without `_`; `None` when there is anything else.
fn digits_only(text: &str, allow_empty: bool) -> Option<String> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let complete = digits.bytes().all(|byte| byte.is_ascii_digit()) && (allow_empty || !digits.is_empty());
    complete.then_some(digits)
}

/// Splits `190:20:30` into all but the last group, counted in the unit of the last but one, and the last.
fn base_60(text: &str) -> Option<(f64, String)> {
    let mut groups = text.split(':');
    let first = groups.next().filter(|first| first.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut total: f64 = digits_only(first, false)?.parse().ok()?;
    let mut last = None;
    for group in groups {
        let small = match group.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [tens, digit] => matches!(tens, b'0'..=b'5') && digit.is_ascii_digit(),
            _ => false,
        };
        if !small {
            return None;
        }
        if let Some(previous) = last.replace(group) {
            total = total * 60.0 + previous.parse::<f64>().ok()?;
        }
    }
    // Beyond this a double no longer holds every integer; nobody writes such a time.
    (total < 9e13).then_some((total, last?.to_owned()))
}

/// The base in which [`decimal`] counts: nine decimal digits at a time.
const LIMB: u64 = 1_000_000_000;

/// Digits of any radix as decimal digits, by long multiplication.
fn decimal(digits: &str, radix: u32) -> String {
    if radix == 10 {
        return digits.trim_start_matches('0').to_owned();
    }
    let mut limbs: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            let value = *limb * u64::from(radix) + carry;
            *limb = value % LIMB;
            carry = value / LIMB;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut out = limbs.pop().unwrap_or_default().to_string();
    for limb in limbs.iter().rev() {
        let _ = write!(out, "{limb:09}");
    }
    out
}
