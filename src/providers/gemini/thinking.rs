//! Thinking: from OpenAI's `reasoning_effort` and Anthropic's `thinking` to `thinkingConfig`.

use serde_json::{Value, json};

use super::generation::Generation;

/// Tokens of thinking per effort, for models that take a budget.
const BUDGETS: [(&str, u32); 5] =
    [("low", 1024), ("medium", 2048), ("high", 4096), ("xhigh", 8192), ("max", 16_384)];

/// Says that an effort is none of the known words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnknownEffort;

/// What asks for thinking of this effort.
pub(super) fn of_effort(generation: Generation, effort: &Value) -> Result<Value, UnknownEffort> {
    let effort = effort.as_str().or_else(|| effort.get("effort")?.as_str()).ok_or(UnknownEffort)?;
    let off = matches!(effort, "none" | "disable");
    if generation.is_third() {
        let level = match effort {
            "none" | "disable" | "minimal" => generation.least_level(),
            "low" => "low",
            "medium" => generation.middle_level(),
            "high" | "xhigh" | "max" => "high",
            _ => return Err(UnknownEffort),
        };
        return Ok(json!({"thinkingLevel": level, "includeThoughts": !off}));
    }
    let budget = match effort {
        "none" | "disable" => 0,
        "minimal" => generation.least_budget(),
        _ => BUDGETS.iter().find(|(word, _)| *word == effort).ok_or(UnknownEffort)?.1,
    };
    Ok(json!({"thinkingBudget": budget, "includeThoughts": !off}))
}

/// Takes over `thinking` in Anthropic's form. Gemini 3 takes no budget.
pub(super) fn of_thinking(generation: Generation, thinking: &Value) -> Value {
    let on = thinking.get("type") != Some(&json!("disabled"));
    let budget = if on {
        thinking.get("budget_tokens").cloned()
    } else {
        // Those that can't but think refuse a budget of nothing.
        generation.can_rest().then(|| json!(0))
    };
    let mut config = json!({"includeThoughts": on && budget != Some(json!(0))});
    if let Some(budget) = budget.filter(|_| !generation.is_third()) {
        config["thinkingBudget"] = budget;
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effort_is_a_budget_before_gemini_3_and_a_level_after() {
        let of = |model, effort: &str| of_effort(Generation::of(model), &json!(effort));
        let budget = |tokens, on| Ok(json!({"thinkingBudget": tokens, "includeThoughts": on}));
        let level = |word, on| Ok(json!({"thinkingLevel": word, "includeThoughts": on}));
        assert_eq!(of("gemini-2.5-flash", "none"), budget(0, false));
        assert_eq!(of("gemini-2.5-flash", "minimal"), budget(1, true));
        assert_eq!(of("gemini-2.5-pro", "high"), budget(4096, true));
        assert_eq!(of("gemini-3-pro-preview", "none"), level("low", false));
        assert_eq!(of("gemini-3-pro-preview", "medium"), level("high", true));
        assert_eq!(of("gemini-3-flash-preview", "minimal"), level("minimal", true));
        assert_eq!(of("gemini-2.5-flash", "much"), Err(UnknownEffort));
        assert_eq!(of("gemini-3-flash-preview", "much"), Err(UnknownEffort));
    }

    #[test]
    fn a_budget_is_kept_where_there_are_budgets() {
        let of = |model, thinking: &Value| of_thinking(Generation::of(model), thinking);
        let enabled = json!({"type": "enabled", "budget_tokens": 100});
        assert_eq!(of("gemini-2.5-pro", &enabled), json!({"includeThoughts": true, "thinkingBudget": 100}));
        assert_eq!(of("gemini-3-pro-preview", &enabled), json!({"includeThoughts": true}));
        let disabled = json!({"type": "disabled"});
        assert_eq!(of("gemini-2.5-flash", &disabled), json!({"includeThoughts": false, "thinkingBudget": 0}));
        assert_eq!(of("gemini-2.5-pro", &disabled), json!({"includeThoughts": false}));
    }
}
