//! From the sections of a file and the environment to [`Settings`].
//!
//! Types were checked before and wrong ones reported, so what does not fit is passed over here.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Environment, Secret};

use super::access;
use super::check::{Checker, connectivity, duration, join, number};
use super::files::Findings;
use super::keys::{self, Section};
use super::knobs::{boolean, fail_policy, integer, natural};
use super::settings::{
    Alias, BackgroundSettings, CallbackSettings, DrainSettings, HealthSettings, ListingSettings,
    MetricsSettings, ProbeSettings, ProxySettings, ReadinessSettings, ReloadSettings, RoutingSettings,
    ServerSettings, Settings, ThresholdSettings,
};
use super::unserved;
use super::variables::Variables;
use super::yaml::{Kind, Node};

/// Every section with a table of keys, by its path.
const SECTIONS: &[(&[&str], &Section)] = &[
    (&["general_settings"], &keys::GENERAL),
    (&["litellm_settings"], &keys::LITELLM),
    (&["router_settings"], &keys::ROUTER),
    (&["router_settings", "allowed_fails_policy"], &keys::FAIL_POLICY),
    (&["llmhealth"], &keys::OURS),
    (&["llmhealth", "thresholds"], &keys::THRESHOLDS),
    (&["llmhealth", "probe"], &keys::PROBE),
    (&["llmhealth", "metrics"], &keys::METRICS),
    (&["llmhealth", "proxy"], &keys::PROXY),
    (&["llmhealth", "readiness"], &keys::READINESS),
    (&["llmhealth", "reload"], &keys::RELOAD),
    (&["llmhealth", "server"], &keys::SERVER),
];

/// Keys that LiteLLM refuses to start with at this place.
const MISPLACED: &[&str] = &["health_check_interval", "health_check_concurrency"];

/// Reports what is wrong in the sections, apart from the lists.
pub(super) fn check(root: &Node, checker: &mut Checker, findings: &mut Findings) {
    checker.section(&keys::ROOT, &"", root, findings);
    for (path, section) in SECTIONS {
        if let Some(node) = root.find(path) {
            checker.section(section, &path.join("."), node, findings);
        }
    }
    for key in MISPLACED {
        if let Some(node) = root.find(&["router_settings", key]) {
            let hint = Some(format!("move it to `general_settings.{key}`"));
            findings.fatal(Some(node.at), join(&"router_settings", key), "does not belong here", hint);
        }
    }
    unserved::check(root, findings);
    if let Some(key) = root.find(&["general_settings", "master_key"])
        && key.text().is_some_and(|text| text.trim().is_empty())
    {
        let hint = Some("set a key, or remove this one to let everyone in".to_owned());
        findings.fatal(Some(key.at), "general_settings.master_key", "is empty", hint);
    }
}

/// All settings, defaults filled in.
pub(super) fn settings(
    root: &Node,
    env: &Environment,
    checker: &mut Checker,
    findings: &mut Findings,
) -> Settings {
    let general = |key: &str| root.find(&["general_settings", key]);
    let secret =
        |key: &str| general(key).and_then(Node::text).filter(|text| !text.is_empty()).map(Secret::from);
    let master_key = secret("master_key").or_else(|| env.get("LITELLM_MASTER_KEY").map(Secret::from));
    let keys = access::read(root, master_key.as_ref(), checker, findings);
    let mut variables = Variables { env, findings };
    let is = |key: &str, value: bool| general(key).and_then(boolean) == Some(value);
    Settings {
        master_key,
        keys,
        probe: probe(root, &mut variables),
        background: background(root, &mut variables),
        thresholds: thresholds(root),
        routing: routing(root, &mut variables),
        connectivity: root.find(&["llmhealth", "connectivity"]).and_then(connectivity).unwrap_or_default(),
        listing: ListingSettings { healthy_only: is("model_list_healthy_only", true) },
        health: HealthSettings { details: !is("health_check_details", false) },
        readiness: ReadinessSettings {
            public_details: is("allow_public_health_readiness_details", true),
            min_healthy_ratio: root.find(&["llmhealth", "readiness", "min_healthy_ratio"]).and_then(number),
        },
        drain: DrainSettings {
            endpoint: is("enable_drain_endpoint", true),
            token: secret("drain_endpoint_token")
                .or_else(|| env.get("DRAIN_ENDPOINT_TOKEN").map(Secret::from)),
            timeout: variables
                .seconds("GRACEFUL_SHUTDOWN_TIMEOUT", true)
                .unwrap_or(DrainSettings::default().timeout),
        },
        server: server(root),
        proxy: proxy(root),
        reload: reload(root),
        metrics: MetricsSettings {
            public: root.find(&["llmhealth", "metrics", "public"]).and_then(boolean).unwrap_or_default(),
        },
        callbacks: callbacks(root),
    }
}

