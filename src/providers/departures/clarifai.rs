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
