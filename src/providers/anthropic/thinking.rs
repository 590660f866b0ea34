//! Thinking: from OpenAI's `reasoning_effort` to what each generation of Claude takes.
//!
//! Declared reuse point: Bedrock's Converse takes the same fields in a place of its own.

use serde_json::{Map, Value, json};

use super::generation::Generation;

/// The least budget that the API takes.
const LEAST: u64 = 1024;

/// Tokens of thinking per effort, for models that take a budget.
const BUDGETS: [(&str, u64); 6] =
    [("minimal", LEAST), ("low", LEAST), ("medium", 2048), ("high", 4096), ("xhigh", 8192), ("max", 16_384)];

/// The budget of those that leave it to the model, for models to which it can't be left.
const MEDIUM: u64 = 2048;

/// Tokens for the answer beside the thinking when no limit is given.
const ANSWER: u64 = 4096;

/// Says that an effort is none of the words that the model knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownEffort;

/// Asks for thinking of this effort. `none` asks for none, and a null is no question at all.
pub(crate) fn ask(
    body: &mut Map<String, Value>,
    generation: Generation,
    effort: &Value,
) -> Result<(), UnknownEffort> {
    let Some(effort) = effort.as_str().or_else(|| effort.get("effort")?.as_str()) else {
        return if effort.is_null() { Ok(()) } else { Err(UnknownEffort) };
    };
    if effort == "none" {
        return Ok(());
    }
    let (word, budget) = BUDGETS.into_iter().find(|(word, _)| *word == effort).ok_or(UnknownEffort)?;
    if generation.thinks_adaptively() {
        if word == "xhigh" && !generation.refuses_budgets() {
            return Err(UnknownEffort);
        }
        let word = if word == "minimal" { "low" } else { word };
        body.insert("thinking".to_owned(), json!({"type": "adaptive", "display": "summarized"}));
        body.insert("output_config".to_owned(), json!({"effort": word}));
    } else {
        body.insert("thinking".to_owned(), json!({"type": "enabled", "budget_tokens": budget}));
    }
    Ok(())
}

/// Whether a model that thinks refuses a parameter for sampling: all but the defaults, and a `top_p` near to it.
pub(crate) fn excludes(key: &str, value: &Value) -> bool {
    let number = value.as_f64();
    match key {
        "temperature" => number != Some(1.0),
        "top_p" => number.is_none_or(|number| number < 0.95),
        "top_k" => true,
        _ => false,
    }
}

/// Whether thinking is asked for in a body.
pub(crate) fn is_on(body: &Map<String, Value>) -> bool {
    let kind = body.get("thinking").and_then(|thinking| thinking.get("type")?.as_str());
    matches!(kind, Some("enabled" | "adaptive"))
}

/// Takes over `thinking` as a deployment gives it in Anthropic's own form. A fixed budget becomes
/// the nearest effort where the model takes no budgets any more, and the model's own choice a middling budget where it
/// has none.
pub(crate) fn adopt(body: &mut Map<String, Value>, generation: Generation, thinking: &Value) {
    let budget = thinking.get("budget_tokens").and_then(Value::as_u64);
    if thinking.get("type") == Some(&json!("adaptive")) && !generation.thinks_adaptively() {
        body.insert("thinking".to_owned(), json!({"type": "enabled", "budget_tokens": MEDIUM}));
    } else if thinking.get("type") == Some(&json!("enabled")) && generation.refuses_budgets() {
        body.insert("thinking".to_owned(), json!({"type": "adaptive"}));
        body.entry("output_config").or_insert_with(|| json!({"effort": nearest_effort(budget)}));
    } else {
        body.insert("thinking".to_owned(), thinking.clone());
        if budget.is_some_and(|budget| budget < LEAST) {
            body["thinking"]["budget_tokens"] = json!(LEAST);
        }
    }
}

