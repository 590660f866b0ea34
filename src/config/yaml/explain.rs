//! Says in plain words what the YAML scanner complains of.

/// Part of what the scanner says, what that means, and what to do about it.
const KNOWN: &[(&str, &str, Option<&str>)] = &[
    ("simple key expect", "a line without `:` where a key belongs", Some("write `key: value`")),
    (
        "mapping values are not allowed",
        "a `:` where no key can be",
        Some("does a line above lack its `:`? a text with `: ` in it needs quotes"),
    ),
    ("tabs disallowed", "a tab in the indentation", Some("indent with spaces")),
    (
        "unknown anchor",
        "an alias of something that has no such name",
        Some("name it first: `key: &name value`"),
    ),
    ("quoted scalar", "a quote that is not closed", Some("close it on the same line")),
    ("did not find expected <document start>", "something after the end of the document", None),
    ("recursion limit", "values are nested too deep", None),
];

/// The message and the hint for what the scanner says.
pub(super) fn explain(info: &str) -> (String, Option<&'static str>) {
    match KNOWN.iter().find(|(part, ..)| info.contains(part)) {
        Some((_, meaning, hint)) => (format!("this is not YAML: {meaning}"), *hint),
        None => (format!("this is not YAML: {info}"), None),
    }
}