fn probe(root: &Node, variables: &mut Variables<'_>) -> ProbeSettings {
    let default = ProbeSettings::default();
    let ours = |key: &str| root.find(&["llmhealth", "probe", key]);
    let litellm = |key: &str| root.find(&["litellm_settings", key]).and_then(boolean).unwrap_or_default();
    let mut per_provider = default.per_provider;
    per_provider.extend(ours("per_provider").map(counts).unwrap_or_default());
    ProbeSettings {
        concurrency: root
            .find(&["general_settings", "health_check_concurrency"])
            .or_else(|| ours("concurrency"))
            .and_then(count)
            .unwrap_or(default.concurrency),
        per_host: ours("per_host").and_then(count).unwrap_or(default.per_host),
        per_provider,
        per_key: ours("per_key").and_then(count),
        daily_budget_usd: ours("daily_budget_usd").and_then(number),
        min_age: ours("min_age").and_then(duration).unwrap_or(default.min_age),
        timeout: variables.seconds("HEALTH_CHECK_TIMEOUT_SECONDS", false).unwrap_or(default.timeout),
        max_tokens: variables.integer("BACKGROUND_HEALTH_CHECK_MAX_TOKENS"),
        max_tokens_reasoning: variables.integer("BACKGROUND_HEALTH_CHECK_MAX_TOKENS_REASONING"),
        prompt: variables.env.get("DEFAULT_HEALTH_CHECK_PROMPT").map_or(default.prompt, str::to_owned),
        drop_params: litellm("drop_params"),
        azure_identity: litellm("enable_azure_ad_token_refresh"),
    }
}

fn background(root: &Node, variables: &mut Variables<'_>) -> BackgroundSettings {
    let general = |key: &str| root.find(&["general_settings", key]);
    let flag = |key: &str| general(key).and_then(boolean).unwrap_or_default();
    let from_environment = variables.whole_seconds("DEFAULT_HEALTH_CHECK_INTERVAL");
    BackgroundSettings {
        enabled: flag("background_health_checks"),
        interval: general("health_check_interval")
            .and_then(integer)
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs)
            .or(from_environment)
            .unwrap_or(BackgroundSettings::default().interval),
        model_groups: general("background_health_check_model_groups").map(texts),
        skip_disabled_on_demand: flag("health_check_skip_disabled_background_models"),
    }
}

fn thresholds(root: &Node) -> ThresholdSettings {
    let default = ThresholdSettings::default();
    let ours = |key: &str| root.find(&["llmhealth", "thresholds", key]).and_then(natural);
    ThresholdSettings {
        fall: ours("fall").unwrap_or(default.fall),
        rise: ours("rise").unwrap_or(default.rise),
    }
}

fn routing(root: &Node, variables: &mut Variables<'_>) -> RoutingSettings {
    let default = RoutingSettings::default();
    let router = |key: &str| root.find(&["router_settings", key]).filter(|node| !node.is_null());
    let either = |key: &str| router(key).or_else(|| root.find(&["general_settings", key]));
    let flag = |node: Option<&Node>| node.and_then(boolean).unwrap_or_default();
    let from_environment = variables.seconds("DEFAULT_COOLDOWN_TIME_SECONDS", true);
    RoutingSettings {
        enabled: flag(either("enable_health_check_routing")),
        staleness_threshold: either("health_check_staleness_threshold").and_then(duration),
        ignore_transient: flag(either("health_check_ignore_transient_errors")),
        allowed_fails: router("allowed_fails").and_then(natural),
        allowed_fails_policy: router("allowed_fails_policy").and_then(fail_policy),
        cooldown_time: router("cooldown_time")
            .and_then(duration)
            .or(from_environment)
            .unwrap_or(default.cooldown_time),
        disable_cooldowns: flag(router("disable_cooldowns")),
    }
}

