//! How deployments and their outcomes look in answers.
//!
//! An entry is LiteLLM's: a few of `litellm_params`, what the probe found, the id. Ours follow after it. Every text
//! passes the configuration's redactor.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use crate::config::Config;
use crate::domain::{Redactor, Verdict};
use crate::probe::{Checked, Report, Skipped};
use crate::state::{Standing, Suspension};

use super::auth::Caller;
use super::maintenance::MaintenanceView;
use super::raw_request;
use super::routing_state::{SuspensionView, moment};

/// What of `litellm_params` an entry shows.
const SHOWN: [&str; 15] = [
    "model",
    "mode_error",
    "api_base",
    "api_version",
    "aws_bedrock_runtime_endpoint",
    "custom_llm_provider",
    "mode",
    "base_model",
    "aws_region_name",
    "region_name",
    "watsonx_region_name",
    "vertex_project",
    "vertex_location",
    "tpm",
    "rpm",
];
/// What only an admin sees of them.
pub(super) const ADMIN_ONLY: [&str; 3] = ["api_base", "api_version", "aws_bedrock_runtime_endpoint"];

/// How much an answer shows.
#[derive(Clone, Copy)]
pub(super) struct Detail<'a> {
    /// `general_settings.health_check_details`.
    pub(super) details: bool,
    /// Who looks.
    pub(super) caller: &'a Caller,
}

/// How many deployments are healthy, are not, and are not judged yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) healthy: usize,
    pub(super) unhealthy: usize,
    pub(super) unknown: usize,
}

impl Tally {
    /// All of them.
    pub(super) fn all(self) -> usize {
        self.healthy + self.unhealthy + self.unknown
    }
}

/// The body of `GET /health`.
pub(super) struct HealthView<'a> {
    pub(super) checked: &'a [Checked],
    pub(super) skipped: &'a [Skipped],
    pub(super) unknown: usize,
    pub(super) suspension: Option<&'a Suspension>,
    pub(super) detail: Detail<'a>,
    pub(super) config: &'a Config,
}

impl<'a> HealthView<'a> {
    /// A report as this caller may see it.
    pub(super) fn of(report: &'a Report, caller: &'a Caller) -> Self {
        Self {
            checked: &report.checked,
            skipped: &report.skipped,
            unknown: report.unknown,
            suspension: report.suspension.as_deref(),
            detail: Detail { details: report.config.settings.health.details, caller },
            config: &report.config,
        }
    }

    /// How many there are of each kind.
    pub(super) fn tally(&self) -> Tally {
        let healthy = self.checked.iter().filter(|checked| checked.verdict.status.is_healthy()).count();
        Tally { healthy, unhealthy: self.checked.len() - healthy, unknown: self.unknown }
    }

    fn entries(&self, healthy: bool) -> Entries<'_> {
        Entries { view: self, healthy }
    }
}

impl Serialize for HealthView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Tally { healthy, unhealthy, unknown } = self.tally();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("healthy_endpoints", &self.entries(true))?;
        map.serialize_entry("unhealthy_endpoints", &self.entries(false))?;
        map.serialize_entry("healthy_count", &healthy)?;
        map.serialize_entry("unhealthy_count", &unhealthy)?;
        map.serialize_entry("unknown_count", &unknown)?;
        if !self.skipped.is_empty() {
            map.serialize_entry("skipped", &SkippedList(self.skipped))?;
        }
        if let Some(suspension) = self.suspension {
            map.serialize_entry("suspended", &SuspensionView::of(suspension))?;
        }
        map.end()
    }
}

/// One of the two lists, in config order.
struct Entries<'a> {
    view: &'a HealthView<'a>,
    healthy: bool,
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for checked in self.view.checked {
            if checked.verdict.status.is_healthy() == self.healthy {
                list.serialize_element(&EntryView {
                    checked,
                    detail: self.view.detail,
                    with_id: true,
                    config: self.view.config,
                })?;
            }
        }
        list.end()
    }
}

struct SkippedList<'a>(&'a [Skipped]);

impl Serialize for SkippedList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for skipped in self.0 {
            list.serialize_element(
                &serde_json::json!({"model_id": skipped.model_id, "reason": skipped.reason}),
            )?;
        }
        list.end()
    }
}

/// One deployment with its latest outcome.
pub(super) struct EntryView<'a> {
    pub(super) checked: &'a Checked,
    pub(super) detail: Detail<'a>,
    /// Whether the id is part of it: a deployment that is only tested has none.
    pub(super) with_id: bool,
    /// The configuration that it was probed with.
    pub(super) config: &'a Config,
}

impl Serialize for EntryView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Checked { deployment, verdict, .. } = self.checked;
        let mut map = serializer.serialize_map(None)?;
        if self.detail.details {
            for (key, value) in deployment.params.iter() {
                if value.is_null() || !self.shows(key) {
                    continue;
                }
                if key == "model" {
                    map.serialize_entry(key, &self.config.redactor.clean(&deployment.model))?;
                } else {
                    map.serialize_entry(key, &Clean { value, redactor: &self.config.redactor })?;
                }
            }
        } else {
            map.serialize_entry("model", &self.config.redactor.clean(&deployment.model))?;
        }
        if self.detail.details {
            self.serialize_findings(&mut map)?;
        }
        if self.with_id {
            map.serialize_entry("model_id", &deployment.id)?;
        }
        if let Some(status) = verdict.exception_status {
            map.serialize_entry("exception_status", &status)?;
        }
        if self.detail.details {
            self.serialize_ours(&mut map, *verdict)?;
        }
        map.end()
    }
}

