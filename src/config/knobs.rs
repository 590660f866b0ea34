//! `model_info`: how one deployment is checked, and what is made of failures.

use crate::domain::{ErrorClass, FailPolicy, HealthCheck, OwnFails};

use super::check::{self, number, to_duration};
use super::yaml::{Kind, Node};

/// Reads what is there and of the right type; the checker has reported the rest.
pub(super) fn read(info: &Node, params: &Node) -> HealthCheck {
    let text = |key: &str| info.get(key).and_then(Node::text).map(str::to_owned);
    let ours = |key: &str| info.find(&["llmhealth", key]);
    HealthCheck {
        mode: text("mode"),
        timeout: info
            .get("health_check_timeout")
            .and_then(number)
            .filter(|seconds| *seconds > 0.0)
            .and_then(to_duration),
        model: text("health_check_model"),
        max_tokens: info.get("health_check_max_tokens").and_then(integer),
        max_tokens_reasoning: info.get("health_check_max_tokens_reasoning").and_then(integer),
        max_tokens_non_reasoning: info.get("health_check_max_tokens_non_reasoning").and_then(integer),
        supports_max_tokens: info.get("health_check_supports_max_tokens").and_then(boolean),
        params: info.get("health_check_params").cloned().map(Node::into_map).unwrap_or_default(),
        reasoning_effort: info.get("health_check_reasoning_effort").cloned().map(Node::into_value),
        voice: text("health_check_voice"),
        disable_background: info.get("disable_background_health_check").and_then(boolean).unwrap_or(false),
        // Read where mistakes in it can be reported.
        maintenance: Vec::new(),
        fails: fails(info, params),
        degraded_after: ours("degraded_after").and_then(check::duration),
        method: ours("method").and_then(check::method).unwrap_or_default(),
        interval: ours("interval").and_then(check::duration),
        daily_budget_usd: ours("daily_budget_usd").and_then(number),
    }
}

/// What the deployment says about failures, if anything.
fn fails(info: &Node, params: &Node) -> Option<Box<OwnFails>> {
    let fails = OwnFails {
        allowed_fails: info.get("allowed_fails").and_then(natural),
        policy: info.get("allowed_fails_policy").and_then(fail_policy),
        cooldown_time: [info, params]
            .into_iter()
            .find_map(|node| node.get("cooldown_time").and_then(check::duration)),
    };
    (fails != OwnFails::default()).then(|| Box::new(fails))
}

/// `allowed_fails_policy`, unless it says nothing.
pub(super) fn fail_policy(node: &Node) -> Option<FailPolicy> {
    let mut allowed = ErrorClass::KEYS
        .iter()
        .filter_map(|(key, class)| Some((*class, node.get(key).and_then(natural)?)))
        .peekable();
    allowed.peek()?;
    Some(allowed.collect())
}

/// The value of an integer that is not negative. A huge one is the largest there is.
pub(super) fn natural(node: &Node) -> Option<u32> {
    integer(node).filter(|value| *value >= 0).map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}

/// The value of an integer that fits 64 bits.
pub(super) fn integer(node: &Node) -> Option<i64> {
    match node.kind {
        Kind::Int(value) => Some(value),
        _ => None,
    }
}

/// The value of a boolean.
pub(super) fn boolean(node: &Node) -> Option<bool> {
    match node.kind {
        Kind::Bool(value) => Some(value),
        _ => None,
    }
}
