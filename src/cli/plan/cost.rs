//! What a probe costs, estimated from list prices.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::domain::{Method, Mode};
use crate::probe::Plan;

/// A day, in seconds.
const DAY: f64 = 86_400.0;
/// English text has about four characters to a token.
const CHARACTERS_PER_TOKEN: usize = 4;
/// What the frame of a chat message adds, in tokens.
const FRAME: usize = 8;

/// US dollars for one probe; `None` where the price is not known or does not depend on tokens.
pub(super) fn of_probe(plan: &Plan, model: &str, catalog: &Catalog) -> Option<f64> {
    // Neither a list of models nor a handshake is billed.
    if plan.method != Method::Request || matches!(plan.mode, Mode::Batch) {
        return Some(0.0);
    }
    let asked = plan.probed_model.as_deref().unwrap_or(model);
    let facts = catalog.lookup(asked).or_else(|| catalog.lookup_for(plan.provider.slug, &plan.model))?;
    let input = tokens(input_tokens(&plan.call.payload)) * facts.input_cost?;
    match plan.mode {
        Mode::Embedding => Some(input),
        Mode::Chat | Mode::Completion | Mode::Responses => {
            let limit = usize::try_from(plan.max_tokens?).ok()?;
            Some(input + tokens(limit) * facts.output_cost?)
        }
        _ => None,
    }
}

/// The same probe all day at an interval.
pub(super) fn per_day(probe: f64, interval: Duration) -> f64 {
    probe * DAY / interval.as_secs_f64().max(1.0)
}

/// Dollars with as many digits as mean something.
pub(super) fn show(dollars: f64) -> String {
    match dollars {
        0.0 => "$0".to_owned(),
        tiny if tiny < 0.000_001 => "<$0.000001".to_owned(),
        small if small < 0.01 => format!("${small:.6}"),
        other => format!("${other:.2}"),
    }
}

fn input_tokens(payload: &Map<String, Value>) -> usize {
    let characters: usize = payload.values().map(characters).sum();
    characters.div_ceil(CHARACTERS_PER_TOKEN) + FRAME
}

fn characters(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.iter().map(characters).sum(),
        Value::Object(fields) => fields.values().map(characters).sum(),
        _ => 0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens far below 2^52")]
fn tokens(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_288_probes_at_the_default_interval() {
        let day = per_day(0.000_01, Duration::from_mins(5));
        assert!((day - 0.002_88).abs() < 1e-12);
        assert_eq!(show(day), "$0.002880");
    }

    #[test]
    fn dollars_keep_the_digits_that_mean_something() {
        assert_eq!(show(0.0), "$0");
        assert_eq!(show(1e-9), "<$0.000001");
        assert_eq!(show(12.345), "$12.35");
    }

    #[test]
    fn tokens_follow_the_text() {
        let payload =
            serde_json::json!({"messages": [{"role": "user", "content": "What's 1 + 1?"}], "max_tokens": 16});
        // 17 characters, role included.
        assert_eq!(input_tokens(payload.as_object().unwrap()), 5 + FRAME);
    }
}
