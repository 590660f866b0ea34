//! Clarifai: a model is known by its URL, and configured as `user.app.model`, since it has slashes.

use crate::domain::Mode;

/// The URL of a model written with dots; other names as they are.
pub(in crate::providers) fn model_url(mode: Mode, model: &str) -> String {
    let parts: Vec<&str> = model.split('.').collect();
    match (mode, parts.as_slice()) {
        (Mode::Chat, [user, app, name]) => format!("https://clarifai.com/{user}/{app}/models/{name}"),
        _ => model.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_become_urls() {
        assert_eq!(model_url(Mode::Chat, "a.b.c-1"), "https://clarifai.com/a/b/models/c-1");
        for name in ["https://clarifai.com/a/b/models/c", "gpt-4.1"] {
            assert_eq!(model_url(Mode::Chat, name), name);
        }
    }
}
