//! What a probe costs, as far as the catalog knows prices.

use serde_json::Value;

use crate::catalog::Catalog;
use crate::domain::{Method, Mode};

use super::Plan;

/// What a chat request costs besides the words of its messages, in tokens.
const CHAT_OVERHEAD: f64 = 7.0;
/// How many characters of English make a token.
const CHARACTERS_PER_TOKEN: f64 = 4.0;

/// The most that a probe costs, in US dollars: its text, and all the output that it allows.
///
/// `None` where that can't be told: no price is known, the output has no limit, or the mode is not paid by the
/// token.
#[must_use]
pub fn cost_usd(plan: &Plan, catalog: &Catalog) -> Option<f64> {
    if plan.method != Method::Request || plan.call.mode == Mode::Batch {
        return Some(0.0);
    }
    let facts = catalog.lookup_for(plan.provider.slug, &plan.model)?;
    let text = |key: &str| plan.call.payload.get(key).map_or(0.0, tokens);
    match plan.call.mode {
        Mode::Chat | Mode::Completion | Mode::Responses => {
            let input = text("messages") + text("prompt") + text("input") + CHAT_OVERHEAD;
            let output = f64::from(i32::try_from(plan.max_tokens?).ok()?);
            Some(input * facts.input_cost? + output * facts.output_cost?)
        }
        Mode::Embedding => Some(text("input") * facts.input_cost?),
        _ => None,
    }
}

/// The most tokens that a probe uses: those of its text, and all the output that it allows. Zero where that can't be
/// told.
pub(super) fn most_tokens(plan: &Plan) -> u64 {
    if plan.method != Method::Request {
        return 0;
    }
    let text = |key: &str| plan.call.payload.get(key).map_or(0.0, tokens);
    let input = match plan.call.mode {
        Mode::Chat | Mode::Completion | Mode::Responses => {
            text("messages") + text("prompt") + text("input") + CHAT_OVERHEAD
        }
        Mode::Embedding => text("input"),
        _ => return 0,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    let input = input as u64;
    input + plan.max_tokens.and_then(|most| u64::try_from(most).ok()).unwrap_or_default()
}

/// About how many tokens the texts in a value are.
fn tokens(value: &Value) -> f64 {
    match value {
        Value::String(text) => {
            let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            (f64::from(characters) / CHARACTERS_PER_TOKEN).ceil()
        }
        Value::Array(items) => items.iter().map(tokens).sum(),
        Value::Object(fields) => fields.get("content").map_or(0.0, tokens),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0.0,
    }
}
