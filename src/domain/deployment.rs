//! One entry of `model_list`, resolved.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Fields, MaintenanceWindow, OwnFails, Secret};

/// A deployment as the configuration describes it, with `os.environ/` references resolved.
///
/// An entry that can't work is kept, with its [`Defect`], so that it is reported with its reason
/// instead of vanishing from every list.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// `model_info.id`, or the hash that LiteLLM gives an entry without one.
    pub id: Arc<str>,
    /// The public name; several deployments may share it.
    pub model_name: String,
    /// `litellm_params.model` as written, provider prefix included.
    pub model: String,
    /// All of `litellm_params`, `model` included, in file order.
    pub params: Params,
    /// All of `model_info` as the user wrote it, in file order.
    pub info: Fields,
    /// What `model_info` says about health checks.
    pub check: Arc<HealthCheck>,
    /// Why this entry can't be probed, if it can't.
    pub defect: Option<Box<Defect>>,
}

/// The keys of `model_info` that steer a health check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HealthCheck {
    /// `mode`, not yet known to be one.
    pub mode: Option<String>,
    /// `health_check_timeout`: the deadline of one probe.
    pub timeout: Option<Duration>,
    /// `health_check_model`: asked instead of the deployment's model.
    pub model: Option<String>,
    /// `health_check_max_tokens`.
    pub max_tokens: Option<i64>,
    /// `health_check_max_tokens_reasoning`.
    pub max_tokens_reasoning: Option<i64>,
    /// `health_check_max_tokens_non_reasoning`.
    pub max_tokens_non_reasoning: Option<i64>,
    /// `health_check_supports_max_tokens`.
    pub supports_max_tokens: Option<bool>,
    /// `health_check_params`: merged over `litellm_params`.
    pub params: Map<String, Value>,
    /// `health_check_reasoning_effort`.
    pub reasoning_effort: Option<Value>,
    /// `health_check_voice`.
    pub voice: Option<String>,
    /// `disable_background_health_check`.
    pub disable_background: bool,
    /// `llmhealth.degraded_after`: a slower success is `degraded`.
    pub degraded_after: Option<Duration>,
    /// `llmhealth.maintenance`.
    pub maintenance: Vec<MaintenanceWindow>,
    /// `allowed_fails`, `allowed_fails_policy`, `cooldown_time`, if any of them is there.
    pub fails: Option<Box<OwnFails>>,
    /// `llmhealth.method`.
    pub method: Method,
    /// `llmhealth.interval`: from one background check to the next, instead of the interval of all.
    pub interval: Option<Duration>,
    /// `llmhealth.daily_budget_usd`: what probes of it may cost in a day of UTC, in US dollars.
    pub daily_budget_usd: Option<f64>,
}

/// How a deployment is probed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// A small request of the deployment's mode.
    #[default]
    Request,
    /// An authenticated `GET` of the provider's model list: costs no tokens.
    Models,
    /// Connect and TLS handshake only.
    Tcp,
}

/// Why an entry of `model_list` can't be probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// One sentence that names the key and the value.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// `litellm_params` with every reference resolved.
///
/// Holds credentials in plain text among other values, so it has no `Serialize` and its `Debug`
/// shows key names only.
#[derive(Clone, Default, PartialEq)]
pub struct Params(Fields);

impl Params {
    /// Wraps resolved parameters.
    #[must_use]
    pub fn new(fields: Fields) -> Self {
        Self(fields)
    }

    /// All keys and values, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter()
    }

    /// The value of a key; `None` when it is absent or null.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// A non-empty string value.
    #[must_use]
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A non-empty string value that is a credential.
    #[must_use]
    pub fn secret(&self, key: &str) -> Option<Secret> {
        self.str(key).map(Secret::from)
    }

    /// A boolean value; absent means false.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// These parameters with others laid over them.
    #[must_use]
    pub fn merged(&self, over: &Map<String, Value>) -> Self {
        Self(self.0.merged(over.iter().map(|(key, value)| (key.as_str(), value))))
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(key, _)| key)).finish()
    }
}

/// All deployments of a configuration, in file order, findable by id.
#[derive(Debug, Default)]
pub struct Fleet {
    deployments: Vec<Arc<Deployment>>,
    by_id: HashMap<Arc<str>, u32>,
    /// Places in `deployments`, in the order of public names; those of one name in file order.
    by_name: Vec<u32>,
    /// Places of those whose public name is a pattern.
    patterns: Vec<u32>,
}

impl Fleet {
    /// Keeps the order. Of several deployments with one id the first is the one found by it.
    #[must_use]
    pub fn new(deployments: Vec<Arc<Deployment>>) -> Self {
        let mut by_id = HashMap::with_capacity(deployments.len());
        for (index, deployment) in (0_u32..).zip(&deployments) {
            by_id.entry(Arc::clone(&deployment.id)).or_insert(index);
        }
        let mut named: Vec<(&str, u32)> =
            deployments.iter().map(|one| one.model_name.as_str()).zip(0_u32..).collect();
        let patterns = named.iter().filter(|(name, _)| name.contains('*')).map(|(_, place)| *place).collect();
        named.sort_unstable();
        let by_name = named.into_iter().map(|(_, place)| place).collect();
        Self { deployments, by_id, by_name, patterns }
    }

    /// All deployments in file order.
    #[must_use]
    pub fn all(&self) -> &[Arc<Deployment>] {
        &self.deployments
    }

    fn at(&self, place: u32) -> Option<&Arc<Deployment>> {
        self.deployments.get(usize::try_from(place).ok()?)
    }

    /// The deployment with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Arc<Deployment>> {
        self.by_id.get(id).and_then(|&place| self.at(place))
    }

    /// The deployments with exactly this public name, in file order.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Deployment>> {
        let is_before = |&place: &u32| self.at(place).is_some_and(|one| one.model_name.as_str() < name);
        let first = self.by_name.partition_point(is_before);
        let rest = self.by_name[first..].iter().filter_map(|&place| self.at(place));
        rest.take_while(move |one| one.model_name == name)
    }

    /// The deployments whose public name is a pattern with `*` in it, in file order.
    pub fn patterns(&self) -> impl Iterator<Item = &Arc<Deployment>> {
        self.patterns.iter().filter_map(|&place| self.at(place))
    }

    /// The deployments with this public name; if there are none, those that a team knows by this name
    /// (`model_info.team_public_model_name`), else those of this `litellm_params.model`.
    #[must_use]
    pub fn matching(&self, name: &str) -> Vec<&Arc<Deployment>> {
        let levels: [fn(&Deployment) -> Option<&str>; 3] = [
            |one| Some(&one.model_name),
            |one| one.info.get("team_public_model_name")?.as_str(),
            |one| Some(&one.model),
        ];
        let mut found = levels.into_iter().map(|name_of| -> Vec<_> {
            self.deployments.iter().filter(|one| name_of(one) == Some(name)).collect()
        });
        found.find(|named| !named.is_empty()).unwrap_or_default()
    }
}
