//! OpenAI's own models that reason take other parameters than the rest.

use serde_json::{Map, Value};

use crate::catalog::Catalog;

use super::super::{Target, params};

/// What models that reason refuse.
const REFUSED: &[&str] =
    &["temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"];

/// What those of the o series refuse besides.
const REFUSED_BY_O_SERIES: &[&str] = &["parallel_tool_calls"];

/// What GPT-5 and later refuse besides.
const REFUSED_BY_GPT5: &[&str] = &["logit_bias", "stop"];

/// What is taken while a model does not reason.
const SAMPLING: &[&str] = &["temperature", "top_p", "logprobs", "top_logprobs"];

/// Whether a model of OpenAI reasons, by its name: the o series as far as the catalog knows it, and GPT-5 and
/// later but for the chat variants.
#[must_use]
pub fn reasons(model: &str, catalog: &Catalog) -> bool {
    is_gpt5(model) || is_o_series(model) && catalog.lookup_for("openai", model).is_some()
}

/// GPT-5 and later, without the variants for chat, which don't reason.
#[must_use]
pub fn is_gpt5(model: &str) -> bool {
    (model.contains("gpt-5") || model.contains("gpt-6")) && !model.contains("gpt-5-chat")
}

/// `o1`, `o3-mini` and the like.
#[must_use]
pub fn is_o_series(model: &str) -> bool {
    let mut bytes = model.bytes();
    bytes.next() == Some(b'o') && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}

/// Whether a model of the o series takes system messages: `o1` does, and what the catalog does not know may.
#[must_use]
pub fn takes_system(target: &Target<'_>) -> bool {
    target.model == "o1"
        || target.model.starts_with("o1-20")
        || target.catalog.lookup_for("openai", target.model).is_none()
}

/// Whether a model of GPT-5's kind does not reason, so that it samples as others do: with the effort `none`, which
/// is the default of GPT-5.1 and 5.2.
#[must_use]
pub fn samples(model: &str, effort: Option<&Value>) -> bool {
    let is_switchable =
        model.contains("gpt-5.") && !["codex", "pro"].iter().any(|variant| model.contains(variant));
    match effort {
        Some(effort) => is_switchable && effort == "none",
        None => is_switchable && ["gpt-5.1", "gpt-5.2"].iter().any(|name| model.contains(name)),
    }
}

/// Makes a chat body fit for a model of OpenAI.
pub fn adapt(target: &Target<'_>, body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    if reasons(target.model, target.catalog) {
        adapt_body(target, target.model, body, left_out);
    }
    // How much a model writes can be told from GPT-5 on.
    if !is_gpt5(target.model) {
        params::leave_out(target, "verbosity", body, left_out);
    }
}

/// Makes a chat body fit for a model that is known to reason: the limit changes its name, and what the model
/// refuses goes.
pub fn adapt_body(
    target: &Target<'_>,
    model: &str,
    body: &mut Map<String, Value>,
    left_out: &mut Vec<String>,
) {
    if let Some(limit) = body.shift_remove("max_tokens") {
        body.entry("max_completion_tokens").or_insert(limit);
    }
    let samples = samples(model, body.get("reasoning_effort"));
    let is_gpt5 = is_gpt5(model) || model.contains("gpt5_series/");
    let besides = if is_gpt5 { REFUSED_BY_GPT5 } else { REFUSED_BY_O_SERIES };
    for name in REFUSED.iter().chain(besides) {
        if samples && SAMPLING.contains(name) {
            continue;
        }
        // The only temperature that they take is the default.
        if *name == "temperature" && body.get("temperature").and_then(Value::as_f64) == Some(1.0) {
            continue;
        }
        params::leave_out(target, name, body, left_out);
    }
}
