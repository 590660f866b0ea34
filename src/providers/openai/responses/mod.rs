//! Chat by way of the Responses API, for what is served nowhere else.

mod answers;
mod request;

use serde_json::Value;

use crate::domain::{Call, Mode};

use super::super::Target;

pub use answers::ByResponses;
pub use request::from_chat;

/// Whether a model is served by the Responses API and nowhere else, as far as the catalog knows.
#[must_use]
pub fn is_only_way(target: &Target<'_>) -> bool {
    let facts = target.catalog.lookup_for(target.provider.slug, target.model);
    facts.is_some_and(|facts| facts.mode == Some(Mode::Responses))
}

/// Whether a client's chat is one that OpenAI refuses outside the Responses API: with tools, of a model from GPT-5.4 on
/// that is to reason. Servers other than OpenAI's and Azure's (`enforces` says whose it is) may well take it, unless it asks
/// for an effort.
#[must_use]
pub fn reasons_with_tools(
    target: &Target<'_>,
    call: &Call,
    model: &str,
    enforces: impl FnOnce() -> bool,
) -> bool {
    let asked = |name: &str| call.payload.get(name).or_else(|| target.deployment.params.get(name));
    let effort = asked("reasoning_effort");
    let tools = || asked("tools").and_then(Value::as_array).into_iter().flatten();
    target.asked.is_some()
        && is_since_gpt54(model)
        && tools().any(|tool| tool["type"] == "function")
        && effort.map_or_else(enforces, |effort| effort != "none")
}

fn is_since_gpt54(model: &str) -> bool {
    let Some((_, version)) = model.split_once("gpt-5.") else { return model.contains("gpt-6") };
    let digits = version.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
    digits.parse::<u32>().is_ok_and(|minor| minor >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        for (model, is_since) in [
            ("gpt-5.4", true),
            ("gpt-5.4-mini", true),
            ("eu-gpt-5.10", true),
            ("gpt-5.2", false),
            ("gpt-5", false),
            ("gpt-4o", false),
            ("gpt-6", true),
        ] {
            assert_eq!(is_since_gpt54(model), is_since, "{model}");
        }
    }
}
