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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resources_of_an_account() {
        for (mode, configured, sent) in [
            (Mode::Chat, "llama-v3p1-8b-instruct", "accounts/fireworks/models/llama-v3p1-8b-instruct"),
            (Mode::Chat, "accounts/me/models/own", "accounts/me/models/own"),
            (Mode::Chat, "kimi-k2-fast", "accounts/fireworks/routers/kimi-k2-fast"),
            (Mode::Completion, "routers/x", "accounts/fireworks/routers/x"),
            (Mode::Chat, "model#deployment", "model#deployment"),
            (Mode::Embedding, "nomic-ai/nomic-embed-text-v1.5", "nomic-ai/nomic-embed-text-v1.5"),
            (Mode::Rerank, "qwen3-reranker-8b", "fireworks/qwen3-reranker-8b"),
            (Mode::Rerank, "fireworks/qwen3-reranker-8b", "fireworks/qwen3-reranker-8b"),
        ] {
            assert_eq!(model_name(mode, configured), sent);
        }
    }
}
