//! Which of Azure's deployments reason, and what that does to a chat body.
//!
//! A deployment is named by its owner, so the rule looks for the model's name anywhere in it; a name
//! without it can be helped by a prefix (`o_series/`, `gpt5_series/`) or by `base_model`.

use serde_json::{Map, Value};

use crate::providers::openai::reasoning;
use crate::providers::{Target, params};

/// Parts of names by which models of the o series are known.
const O_SERIES: [&str; 4] = ["o1", "o3", "o4", "o_series/"];

/// Makes a chat body fit for the deployment's model. `target.model` has its prefix still.
pub(super) fn adapt(target: &Target<'_>, body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    let name = model(target);
    if reasons(name) {
        reasoning::adapt_body(target, name, body, left_out);
    } else {
        // The variants for chat don't reason, but know the limit by its later name too.
        if name.contains("gpt-5")
            && let Some(limit) = body.shift_remove("max_tokens")
        {
            body.entry("max_completion_tokens").or_insert(limit);
        }
        params::leave_out(target, "reasoning_effort", body, left_out);
    }
    if !name.contains("gpt-5") && !name.contains("gpt5_series/") {
        params::leave_out(target, "verbosity", body, left_out);
    }
}

/// The model behind a deployment, as far as its owner says: `base_model`, for clients' calls also that of
/// `model_info`, at which LiteLLM's probes don't look.
pub(super) fn model<'a>(target: &Target<'a>) -> &'a str {
    let info = || target.asked.and(target.deployment.info.get("base_model")).and_then(Value::as_str);
    target.deployment.params.str("base_model").or_else(info).unwrap_or(target.model)
}

fn reasons(name: &str) -> bool {
    reasoning::is_gpt5(name)
        || name.contains("gpt5_series/")
        || O_SERIES.iter().any(|series| name.contains(series))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_reasons() {
        for name in
            ["gpt-5", "my-gpt-5-mini", "gpt5_series/dep", "o_series/dep", "o1", "eu-o3-mini", "azure/gpt-5"]
        {
            assert!(reasons(name), "{name}");
        }
        for name in ["gpt-4o", "my-gpt4o", "gpt-5-chat", "gpt-35-turbo", "claude-sonnet-4-5", "model-router"]
        {
            assert!(!reasons(name), "{name}");
        }
    }
}
