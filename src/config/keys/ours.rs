//! What LiteLLM does not have.

use super::{Section, Type, Unknown, setting};

/// `llmhealth`.
pub(in crate::config) static OURS: Section = Section {
    name: "llmhealth",
    keys: &[
        setting("probe", Type::Mapping, "How deployments are probed."),
        setting("thresholds", Type::Mapping, "When the damped state of a deployment turns."),
        setting(
            "connectivity",
            Type::Connectivity,
            "Hosts that are tried when deployments can't be reached: host:port or URLs. If none can be reached either, our own \
             network is down and no such failure counts. auto tries other hosts of the fleet, false none.",
        ),
        setting(
            "catalog",
            Type::Text,
            "A list of models to use in place of ours, in the format of LiteLLM's model_prices_and_context_window.json. \
             The path is relative to this file.",
        ),
        setting("metrics", Type::Mapping, "Who may scrape GET /metrics."),
        setting("proxy", Type::Mapping, "Calls of deployments on behalf of clients."),
        setting("readiness", Type::Mapping, "What readiness depends on."),
        setting("server", Type::Mapping, "Limits of the HTTP server."),
        setting("reload", Type::Mapping, "Changes of the configuration."),
        setting("keys", Type::List, "Keys besides the master key."),
    ],
    others: "",
    unknown: Unknown::Refused,
};

/// `llmhealth.probe`.
pub(in crate::config) static PROBE: Section = Section {
    name: "llmhealth.probe",
    keys: &[
        setting("concurrency", Type::Count, "Probes in flight in total, if LiteLLM's key is not set. 64."),
        setting("per_host", Type::Count, "Probes in flight to one host. 16."),
        setting("per_provider", Type::Counts, "Probes in flight to one provider, by name. ollama: 2."),
        setting(
            "per_key",
            Type::Count,
            "Probes in flight with one API key. Unset: as many as the other limits allow.",
        ),
        setting(
            "daily_budget_usd",
            Type::Amount,
            "What all probes together may cost in a day of UTC, in US dollars. Once it is spent, only lists of models \
             are asked for. Unset: unlimited.",
        ),
        setting("min_age", Type::Duration, "Results younger than this are used again. 0."),
        setting(
            "passive",
            Type::Bool,
            "Outcomes of clients' calls count like those of probes, and a deployment that has just served one is not \
             probed within its interval. false.",
        ),
    ],
    others: "",
    unknown: Unknown::Refused,
};

/// `llmhealth.thresholds`.
pub(in crate::config) static THRESHOLDS: Section = Section {
    name: "llmhealth.thresholds",
    keys: &[
        setting("fall", Type::Count, "So many failures in a row make a deployment unhealthy. 3."),
        setting("rise", Type::Count, "So many successes in a row make it healthy again. 2."),
    ],
    others: "",
    unknown: Unknown::Refused,
};

/// `llmhealth.metrics`.
pub(in crate::config) static METRICS: Section = Section {
    name: "llmhealth.metrics",
    keys: &[setting(
        "public",
        Type::Bool,
        "Whether GET /metrics needs no key. Addresses are left out then. false.",
    )],
    others: "",
    unknown: Unknown::Refused,
};

/// `llmhealth.proxy`.
pub(in crate::config) static PROXY: Section = Section {
    name: "llmhealth.proxy",
    keys: &[
        setting("idle_timeout", Type::Duration, "A stream that brings nothing for so long is given up. 5m."),
        setting("max_body_bytes", Type::Count, "The largest request. 33554432."),
        setting("max_answer_bytes", Type::Count, "The largest answer, unless it is streamed. 33554432."),
        setting(
            "private_images",
            Type::Bool,
            "Fetch images by http too, and from private networks, for formats that take them only inline. false.",
        ),
    ],
    others: "",
    unknown: Unknown::Refused,
};

/// `llmhealth.readiness`.
pub(in crate::config) static READINESS: Section = Section {
    name: "llmhealth.readiness",
    keys: &[setting(
        "min_healthy_ratio",
        Type::Ratio,
        "Not ready while a smaller part of the deployments is healthy. Unset: readiness does not depend on them.",
    )],
    others: "",
    unknown: Unknown::Refused,
};

/// One of `llmhealth.keys`.
pub(in crate::config) static ACCESS_KEY: Section = Section {
    name: "llmhealth.keys",
    keys: &[
        setting("name", Type::Text, "What log lines call it."),
        setting("key", Type::Text, "The key itself, or os.environ/NAME."),
        setting(
            "role",
            Type::Role,
            "viewer: sees models without their addresses. admin: everything. viewer.",
        ),
        setting(
            "models",
            Type::Texts,
            "The public names that a viewer sees, as patterns such as gpt-*. All.",
        ),
    ],
    others: "",
    unknown: Unknown::Refused,
};

/// `llmhealth.reload`.
pub(in crate::config) static RELOAD: Section = Section {
    name: "llmhealth.reload",
    keys: &[setting("watch", Type::Bool, "Whether a changed file is reloaded without being asked. true.")],
    others: "",
    unknown: Unknown::Refused,
};

/// `llmhealth.server`.
pub(in crate::config) static SERVER: Section = Section {
    name: "llmhealth.server",
    keys: &[
        setting("max_connections", Type::Count, "Connections served at the same time. 4096."),
        setting(
            "header_timeout",
            Type::Duration,
            "How long a client may take to send its request head. 10s.",
        ),
        setting("body_timeout", Type::Duration, "How long a client may take to send its body. 10s."),
        setting("max_body_bytes", Type::Count, "The largest request body. 1048576."),
    ],
    others: "",
    unknown: Unknown::Refused,
};
