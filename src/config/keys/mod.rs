//! Every key that is known, in one table: type checks, did-you-mean and the JSON Schema come from it.

mod deployment;
mod litellm;
mod ours;

pub(super) use deployment::{DEPLOYMENT, ENTRY, INFO, MAINTENANCE, PARAMS};
pub(super) use litellm::{FAIL_POLICY, GENERAL, LITELLM, ROOT, ROUTER};
pub(super) use ours::{ACCESS_KEY, METRICS, OURS, PROBE, PROXY, READINESS, RELOAD, SERVER, THRESHOLDS};

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Type {
    /// Anything: LiteLLM's business, or checked where it is read.
    Any,
    Bool,
    Text,
    /// A list of texts.
    Texts,
    Mapping,
    List,
    /// Any integer.
    Integer,
    /// An integer of at least 0.
    Natural,
    /// An integer of at least 1.
    Count,
    /// A number of seconds above 0.
    Seconds,
    /// `30s`, or a number of seconds.
    Duration,
    /// The same, of at least a second.
    Interval,
    /// A number of at least 0.
    Amount,
    /// From 0 to 1.
    Ratio,
    /// A mapping of names to counts.
    Counts,
    /// A word of `domain::Method`.
    Method,
    /// `host:port`, or a URL.
    Host,
    /// `auto`, false, or a list of hosts.
    Connectivity,
    /// A word of `domain::Role`.
    Role,
}

/// What a value of the wrong type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Wrong {
    /// The configuration can't be used: a setting that silently does not hold is worse than none.
    Stops,
    /// The key is as good as absent, with a warning.
    Ignored,
}

/// What an unknown key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Unknown {
    /// A warning if it looks like a slip for a known one: real files carry many keys that we don't know.
    Suggested,
    /// Always a warning.
    Warned,
    /// The configuration can't be used.
    Refused,
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub(in crate::config) struct Key {
    pub(in crate::config) name: &'static str,
    pub(in crate::config) kind: Type,
    pub(in crate::config) wrong: Wrong,
    /// For people, in the schema. Empty for what is of no concern to health checks.
    pub(in crate::config) about: &'static str,
}

/// The keys of one mapping.
#[derive(Debug)]
pub(in crate::config) struct Section {
    /// What tells it from the others.
    pub(in crate::config) name: &'static str,
    pub(in crate::config) keys: &'static [Key],
    /// Names that exist and mean nothing here, with spaces between.
    pub(in crate::config) others: &'static str,
    pub(in crate::config) unknown: Unknown,
}

impl Section {
    /// The key of this name, if it is one that we read.
    pub(in crate::config) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// All names.
    pub(in crate::config) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name).chain(self.others.split_whitespace())
    }
}

/// A key whose value must be right.
const fn setting(name: &'static str, kind: Type, about: &'static str) -> Key {
    Key { name, kind, wrong: Wrong::Stops, about }
}

/// A key that a wrong value only makes useless.
const fn knob(name: &'static str, kind: Type, about: &'static str) -> Key {
    Key { name, kind, wrong: Wrong::Ignored, about }
}
