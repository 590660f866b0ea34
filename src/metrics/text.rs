//! Writes metrics as text, in either of the two formats that scrapers read.
//!
//! The official client library writes OpenMetrics only, and keeps every series alive that was ever set; here a page is
//! written from what holds at the moment, so that a series is gone with its deployment.

use std::fmt::{Display, Write};

/// Which text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' own, version 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The media type of the page.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The types of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Counter,
    Gauge,
    Histogram,
}

/// A name and a value for it.
pub(super) type Label<'a> = (&'static str, &'a str);

/// Labels as they stand in a sample, for all samples that have them.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels(String);

impl Labels {
    pub(super) fn new(labels: &[Label<'_>]) -> Self {
        labels.iter().fold(Self::default(), |all, label| all.and(*label))
    }

    /// These labels and others.
    pub(super) fn with(&self, Self(others): &Self) -> Self {
        Self(if self.0.is_empty() { others.clone() } else { [&self.0, ",", others].concat() })
    }

    /// These labels and another one.
    pub(super) fn and(&self, (name, value): Label<'_>) -> Self {
        let mut text = self.0.clone();
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
        for character in value.chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                other => text.push(other),
            }
        }
        text.push('"');
        Self(text)
    }
}

/// A page of metrics, family by family.
pub(super) struct Page {
    format: Format,
    text: String,
}

impl Page {
    pub(super) fn new(format: Format) -> Self {
        Self { format, text: String::new() }
    }

    /// Begins a family of metrics. The name of a counter ends with `_total`.
    pub(super) fn family(&mut self, name: &'static str, kind: Type, help: &str) -> Family<'_> {
        let of_family = match self.format {
            Format::OpenMetrics => name.strip_suffix("_total").unwrap_or(name),
            Format::Prometheus => name,
        };
        let word = match kind {
            Type::Counter => "counter",
            Type::Gauge => "gauge",
            Type::Histogram => "histogram",
        };
        self.write(format_args!("# HELP {of_family} {help}\n# TYPE {of_family} {word}\n"));
        Family { page: self, name }
    }

    /// A family of one gauge without labels.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Type::Gauge, help).sample(&Labels::default(), value);
    }

    /// A family of one counter without labels.
    pub(super) fn counter(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Type::Counter, help).sample(&Labels::default(), value);
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn write(&mut self, text: impl Display) {
        // Writing to a string can't fail.
        let _ = write!(self.text, "{text}");
    }
}

/// The samples of one metric.
pub(super) struct Family<'a> {
    page: &'a mut Page,
    name: &'static str,
}

impl Family<'_> {
    /// A sample.
    pub(super) fn sample(&mut self, labels: &Labels, value: impl Display) {
        self.line("", labels, value);
    }

    /// The samples of a histogram: counts by upper bound, one more than there are bounds.
    pub(super) fn histogram(&mut self, labels: &Labels, bounds: &[f64], counts: &[u64], sum: f64) {
        let mut total = 0;
        for (index, count) in counts.iter().enumerate() {
            total += count;
            let bound = bounds.get(index).map_or_else(|| "+Inf".to_owned(), |bound| format!("{bound:?}"));
            self.line("_bucket", &labels.and(("le", &bound)), total);
        }
        self.line("_sum", labels, sum);
        self.line("_count", labels, total);
    }

    fn line(&mut self, suffix: &str, Labels(labels): &Labels, value: impl Display) {
        let name = self.name;
        if labels.is_empty() {
            self.page.write(format_args!("{name}{suffix} {value}\n"));
        } else {
            self.page.write(format_args!("{name}{suffix}{{{labels}}} {value}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(format: Format) -> String {
        let mut page = Page::new(format);
        page.counter("things_total", "Things.", 3);
        let mut family = page.family("took_seconds", Type::Histogram, "How long.");
        family.histogram(&Labels::new(&[("who", "a\"b\\c\nd")]), &[0.5, 1.0], &[1, 0, 2], 7.25);
        page.finish()
    }

    #[test]
    fn formats_differ_in_the_names_of_counters_and_in_the_end() {
        let samples = "\
things_total 3
# HELP took_seconds How long.
# TYPE took_seconds histogram
took_seconds_bucket{who=\"a\\\"b\\\\c\\nd\",le=\"0.5\"} 1
took_seconds_bucket{who=\"a\\\"b\\\\c\\nd\",le=\"1.0\"} 1
took_seconds_bucket{who=\"a\\\"b\\\\c\\nd\",le=\"+Inf\"} 3
took_seconds_sum{who=\"a\\\"b\\\\c\\nd\"} 7.25
took_seconds_count{who=\"a\\\"b\\\\c\\nd\"} 3
";
        let head = |name| format!("# HELP {name} Things.\n# TYPE {name} counter\n");
        assert_eq!(page(Format::Prometheus), format!("{}{samples}", head("things_total")));
        assert_eq!(page(Format::OpenMetrics), format!("{}{samples}# EOF\n", head("things")));
    }
}
