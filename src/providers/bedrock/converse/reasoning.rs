//! Reasoning: from OpenAI's `reasoning_effort` and Anthropic's `thinking` to what each vendor's models take.

use serde_json::{Map, Value, json};

use crate::providers::anthropic::{Generation, thinking};
use crate::providers::{BuildError, Target, params};

use super::super::model::{base, is_hidden};
use super::put as insert;

/// What thinking cost is told only when asked for.
const THINKING_TOKENS: &str = "/usage/output_tokens_details";

/// Other vendors' models that the catalog says reason are asked as Claude was when it first thought: by a budget.
const BUDGETED: &str = "claude-3-7-sonnet";

/// How a model is told to reason.
enum Style {
    /// `thinking`, in Anthropic's form.
    Thinking(Generation),
    /// Amazon Nova 2: `reasoningConfig`.
    Nova,
    /// `reasoning_effort` as it is.
    Effort,
    /// Not at all.
    None,
}

/// Adds what was asked for, and room for the thinking beside the answer.
pub(super) fn put(
    target: &Target<'_>,
    request: &Map<String, Value>,
    body: &mut Map<String, Value>,
    inference: &mut Map<String, Value>,
    fields: &mut Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<(), BuildError> {
    let asked = |key: &str| request.get(key).filter(|value| !value.is_null());
    let (own, effort) = (asked("thinking"), asked("reasoning_effort"));
    match style(target) {
        Style::Thinking(generation) => {
            if let Some(own) = own {
                thinking::adopt(fields, generation, own);
            }
            if let Some(effort) = effort {
                thinking::ask(fields, generation, effort).map_err(|_| unknown(effort))?;
            }
            if fields.contains_key("thinking") {
                insert(body, "additionalModelResponseFieldPaths", json!([THINKING_TOKENS]));
            }
            if is_claude(target) && thinking::is_on(fields) {
                for (name, own) in [("temperature", "temperature"), ("top_p", "topP"), ("top_k", "top_k")] {
                    let map = if name == "top_k" { &mut *fields } else { &mut *inference };
                    if map.get(own).is_some_and(|value| thinking::excludes(name, value)) {
                        map.shift_remove(own);
                        params::report(target, name, left_out);
                    }
                }
            }
            // Others than Claude have a limit of their own for the answer.
            if (is_claude(target) || !inference.contains_key("maxTokens"))
                && let Some(room) = thinking::make_room(fields, inference.get("maxTokens"))
            {
                insert(inference, "maxTokens", json!(room));
            }
        }
        Style::Nova => {
            if let Some(effort) = effort.filter(|effort| *effort != "none") {
                let effort = if effort == "minimal" { &json!("low") } else { effort };
                insert(fields, "reasoningConfig", json!({"type": "enabled", "maxReasoningEffort": effort}));
            }
        }
        Style::Effort => {
            if let Some(effort) = effort {
                insert(fields, "reasoning_effort", effort.clone());
            }
        }
        Style::None => {
            for key in ["thinking", "reasoning_effort"].iter().filter(|key| asked(key).is_some()) {
                params::report(target, key, left_out);
            }
        }
    }
    Ok(())
}

fn style(target: &Target<'_>) -> Style {
    let base = base(target.model);
    let facts = target.catalog.exact(base);
    if base.starts_with("openai.gpt-oss") || base.starts_with("deepseek.v3") {
        return Style::Effort;
    }
    if base.starts_with("amazon.nova-2") {
        return Style::Nova;
    }
    if is_claude(target) {
        let generation = Generation::of(base);
        let thinks = facts.map_or_else(|| generation.thinks(), |facts| facts.reasoning);
        return if thinks { Style::Thinking(generation) } else { Style::None };
    }
    match facts {
        // Bedrock tells whether it takes it.
        None if is_hidden(target.model) => Style::Thinking(Generation::of(BUDGETED)),
        Some(facts) if facts.reasoning => Style::Thinking(Generation::of(BUDGETED)),
        _ => Style::None,
    }
}

fn is_claude(target: &Target<'_>) -> bool {
    base(target.model).starts_with("anthropic.")
}

fn unknown(effort: &Value) -> BuildError {
    BuildError::BadParam {
        key: "reasoning_effort".to_owned(),
        problem: format!(
            "is {effort}, which is none of the words that the model knows: none, minimal, low, medium, high, max, \
                 and xhigh since Claude 4.7"
        ),
    }
}
