//! Tags: the few that a configuration can do with.

use saphyr_parser::Tag;

use super::{Kind, Mark, SyntaxError, scalar};

/// The value of a scalar under its tag, if it has one.
pub(super) fn typed(text: &str, is_plain: bool, tag: Option<&Tag>, at: Mark) -> Result<Kind, SyntaxError> {
    let Some(tag) = tag.filter(|tag| !is_bare(tag)) else {
        return Ok(if is_plain { scalar::plain(text) } else { Kind::Text(text.into()) });
    };
    let kind = match tag.suffix.as_str() {
        _ if !tag.is_yaml_core_schema() => None,
        "str" => Some(Kind::Text(text.into())),
        "null" => scalar::is_null(text).then_some(Kind::Null),
        "bool" => scalar::boolean(text).map(Kind::Bool),
        "int" => scalar::integer(text),
        "float" => scalar::float(text).or_else(|| text.parse().ok()).map(Kind::Float),
        "timestamp" => scalar::timestamp(text).map(|shown| Kind::Date(shown.into())),
        _ => None,
    };
    kind.ok_or_else(|| bad_tag(tag, at))
}

/// Refuses a tag that changes what a collection is.
pub(super) fn check_collection_tag(tag: Option<&Tag>, allowed: &str, at: Mark) -> Result<(), SyntaxError> {
    match tag {
        Some(tag) if is_bare(tag) || tag.is_yaml_core_schema() && tag.suffix == allowed => Ok(()),
        Some(tag) => Err(bad_tag(tag, at)),
        None => Ok(()),
    }
}

/// Whether it is the tag `!`, which says nothing.
fn is_bare(tag: &Tag) -> bool {
    tag.handle.is_empty() && tag.suffix == "!" || tag.handle == "!" && tag.suffix.is_empty()
}

fn bad_tag(tag: &Tag, at: Mark) -> SyntaxError {
    let shown = if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() };
    SyntaxError {
        at,
        message: format!("the tag `{shown}` does not fit here"),
        hint: Some("write plain values; `os.environ/NAME` takes one from the environment"),
    }
}
