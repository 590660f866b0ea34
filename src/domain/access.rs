//! Who may see what: keys with a role and a scope.

use std::sync::Arc;

use super::Secret;

/// A key of `llmhealth.keys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// What log lines call it.
    pub name: Arc<str>,
    /// The key itself.
    pub key: Secret,
    /// What it allows.
    pub role: Role,
    /// The public names that it opens; `None` for all.
    pub models: Option<Arc<[Glob]>>,
}

/// What a key allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// To look, without addresses.
    #[default]
    Viewer,
    /// Everything.
    Admin,
}

/// A pattern of names: `*` stands for any text, slashes included, and `?` for one character.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob(Box<str>);

impl Glob {
    /// A pattern. Every text is one.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a whole name fits. Takes at most the product of both lengths.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let (mut pattern, mut rest) = (&*self.0, name);
        // Behind the last `*`: the pattern, and the shortest text that was not yet taken for what it stands for.
        let mut star: Option<(&str, &str)> = None;
        loop {
            if let Some(behind) = pattern.strip_prefix('*') {
                star = Some((behind, rest));
                pattern = behind;
                continue;
            }
            match (split_first(pattern), split_first(rest)) {
                (None, None) => return true,
                (Some((wanted, behind)), Some((found, left))) if wanted == '?' || wanted == found => {
                    (pattern, rest) = (behind, left);
                }
                _ => {
                    let Some((behind, text)) = star else { return false };
                    let Some((_, left)) = split_first(text) else { return false };
                    star = Some((behind, left));
                    (pattern, rest) = (behind, left);
                }
            }
        }
    }
}

fn split_first(text: &str) -> Option<(char, &str)> {
    let mut characters = text.chars();
    characters.next().map(|first| (first, characters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        for (pattern, name, fits) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-*", "gpt-4o", true),
            ("gpt-*", "my-gpt-4o", false),
            ("*-mini", "gpt-4o-mini", true),
            ("*-mini", "gpt-mini-x", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("openai/*", "openai/gpt/4o", true),
            ("openai/*", "openai/*", true),
            ("gpt-?o", "gpt-4o", true),
            ("gpt-?o", "gpt-o", false),
            ("?", "é", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("**", "a", true),
            ("a*", "", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!Glob::new(&pattern).matches(&"a".repeat(2000)));
    }
}
