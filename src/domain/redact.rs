//! Takes every known secret out of text that is about to leave.

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Secret;

/// How many bytes of a secret are looked up at each position of a text.
const WINDOW: usize = 8;

/// What stands in place of a secret.
const MARK: &str = "[redacted]";

/// Replaces secrets by value, also where an upstream echoes one back.
///
/// A secret is known as it is, percent-encoded, and as it looks inside a JSON string. Secrets of at least
/// eight bytes are replaced anywhere; shorter ones only where they stand as a word of their own, since
/// a two-letter key would otherwise tear holes into every sentence.
///
/// Looking up costs one hash per byte of text whatever the number of secrets, and building costs
/// one hash per secret: a fleet may bring ten thousand different keys.
#[derive(Default)]
pub struct Redactor {
    long: HashMap<[u8; WINDOW], Vec<Box<str>>>,
    short: Vec<Box<str>>,
}

impl Redactor {
    /// Learns every secret. Empty ones are ignored.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            redactor.learn(secret.expose());
        }
        for known in redactor.long.values_mut() {
            // The longest first, so that a key that begins like another one is replaced whole.
            known.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            known.dedup();
            known.shrink_to_fit();
        }
        redactor.short.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        redactor.short.dedup();
        redactor
    }

    fn learn(&mut self, text: &str) {
        self.learn_form(text);
        if text.bytes().any(|byte| !byte.is_ascii_alphanumeric()) {
            let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            self.learn_form(&encoded);
        }
        if text.contains(['"', '\\', '\n', '\r', '\t']) {
            let quoted = serde_json::Value::from(text).to_string();
            self.learn_form(quoted.trim_matches('"'));
        }
    }

    fn learn_form(&mut self, text: &str) {
        match text.as_bytes().first_chunk::<WINDOW>() {
            Some(window) => self.long.entry(*window).or_default().push(text.into()),
            None if text.is_empty() => {}
            None => self.short.push(text.into()),
        }
    }

    /// The text without any secret. Borrowed when there was none in it.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.long.is_empty() && self.short.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut cleaned: Option<String> = None;
        let mut copied = 0;
        let mut at = 0;
        while at < text.len() {
            match self.secret_at(text, at) {
                Some(length) => {
                    let out = cleaned.get_or_insert_default();
                    out.push_str(&text[copied..at]);
                    out.push_str(MARK);
                    at += length;
                    copied = at;
                }
                None => at += 1,
            }
        }
        match cleaned {
            None => Cow::Borrowed(text),
            Some(mut out) => {
                out.push_str(&text[copied..]);
                Cow::Owned(out)
            }
        }
    }

    /// The length of the secret that begins at this byte, if one does.
    fn secret_at(&self, text: &str, at: usize) -> Option<usize> {
        let rest = &text.as_bytes()[at..];
        let long = rest
            .first_chunk::<WINDOW>()
            .and_then(|window| self.long.get(window))
            .and_then(|known| known.iter().find(|secret| rest.starts_with(secret.as_bytes())));
        if let Some(secret) = long {
            return Some(secret.len());
        }
        let starts_word = at == 0 || !is_word(text.as_bytes()[at - 1]);
        if !starts_word {
            return None;
        }
        self.short
            .iter()
            .find(|secret| {
                rest.starts_with(secret.as_bytes())
                    && rest.get(secret.len()).is_none_or(|&next| !is_word(next))
            })
            .map(|secret| secret.len())
    }
}

/// Whether a byte belongs to a word; bytes of non-ASCII characters do.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(secrets: &[&str], text: &str) -> String {
        let secrets: Vec<Secret> = secrets.iter().map(|&text| Secret::from(text)).collect();
        Redactor::new(&secrets).clean(text).into_owned()
    }

    #[test]
    fn long_secrets_go_wherever_they_stand() {
        assert_eq!(
            clean(&["sk-12345678"], "key=sk-12345678, again:xsk-12345678x"),
            "key=[redacted], again:x[redacted]x"
        );
        assert_eq!(clean(&["sk-12345678", "sk-1234567890"], "sk-1234567890"), "[redacted]");
    }

    #[test]
    fn short_secrets_go_only_as_words() {
        assert_eq!(clean(&["k"], "key k, okay: k"), "key [redacted], okay: [redacted]");
    }

    #[test]
    fn encoded_and_quoted_forms_go_too() {
        assert_eq!(clean(&["a+b/c=d&e"], "?key=a%2Bb%2Fc%3Dd%26e"), "?key=[redacted]");
        assert_eq!(clean(&["{\"private\": \"x\"}"], r#""{\"private\": \"x\"}""#), "\"[redacted]\"");
    }

    #[test]
    fn text_without_secrets_is_borrowed() {
        let redactor = Redactor::new(&[Secret::from("sk-12345678")]);
        assert!(matches!(redactor.clean("Zoë says hello"), Cow::Borrowed(_)));
        assert_eq!(redactor.clean("é sk-12345678 é"), "é [redacted] é");
    }
}
