//! `model_info`: how one deployment is checked.

use crate::domain::HealthCheck;

use super::check::{self, number, to_duration};
use super::yaml::{Kind, Node};

/// Reads what is there and of the right type; the checker has reported the rest.
pub(super) fn read(info: &Node) -> HealthCheck {
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
        degraded_after: ours("degraded_after").and_then(check::duration),
        method: ours("method").and_then(check::method).unwrap_or_default(),
    }
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
