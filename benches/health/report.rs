//! The table that a benchmark prints.

use std::time::Duration;

/// One measured figure beside the most that it should be.
pub(crate) struct Row {
    what: String,
    measured: String,
    at_most: String,
    within: bool,
    note: String,
}

impl Row {
    pub(crate) fn ratio(what: &str, ratio: f64, most: f64, note: &str) -> Self {
        Self::new(what, ratio, most, "x", note)
    }

    pub(crate) fn milliseconds(what: &str, time: Duration, most: f64, note: &str) -> Self {
        Self::new(what, time.as_secs_f64() * 1000.0, most, "ms", note)
    }

    pub(crate) fn megabytes(what: &str, bytes: u64, most: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a size for people")]
        Self::new(what, bytes as f64 / 1e6, most, "MB", "")
    }

    fn new(what: &str, measured: f64, most: f64, unit: &str, note: &str) -> Self {
        Self {
            what: what.to_owned(),
            measured: format!("{measured:.2} {unit}"),
            at_most: format!("{most} {unit}"),
            within: measured <= most,
            note: note.to_owned(),
        }
    }
}

/// Prints all rows as a Markdown table.
pub(crate) fn print(rows: &[Row]) {
    println!("| what | measured | at most | | |\n|---|---|---|---|---|");
    for row in rows {
        let mark = if row.within { "ok" } else { "over" };
        println!("| {} | {} | {} | {mark} | {} |", row.what, row.measured, row.at_most, row.note);
    }
}