/// Makes room for an answer beside a thinking budget, which counts towards `max_tokens`: the API refuses a request
/// whose answer could not begin. Half of what was asked for goes to each where that is enough to think; otherwise this
/// gives the limit to ask for instead. `None` when the limit stays as it is.
pub(crate) fn make_room(body: &mut Map<String, Value>, asked: Option<&Value>) -> Option<u64> {
    let thinking = body.get_mut("thinking")?;
    let budget = thinking.get("budget_tokens")?.as_u64()?;
    let Some(asked) = asked else { return Some(budget.saturating_add(ANSWER)) };
    match asked.as_u64() {
        Some(asked) if asked > budget => None,
        Some(asked) if asked > LEAST => {
            thinking["budget_tokens"] = json!(LEAST.max(asked / 2));
            None
        }
        asked => Some(budget.saturating_add(asked.unwrap_or(0).max(1))),
    }
}

/// The least effort that thinks at least as long as the budget allows.
fn nearest_effort(budget: Option<u64>) -> &'static str {
    match budget.unwrap_or(0) {
        0..2048 => "low",
        2048..4096 => "medium",
        _ => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(model: &str, effort: &Value) -> Result<Value, UnknownEffort> {
        let mut body = Map::new();
        ask(&mut body, Generation::of(model), effort)?;
        Ok(Value::Object(body))
    }

    #[test]
    fn effort_becomes_a_budget_before_4_6_and_stays_effort_after() {
        let budget = |tokens| Ok(json!({"thinking": {"type": "enabled", "budget_tokens": tokens}}));
        for (effort, tokens) in [
            ("minimal", 1024),
            ("low", 1024),
            ("medium", 2048),
            ("high", 4096),
            ("xhigh", 8192),
            ("max", 16_384),
        ] {
            for model in
                ["claude-3-7-sonnet-20250219", "claude-sonnet-4-20250514", "claude-opus-4-5-20251101"]
            {
                assert_eq!(asked(model, &json!(effort)), budget(tokens), "{model} {effort}");
            }
        }
        for (effort, word) in [("minimal", "low"), ("low", "low"), ("high", "high"), ("max", "max")] {
            for model in ["claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-7", "claude-future-9"] {
                assert_eq!(
                    asked(model, &json!(effort)),
                    Ok(json!({
                        "thinking": {"type": "adaptive", "display": "summarized"},
                        "output_config": {"effort": word},
                    })),
                    "{model} {effort}"
                );
            }
        }
    }

    #[test]
    fn none_asks_nothing_and_a_strange_word_is_refused() {
        for model in ["claude-sonnet-4-5", "claude-opus-4-7"] {
            assert_eq!(asked(model, &json!("none")), Ok(json!({})));
            assert_eq!(asked(model, &json!("loud")), Err(UnknownEffort));
            assert_eq!(asked(model, &json!(3)), Err(UnknownEffort));
        }
        assert!(asked("claude-sonnet-4-5", &json!({"effort": "low", "summary": "auto"})).is_ok());
    }

    #[test]
    fn a_budget_is_kept_where_the_model_takes_it() {
        let thinking = json!({"type": "enabled", "budget_tokens": 3000});
        let adopted = |model: &str| {
            let mut body = Map::new();
            adopt(&mut body, Generation::of(model), &thinking);
            Value::Object(body)
        };
        assert_eq!(adopted("claude-opus-4-6"), json!({"thinking": thinking}));
        let adaptive = json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}});
        assert_eq!(adopted("claude-opus-4-7"), adaptive);
    }

    #[test]
    fn the_answer_gets_room_beside_the_thinking() {
        let room = |budget: u64, asked: Option<u64>| {
            let thinking = json!({"type": "enabled", "budget_tokens": budget});
            let mut body = Map::from_iter([("thinking".to_owned(), thinking)]);
            let limit = make_room(&mut body, asked.map(|asked| json!(asked)).as_ref());
            (limit, body["thinking"]["budget_tokens"].as_u64().unwrap())
        };
        for (asked, expected) in [(16, Some(1040)), (1024, Some(2048)), (0, Some(1025)), (2000, None)] {
            assert_eq!(room(1024, Some(asked)), (expected, 1024), "{asked}");
        }
        assert_eq!(room(1024, None), (Some(5120), 1024));
        assert_eq!(room(4096, Some(2000)), (None, 1024));
        assert_eq!(room(8192, Some(6000)), (None, 3000));
        assert_eq!(make_room(&mut Map::new(), None), None);
    }
}
