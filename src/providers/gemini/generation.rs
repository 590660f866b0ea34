//! What a Gemini model can do, read off its name.

/// The place of a model in the line of Gemini models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation {
    /// `2.5` is `(2, 5)`; names such as `gemini-flash-latest` have none.
    version: Option<(u8, u8)>,
    size: Size,
}

/// The sizes that differ in how long they can think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Lite,
    Flash,
    Pro,
    Other,
}

impl Generation {
    /// Reads a model's name.
    pub(super) fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        let version = name.strip_prefix("gemini-").and_then(|rest| {
            let (major, minor) = rest.split('-').next()?.split_once('.').unwrap_or((rest, "0"));
            let major = major.split('-').next()?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        let size = if name.contains("flash-lite") {
            Size::Lite
        } else if name.contains("flash") {
            Size::Flash
        } else if name.contains("pro") {
            Size::Pro
        } else {
            Size::Other
        };
        Self { version, size }
    }

    /// Since Gemini 3 thinking has levels instead of budgets, tool calls have ids and signatures, penalties
    /// are gone, and Google asks to leave the temperature at 1.
    pub(super) fn is_third(self) -> bool {
        self.version >= Some((3, 0))
    }

    /// Whether it takes a JSON Schema as it is; before Gemini 2 only Google's own dialect.
    pub(super) fn takes_json_schema(self) -> bool {
        self.version.is_none_or(|version| version >= (2, 0))
    }

    /// Whether it can answer without thinking.
    pub(super) fn can_rest(self) -> bool {
        self.size != Size::Pro
    }

    /// The fewest tokens of thinking that it can be asked for.
    pub(super) fn least_budget(self) -> u32 {
        match (self.version, self.size) {
            (Some((2, 5)), Size::Lite) => 512,
            (Some((2, 5)), Size::Flash) => 1,
            _ => 128,
        }
    }

    /// The lowest level of thinking: Gemini 3 Pro can't think less than `low`.
    pub(super) fn least_level(self) -> &'static str {
        if matches!(self.size, Size::Flash | Size::Lite) { "minimal" } else { "low" }
    }

    /// The level between `low` and `high`, which Gemini 3 Pro does not have.
    pub(super) fn middle_level(self) -> &'static str {
        if self.size == Size::Pro && self.version == Some((3, 0)) { "high" } else { "medium" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        for (name, version, third) in [
            ("gemini-2.5-flash", Some((2, 5)), false),
            ("gemini-1.5-pro", Some((1, 5)), false),
            ("gemini-3-pro-preview", Some((3, 0)), true),
            ("gemini-3.1-pro-preview", Some((3, 1)), true),
            ("gemini-flash-latest", None, false),
            ("gemma-3-27b-it", None, false),
            ("google/gemini-10.2-x", Some((10, 2)), true),
            ("gemini-3", Some((3, 0)), true),
            ("1234567890", None, false),
        ] {
            let generation = Generation::of(name);
            assert_eq!((generation.version, generation.is_third()), (version, third), "{name}");
        }
    }

    #[test]
    fn the_least_thinking_depends_on_the_size() {
        for (size, least) in [("flash", 1), ("flash-lite", 512), ("pro", 128)] {
            assert_eq!(Generation::of(&format!("gemini-2.5-{size}")).least_budget(), least, "{size}");
        }
        let levels = |name| (Generation::of(name).least_level(), Generation::of(name).middle_level());
        assert_eq!(levels("gemini-3-pro-preview"), ("low", "high"));
        assert_eq!(levels("gemini-3.1-pro-preview"), ("low", "medium"));
        assert_eq!(levels("gemini-3-flash-preview"), ("minimal", "medium"));
    }
}
