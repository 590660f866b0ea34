//! What a Claude model can do, read off its name.
//!
//! Names come in two forms: the version first (`claude-2.1`, `claude-3-5-haiku-20241022`) up to
//! Claude 3.7, and the family first (`claude-opus-4-6`) since Claude 4. Bedrock and Vertex wrap the
//! same names (`us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-haiku-4-5@20251001`).

/// The place of a model in the line of Claude models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation {
    family_first: bool,
    version: Option<(u8, u8)>,
}

impl Generation {
    /// Reads a model's name; the provider's decoration around it does not matter.
    pub(crate) fn of(model: &str) -> Self {
        let name = model.split_once("claude-").map_or(model, |(_, name)| name);
        let mut words = name.split(['-', '@', ':']).peekable();
        let family_first = words.peek().is_some_and(|word| number(word).is_none());
        if family_first {
            words.next();
        }
        let version = words.next().and_then(number).map(|(major, minor)| {
            let minor = minor.or_else(|| words.next().and_then(|word| word.parse().ok()));
            (major, minor.unwrap_or(0))
        });
        Self { family_first, version }
    }

    /// Whether it can think before it answers: since Claude 3.7.
    pub(crate) fn thinks(self) -> bool {
        self.family_first || self.version >= Some((3, 7))
    }

    /// Whether it decides itself how long to think, steered by `output_config.effort`: since Claude 4.6.
    pub(crate) fn thinks_adaptively(self) -> bool {
        self.since((4, 6))
    }

    /// Whether it refuses `thinking: {type: enabled}` with a fixed budget: since Claude 4.7.
    pub(crate) fn refuses_budgets(self) -> bool {
        self.since((4, 7))
    }

    /// Whether it refuses every `temperature`, `top_p` and `top_k` but the default: since Claude 4.7.
    /// Of a name without a version nothing is known, so it is let pass.
    pub(crate) fn refuses_sampling(self) -> bool {
        self.version >= Some((4, 7))
    }

    /// Whether it answers in the form of a given schema (`output_format`): since Claude 4.5.
    pub(crate) fn structures_outputs(self) -> bool {
        self.since((4, 5))
    }

    /// The longest answer it may give, in tokens. `None` before Claude 3.7 and for unknown names,
    /// where 4096 is the limit of the smallest.
    pub(crate) fn max_output_tokens(self, model: &str) -> Option<u32> {
        match self.version? {
            (4, 0 | 1) if model.contains("opus") => Some(32_000),
            version if version < (3, 7) => None,
            version if version < (4, 6) => Some(64_000),
            _ => Some(128_000),
        }
    }

    /// A family without a version is taken for a coming one.
    fn since(self, version: (u8, u8)) -> bool {
        self.version.map_or(self.family_first, |own| own >= version)
    }
}

/// A version as one word: `4`, `2.1`, `v2`. A date has too many digits to be one.
fn number(word: &str) -> Option<(u8, Option<u8>)> {
    let word = word.strip_prefix('v').unwrap_or(word);
    match word.split_once('.') {
        Some((major, minor)) => Some((major.parse().ok()?, Some(minor.parse().ok()?))),
        None => Some((word.parse().ok()?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_every_form_of_name() {
        for (name, version) in [
            ("claude-2.1", Some((2, 1))),
            ("claude-instant-1.2", Some((1, 2))),
            ("anthropic.claude-v2:1", Some((2, 1))),
            ("claude-3-opus-20240229", Some((3, 0))),
            ("claude-3-5-haiku-20241022", Some((3, 5))),
            ("claude-3-7-sonnet-latest", Some((3, 7))),
            ("claude-4-opus-20250514", Some((4, 0))),
            ("claude-opus-4-20250514", Some((4, 0))),
            ("claude-opus-4-1-20250805", Some((4, 1))),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some((4, 5))),
            ("claude-haiku-4-5@20251001", Some((4, 5))),
            ("claude-opus-4@20250514", Some((4, 0))),
            ("claude-opus-4-7", Some((4, 7))),
            ("claude-sonnet-5", Some((5, 0))),
            ("claude-mythos-preview", None),
        ] {
            assert_eq!(Generation::of(name).version, version, "{name}");
        }
    }

    #[test]
    fn abilities_follow_the_generation() {
        let abilities = |name| {
            let generation = Generation::of(name);
            (generation.thinks(), generation.thinks_adaptively(), generation.refuses_budgets())
        };
        for (name, expected) in [
            ("claude-2.1", (false, false, false)),
            ("claude-3-5-haiku-20241022", (false, false, false)),
            ("claude-3-7-sonnet-20250219", (true, false, false)),
            ("claude-sonnet-4-20250514", (true, false, false)),
            ("claude-opus-4-5-20251101", (true, false, false)),
            ("claude-opus-4-6", (true, true, false)),
            ("claude-opus-4-7", (true, true, true)),
            ("claude-future-9", (true, true, true)),
            ("claude-mythos-preview", (true, true, true)),
        ] {
            assert_eq!(abilities(name), expected, "{name}");
        }
    }

    #[test]
    fn the_longest_answer_grows_with_the_generation() {
        for (name, tokens) in [
            ("claude-3-haiku-20240307", None),
            ("claude-3-7-sonnet-20250219", Some(64_000)),
            ("claude-opus-4-1-20250805", Some(32_000)),
            ("claude-sonnet-4-20250514", Some(64_000)),
            ("claude-sonnet-4-5-20250929", Some(64_000)),
            ("claude-opus-4-6", Some(128_000)),
            ("claude-mythos-preview", None),
        ] {
            assert_eq!(Generation::of(name).max_output_tokens(name), tokens, "{name}");
        }
    }
}