impl EntryView<'_> {
    fn shows(&self, key: &str) -> bool {
        SHOWN.contains(&key) && (self.detail.caller.is_admin || !ADMIN_ONLY.contains(&key))
    }

    /// A text that a probe brought, as the caller may read it.
    fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.detail.caller.clean(text, self.config)
    }

    /// What LiteLLM adds from the probe.
    fn serialize_findings<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let outcome = &self.checked.outcome;
        if let Some(failure) = &outcome.failure {
            map.serialize_entry("error", &self.clean(&failure.message))?;
            if let Some(request) = raw_request::of(self.checked, self.config, self.detail.caller.is_admin) {
                map.serialize_entry("raw_request_typed_dict", &request)?;
            }
        } else if let Some(limit) = &outcome.rate_limit {
            let told = [
                ("x-ratelimit-remaining-requests", &limit.remaining_requests),
                ("x-ratelimit-remaining-tokens", &limit.remaining_tokens),
                ("x-ms-region", &limit.region),
            ];
            for (name, value) in told {
                if let Some(value) = value {
                    map.serialize_entry(name, &self.config.redactor.clean(value))?;
                }
            }
        }
        Ok(())
    }

    /// The damped state, under the names that `/routing/state` gives it.
    fn serialize_standing<M: SerializeMap>(&self, map: &mut M, standing: &Standing) -> Result<(), M::Error> {
        map.serialize_entry("condition", standing.condition.as_str())?;
        let moments = [
            ("since", standing.since),
            ("last_healthy", standing.last_healthy),
            ("next_due", standing.next_due),
            ("cooldown_until", standing.cooling(Timestamp::now()).map(|cooldown| cooldown.until)),
        ];
        for (name, at) in moments {
            if let Some(at) = at {
                map.serialize_entry(name, &moment(at))?;
            }
        }
        map.serialize_entry("consecutive_failures", &standing.consecutive_failures)?;
        map.serialize_entry("consecutive_successes", &standing.consecutive_successes)?;
        // The failure of an unhealthy entry is in it already.
        if self.checked.outcome.failure.is_none()
            && let Some(judged) = &standing.last_error
            && let Some(failure) = &judged.outcome.failure
        {
            let last = LastError {
                at: moment(judged.at()),
                error: self.clean(&failure.message),
                exception_status: judged.verdict.exception_status,
            };
            map.serialize_entry("last_error", &last)?;
        }
        Ok(())
    }

    /// What we add after LiteLLM's own.
    fn serialize_ours<M: SerializeMap>(&self, map: &mut M, verdict: Verdict) -> Result<(), M::Error> {
        let outcome = &self.checked.outcome;
        map.serialize_entry("latency_ms", &u64::try_from(outcome.latency.as_millis()).unwrap_or(u64::MAX))?;
        map.serialize_entry("checked_at", &format_args!("{:.3}", outcome.checked_at))?;
        map.serialize_entry("status", verdict.status.as_str())?;
        if let Some(model) = &outcome.probed_model {
            map.serialize_entry("probed_model", &self.config.redactor.clean(model))?;
        }
        if let Some(cost) = outcome.cost_usd {
            map.serialize_entry("probe_cost_usd", &rounded(cost))?;
        }
        if !outcome.notes.is_empty() {
            let notes: Vec<_> = outcome.notes.iter().map(|note| self.clean(note)).collect();
            map.serialize_entry("notes", &notes)?;
        }
        if let Some(hint) = outcome.failure.as_ref().and_then(|failure| failure.hint.as_ref()) {
            map.serialize_entry("hint", &self.clean(hint))?;
        }
        if let Some(standing) = &self.checked.standing {
            self.serialize_standing(map, standing)?;
        }
        if let Some(maintenance) = &self.checked.maintenance {
            let maintenance = MaintenanceView::of(maintenance, &self.config.redactor);
            map.serialize_entry("maintenance", &maintenance)?;
        }
        Ok(())
    }
}

/// A failure that is over.
#[derive(Serialize)]
struct LastError<'a> {
    at: String,
    error: Cow<'a, str>,
    exception_status: Option<u16>,
}

/// A sum of prices without the dust of adding them up. A millionth of a micro-dollar is nobody's concern.
fn rounded(dollars: f64) -> f64 {
    (dollars * 1e12).round() / 1e12
}

/// A value of the configuration with every text in it cleaned.
pub(super) struct Clean<'a> {
    pub(super) value: &'a Value,
    pub(super) redactor: &'a Redactor,
}

impl Serialize for Clean<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let clean = |value| Clean { value, redactor: self.redactor };
        match self.value {
            Value::String(text) => serializer.serialize_str(&self.redactor.clean(text)),
            Value::Array(items) => serializer.collect_seq(items.iter().map(clean)),
            Value::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(key, value)| (key, clean(value))))
            }
            plain => plain.serialize(serializer),
        }
    }
}