fn server(root: &Node) -> ServerSettings {
    let default = ServerSettings::default();
    let ours = |key: &str| root.find(&["llmhealth", "server", key]);
    ServerSettings {
        max_connections: ours("max_connections").and_then(count).unwrap_or(default.max_connections),
        header_timeout: ours("header_timeout").and_then(duration).unwrap_or(default.header_timeout),
        body_timeout: ours("body_timeout").and_then(duration).unwrap_or(default.body_timeout),
        max_body_bytes: ours("max_body_bytes").and_then(count).unwrap_or(default.max_body_bytes),
    }
}

fn proxy(root: &Node) -> ProxySettings {
    let default = ProxySettings::default();
    let ours = |key: &str| root.find(&["llmhealth", "proxy", key]);
    let router = |key: &str| root.find(&["router_settings", key]).filter(|node| !node.is_null());
    let litellm = |key: &str| root.find(&["litellm_settings", key]).filter(|node| !node.is_null());
    ProxySettings {
        timeout: litellm("request_timeout")
            .or_else(|| router("timeout"))
            .and_then(duration)
            .unwrap_or(default.timeout),
        stream_timeout: router("stream_timeout").and_then(duration),
        retries: router("num_retries")
            .or_else(|| litellm("num_retries"))
            .and_then(natural)
            .unwrap_or(default.retries),
        idle_timeout: ours("idle_timeout").and_then(duration).unwrap_or(default.idle_timeout),
        max_body_bytes: ours("max_body_bytes").and_then(count).unwrap_or(default.max_body_bytes),
        max_answer_bytes: ours("max_answer_bytes").and_then(count).unwrap_or(default.max_answer_bytes),
        private_images: ours("private_images").and_then(boolean).unwrap_or_default(),
        is_passive_check: root.find(&["llmhealth", "probe", "passive"]).and_then(boolean).unwrap_or_default(),
        aliases: router("model_group_alias").map(aliases).unwrap_or_default(),
    }
}

/// Names that stand for others: each a text, or a mapping with `model`.
fn aliases(node: &Node) -> BTreeMap<String, Alias> {
    let entries = node.entries().iter();
    entries
        .filter_map(|entry| {
            let model = entry.value.text().or_else(|| entry.value.find(&["model"])?.text())?;
            let is_hidden = entry.value.find(&["hidden"]).and_then(boolean).unwrap_or_default();
            Some((entry.name().into_owned(), Alias { model: model.to_owned(), is_hidden }))
        })
        .collect()
}

fn reload(root: &Node) -> ReloadSettings {
    let watch = root.find(&["llmhealth", "reload", "watch"]).and_then(boolean);
    ReloadSettings { watch: watch.unwrap_or(ReloadSettings::default().watch) }
}

fn callbacks(root: &Node) -> CallbackSettings {
    let litellm = |key: &str| root.find(&["litellm_settings", key]);
    let names = |key: &str| litellm(key).map(texts).unwrap_or_default();
    let is_caching = litellm("cache").and_then(boolean).unwrap_or_default();
    CallbackSettings {
        alerting: root.find(&["general_settings", "alerting"]).map(texts).unwrap_or_default(),
        callbacks: names("callbacks"),
        success: names("success_callback"),
        failure: names("failure_callback"),
        request_timeout: litellm("request_timeout").and_then(number),
        // LiteLLM's cache is Redis unless it is told otherwise.
        cache: is_caching.then(|| {
            let kind = root.find(&["litellm_settings", "cache_params", "type"]).and_then(Node::text);
            kind.unwrap_or("redis").to_owned()
        }),
    }
}

fn count(node: &Node) -> Option<usize> {
    integer(node).and_then(|value| usize::try_from(value).ok())
}

fn counts(node: &Node) -> BTreeMap<String, usize> {
    node.entries()
        .iter()
        .filter_map(|entry| Some((entry.name().into_owned(), count(&entry.value)?)))
        .collect()
}

/// The texts of a list, or the one text.
fn texts(node: &Node) -> Vec<String> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    items.iter().filter_map(Node::text).map(str::to_owned).collect()
}
