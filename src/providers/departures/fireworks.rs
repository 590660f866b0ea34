//! Fireworks AI: models are resources of an account, Fireworks' own unless another is named.

use crate::domain::Mode;

/// The resource of a model; rerankers go by a shorter name.
pub(in crate::providers) fn model_name(mode: Mode, model: &str) -> String {
    if mode == Mode::Rerank {
        return if model.starts_with("fireworks/") {
            model.to_owned()
        } else {
            ["fireworks/", model].concat()
        };
    }
    // `#` names a deployment of the account's own.
    if mode != Mode::Chat && mode != Mode::Completion && mode != Mode::Responses
        || model.starts_with("accounts/")
        || model.contains('#')
    {
        return model.to_owned();
    }
    let folder = match model {
        named if named.starts_with("routers/") || named.starts_with("models/") => "",
        fast if fast.ends_with("-fast") => "routers/",
        _ => "models/",
    };
    ["accounts/fireworks/", folder, model].concat()
}
