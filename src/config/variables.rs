//! The environment variables that are settings themselves.

use std::str::FromStr;
use std::time::Duration;

use crate::domain::Environment;

use super::check::to_duration;
use super::files::Findings;

/// Reads variables, reporting those that can't be what they should.
pub(super) struct Variables<'a> {
    pub(super) env: &'a Environment,
    pub(super) findings: &'a mut Findings,
}

impl Variables<'_> {
    /// A number of seconds; `None` when the variable is not set or wrong.
    pub(super) fn seconds(&mut self, name: &'static str, accepts_zero: bool) -> Option<Duration> {
        let least = if accepts_zero { "of at least 0" } else { "above 0" };
        self.parsed(name, &format!("a number of seconds {least}"), |seconds: &f64| {
            (accepts_zero || *seconds > 0.0) && to_duration(*seconds).is_some()
        })
        .and_then(to_duration)
    }

    /// A whole number of seconds above 0.
    pub(super) fn whole_seconds(&mut self, name: &'static str) -> Option<Duration> {
        self.parsed(name, "a whole number of seconds above 0", |seconds: &u64| *seconds > 0)
            .map(Duration::from_secs)
    }

    /// An integer.
    pub(super) fn integer(&mut self, name: &'static str) -> Option<i64> {
        self.parsed(name, "an integer", |_| true)
    }

    fn parsed<T: FromStr>(&mut self, name: &str, expected: &str, accepts: impl Fn(&T) -> bool) -> Option<T> {
        let text = self.env.get(name)?;
        let value = text.trim().parse().ok().filter(accepts);
        if value.is_none() {
            let message = format!("the environment variable must be {expected}, not `{text}`");
            self.findings.fatal(None, name, message, Some("correct it or unset it".to_owned()));
        }
        value
    }
}
