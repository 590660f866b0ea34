//! Which model stands in for a wildcard such as `openai/*`.

use crate::catalog::Catalog;

/// The cheapest chat model of a provider that the pattern covers; of all its models if it covers none.
///
/// LiteLLM takes the cheapest entry of its list, which for several providers is no model at all but a free
/// `container`, and asks for any model whatever the pattern says. Here a model has a price and is covered.
pub(super) fn choose<'a>(provider: &str, pattern: &str, catalog: &'a Catalog) -> Option<&'a str> {
    catalog
        .cheapest_chat_models(provider)
        .find(|model| covers(pattern, model))
        .or_else(|| catalog.cheapest_chat_models(provider).next())
}

/// Whether a pattern, in which `*` stands for anything, covers a name.
fn covers(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| name.strip_prefix(head)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name) in
            [("*", "x"), ("gpt-4*", "gpt-4o"), ("*-mini", "o3-mini"), ("a*b*c", "a1b2c"), ("x", "x")]
        {
            assert!(covers(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("gpt-4*", "gpt-5"), ("a*b*c", "acb"), ("x", "xy"), ("*-mini", "o3-mini-x")] {
            assert!(!covers(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn the_choice_is_a_real_model_that_the_pattern_covers() {
        let catalog = Catalog::embedded();
        assert_eq!(choose("openai", "*", catalog), Some("gpt-5-nano"));
        assert!(choose("openai", "gpt-4*", catalog).unwrap().starts_with("gpt-4"));
        assert_eq!(choose("openai", "no-such*", catalog), Some("gpt-5-nano"));
        assert_eq!(choose("nobody", "*", catalog), None);
    }
}
