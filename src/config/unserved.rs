//! What LiteLLM's proxy does with calls and this one does not: said at load, so that nobody relies on it.

use std::fmt::Display;

use super::check::join;
use super::files::Findings;
use super::yaml::{Kind, Node};

/// Keys of `router_settings` and `litellm_settings`, and what holds instead.
const SETTINGS: &[(&str, &str)] = &[
    ("fallbacks", ONE_NAME),
    ("default_fallbacks", ONE_NAME),
    ("context_window_fallbacks", ONE_NAME),
    ("content_policy_fallbacks", ONE_NAME),
    ("retry_policy", RETRIES),
    ("model_group_retry_policy", RETRIES),
    ("enable_pre_call_checks", "what a model can't take is told by its provider"),
    ("enable_tag_filtering", "all deployments of a model name take its calls"),
    ("provider_budget_config", "calls are not counted against budgets"),
];
/// Keys of `litellm_params`.
const PARAMS: &[(&str, &str)] =
    &[("fallbacks", ONE_NAME), ("mock_response", "the provider itself is probed and called")];
/// Shares calls out as this program does.
const STRATEGIES: &[&str] = &["simple-shuffle", "least-busy"];

const ONE_NAME: &str = "a call goes to deployments of one model name; give them the same `model_name`";
const RETRIES: &str = "`num_retries` says how many other deployments are asked, whatever the error";

/// Reports settings that have no effect.
pub(super) fn check(root: &Node, findings: &mut Findings) {
    for section in ["router_settings", "litellm_settings"] {
        if let Some(settings) = root.find(&[section]) {
            report(SETTINGS, &section, settings, findings);
        }
    }
    if let Some(strategy) = root.find(&["router_settings", "routing_strategy"])
        && let Some(name) = strategy.text().filter(|name| !STRATEGIES.contains(name))
    {
        let message = format!("`{name}` has no effect here");
        let hint = "calls are shared out by `weight`, `rpm` or `tpm`, and else to the least busy".to_owned();
        findings.warning(Some(strategy.at), "router_settings.routing_strategy", message, Some(hint));
    }
}

/// Reports parameters of a deployment that have no effect.
pub(super) fn check_params(path: &dyn Display, params: &Node, findings: &mut Findings) {
    report(PARAMS, path, params, findings);
}

fn report(keys: &[(&str, &str)], path: &dyn Display, section: &Node, findings: &mut Findings) {
    for (key, instead) in keys {
        if let Some(value) = section.get(key).filter(|value| says_something(value)) {
            let hint = Some((*instead).to_owned());
            findings.warning(Some(value.at), join(path, key), "has no effect here", hint);
        }
    }
}

fn says_something(value: &Node) -> bool {
    match &value.kind {
        Kind::Null | Kind::Bool(false) => false,
        Kind::List(items) => !items.is_empty(),
        Kind::Map(entries) => !entries.is_empty(),
        _ => true,
    }
}
