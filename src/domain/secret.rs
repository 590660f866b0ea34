//! Values that must never leave the process except in the request they authorise.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;

/// A credential: an API key, token, password or the like.
///
/// It has no `Display` and no `Serialize`, and its `Debug` shows a mask, so it can't be logged or
/// answered by accident. Whoever needs the text has to say so with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes charge of a credential.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends or verifies it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares with a presented key in time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
    }

    /// The form in which a credential may be shown: `sk-1****2345`; all stars when it is short.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.masked())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Shows the first and last four characters of long text, and none of short text.
fn mask(text: &str) -> String {
    let count = text.chars().count();
    if count < 12 {
        return "****".to_owned();
    }
    let head: String = text.chars().take(4).collect();
    let tail: String = text.chars().skip(count - 4).collect();
    format!("{head}****{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_mask_hide_the_middle() {
        let secret = Secret::new("sk-1234567890abcd2345");
        assert_eq!(secret.masked(), "sk-1****2345");
        assert_eq!(format!("{secret:?}"), "Secret(sk-1****2345)");
        assert_eq!(Secret::new("short").masked(), "****");
    }

    #[test]
    fn comparison_needs_the_whole_text() {
        let secret = Secret::new("sk-1234");
        assert!(secret.matches("sk-1234"));
        assert!(!secret.matches("sk-123"));
        assert!(!secret.matches("sk-12345"));
        assert!(!secret.matches(""));
    }
}
