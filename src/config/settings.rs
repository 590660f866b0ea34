//! Everything in a configuration that is not a deployment, with defaults filled in.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::domain::{AccessKey, FailPolicy, Secret};

/// All settings.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `general_settings.master_key`, else `LITELLM_MASTER_KEY`. Without one the daemon is open.
    pub master_key: Option<Secret>,
    /// `llmhealth.keys`: keys besides that one. With any of them the daemon is closed too.
    pub keys: Vec<AccessKey>,
    /// How deployments are probed.
    pub probe: ProbeSettings,
    /// Checks without being asked.
    pub background: BackgroundSettings,
    /// When the damped state turns.
    pub thresholds: ThresholdSettings,
    /// Which deployments may be used.
    pub routing: RoutingSettings,
    /// Which models are listed.
    pub listing: ListingSettings,
    /// How we know whether our own network works.
    pub connectivity: Connectivity,
    /// What `GET /health` shows.
    pub health: HealthSettings,
    /// What readiness depends on and shows.
    pub readiness: ReadinessSettings,
    /// Leaving the pool.
    pub drain: DrainSettings,
    /// Limits of the HTTP server.
    pub server: ServerSettings,
    /// Calls on behalf of clients.
    pub proxy: ProxySettings,
    /// Changes of the configuration.
    pub reload: ReloadSettings,
    /// Who may scrape.
    pub metrics: MetricsSettings,
    /// What `/active/callbacks` shows.
    pub callbacks: CallbackSettings,
}

/// How deployments are probed.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// Probes in flight in total: `general_settings.health_check_concurrency`, else
    /// `llmhealth.probe.concurrency`.
    pub concurrency: usize,
    /// Probes in flight to one host: `llmhealth.probe.per_host`.
    pub per_host: usize,
    /// Probes in flight to one provider: `llmhealth.probe.per_provider`.
    pub per_provider: BTreeMap<String, usize>,
    /// Probes in flight with one API key: `llmhealth.probe.per_key`. Unset: as many as the other limits allow.
    pub per_key: Option<usize>,
    /// What all probes together may cost in a day of UTC, in US dollars: `llmhealth.probe.daily_budget_usd`.
    pub daily_budget_usd: Option<f64>,
    /// Results younger than this are used again: `llmhealth.probe.min_age`.
    pub min_age: Duration,
    /// The deadline of a probe without `health_check_timeout`: `HEALTH_CHECK_TIMEOUT_SECONDS`.
    pub timeout: Duration,
    /// `BACKGROUND_HEALTH_CHECK_MAX_TOKENS`.
    pub max_tokens: Option<i64>,
    /// `BACKGROUND_HEALTH_CHECK_MAX_TOKENS_REASONING`.
    pub max_tokens_reasoning: Option<i64>,
    /// `DEFAULT_HEALTH_CHECK_PROMPT`: the text for modes other than chat and embedding.
    pub prompt: String,
    /// `litellm_settings.drop_params`.
    pub drop_params: bool,
    /// `litellm_settings.enable_azure_ad_token_refresh`.
    pub azure_identity: bool,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            concurrency: 64,
            per_host: 16,
            per_provider: BTreeMap::from([("ollama".to_owned(), 2)]),
            per_key: None,
            daily_budget_usd: None,
            min_age: Duration::ZERO,
            timeout: Duration::from_mins(1),
            max_tokens: None,
            max_tokens_reasoning: None,
            prompt: "test from litellm".to_owned(),
            drop_params: false,
            azure_identity: false,
        }
    }
}

/// Checks without being asked.
#[derive(Debug, Clone)]
pub struct BackgroundSettings {
    /// `general_settings.background_health_checks`.
    pub enabled: bool,
    /// `general_settings.health_check_interval`, else `DEFAULT_HEALTH_CHECK_INTERVAL`.
    pub interval: Duration,
    /// `general_settings.background_health_check_model_groups`: only these model names.
    pub model_groups: Option<Vec<String>>,
    /// `general_settings.health_check_skip_disabled_background_models`: on demand too.
    pub skip_disabled_on_demand: bool,
}

impl Default for BackgroundSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            interval: Duration::from_mins(5),
            model_groups: None,
            skip_disabled_on_demand: false,
        }
    }
}

/// When the damped state of a deployment turns: `llmhealth.thresholds`.
#[derive(Debug, Clone)]
pub struct ThresholdSettings {
    /// `fall`: so many failures in a row make it unhealthy.
    pub fall: u32,
    /// `rise`: so many successes in a row make it healthy again.
    pub rise: u32,
}

impl Default for ThresholdSettings {
    fn default() -> Self {
        Self { fall: 3, rise: 2 }
    }
}

/// Which deployments may be used. `router_settings` counts more than `general_settings`, where a key may be in both.
#[derive(Debug, Clone)]
pub struct RoutingSettings {
    /// `enable_health_check_routing`: verdicts of health checks decide.
    pub enabled: bool,
    /// `health_check_staleness_threshold`: older verdicts decide nothing. Unset: twice the interval.
    pub staleness_threshold: Option<Duration>,
    /// `health_check_ignore_transient_errors`: 429 and timeouts of health checks count for nothing.
    pub ignore_transient: bool,
    /// `allowed_fails`: so many failures of real traffic a minute are tolerated.
    pub allowed_fails: Option<u32>,
    /// `allowed_fails_policy`: the same by class of error.
    pub allowed_fails_policy: Option<FailPolicy>,
    /// `cooldown_time`, else `DEFAULT_COOLDOWN_TIME_SECONDS`: how long a deployment is left alone.
    pub cooldown_time: Duration,
    /// `disable_cooldowns`: never.
    pub disable_cooldowns: bool,
}

impl Default for RoutingSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            staleness_threshold: None,
            ignore_transient: false,
            allowed_fails: None,
            allowed_fails_policy: None,
            cooldown_time: Duration::from_secs(5),
            disable_cooldowns: false,
        }
    }
}

/// How we know whether our own network works: `llmhealth.connectivity`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Connectivity {
    /// By other hosts of the fleet.
    #[default]
    Auto,
    /// Not at all.
    Off,
    /// By these.
    Hosts(Vec<Url>),
}

/// Which models are listed.
#[derive(Debug, Clone, Default)]
pub struct ListingSettings {
    /// `general_settings.model_list_healthy_only`: only the literal `true`.
    pub healthy_only: bool,
}

/// What `GET /health` shows.
#[derive(Debug, Clone)]
pub struct HealthSettings {
    /// `general_settings.health_check_details`: only the literal `false` turns them off.
    pub details: bool,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self { details: true }
    }
}

/// What readiness depends on and shows.
#[derive(Debug, Clone, Default)]
pub struct ReadinessSettings {
    /// `general_settings.allow_public_health_readiness_details`: only the literal `true`.
    pub public_details: bool,
    /// `llmhealth.readiness.min_healthy_ratio`, from 0 to 1.
    pub min_healthy_ratio: Option<f64>,
}

/// Leaving the pool.
#[derive(Debug, Clone)]
pub struct DrainSettings {
    /// `general_settings.enable_drain_endpoint`: only the literal `true`.
    pub endpoint: bool,
    /// `general_settings.drain_endpoint_token`, else `DRAIN_ENDPOINT_TOKEN`.
    pub token: Option<Secret>,
    /// `GRACEFUL_SHUTDOWN_TIMEOUT`: how long requests in flight may take.
    pub timeout: Duration,
}

impl Default for DrainSettings {
    fn default() -> Self {
        Self { endpoint: false, token: None, timeout: Duration::from_secs(30) }
    }
}

/// Limits of the HTTP server: `llmhealth.server`.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `max_connections`: more wait to be accepted.
    pub max_connections: usize,
    /// `header_timeout`: a client that sends its request head slower is cut off.
    pub header_timeout: Duration,
    /// `body_timeout`: likewise for the body.
    pub body_timeout: Duration,
    /// `max_body_bytes`: a larger request body is refused with 413.
    pub max_body_bytes: usize,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            max_body_bytes: 1024 * 1024,
        }
    }
}

/// Calls on behalf of clients.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// How long a call may take that is not streamed, unless the deployment's `timeout` or the client says otherwise:
    /// `litellm_settings.request_timeout`, else `router_settings.timeout`.
    pub timeout: Duration,
    /// How long a streamed call may take up to its first piece, unless the deployment's `stream_timeout` or the client
    /// says otherwise: `router_settings.stream_timeout`, else `timeout`.
    pub stream_timeout: Option<Duration>,
    /// How many other deployments may be asked when one fails, unless it or the client says otherwise:
    /// `router_settings.num_retries`, else `litellm_settings.num_retries`.
    pub retries: u32,
    /// A stream that brings nothing for so long is given up: `llmhealth.proxy.idle_timeout`.
    pub idle_timeout: Duration,
    /// A larger request is refused with 413: `llmhealth.proxy.max_body_bytes`.
    pub max_body_bytes: usize,
    /// A larger answer is not read, unless it is streamed: `llmhealth.proxy.max_answer_bytes`.
    pub max_answer_bytes: usize,
    /// Whether images may be fetched by http and from hosts of a private network: `llmhealth.proxy.private_images`.
    pub private_images: bool,
    /// Whether outcomes of calls count like those of probes: `llmhealth.probe.passive`.
    pub is_passive_check: bool,
    /// Names that stand for other public names: `router_settings.model_group_alias`.
    pub aliases: BTreeMap<String, Alias>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Another public name.
    pub model: String,
    /// `hidden`: listings leave it out.
    pub is_hidden: bool,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(10),
            stream_timeout: None,
            retries: 1,
            idle_timeout: Duration::from_mins(5),
            max_body_bytes: 32 * 1024 * 1024,
            max_answer_bytes: 32 * 1024 * 1024,
            private_images: false,
            is_passive_check: false,
            aliases: BTreeMap::new(),
        }
    }
}

/// Changes of the configuration: `llmhealth.reload`.
#[derive(Debug, Clone)]
pub struct ReloadSettings {
    /// `watch`: whether a changed file is reloaded without being asked.
    pub watch: bool,
}

impl Default for ReloadSettings {
    fn default() -> Self {
        Self { watch: true }
    }
}

/// Who may scrape `GET /metrics`: `llmhealth.metrics`.
#[derive(Debug, Clone, Default)]
pub struct MetricsSettings {
    /// `public`: also those without a key.
    pub public: bool,
}

/// What `/active/callbacks` shows: names as the configuration lists them.
#[derive(Debug, Clone, Default)]
pub struct CallbackSettings {
    /// `general_settings.alerting`.
    pub alerting: Vec<String>,
    /// `litellm_settings.callbacks`.
    pub callbacks: Vec<String>,
    /// `litellm_settings.success_callback`.
    pub success: Vec<String>,
    /// `litellm_settings.failure_callback`.
    pub failure: Vec<String>,
    /// `litellm_settings.request_timeout`, in seconds.
    pub request_timeout: Option<f64>,
    /// `litellm_settings.cache_params.type` when `litellm_settings.cache` is on.
    pub cache: Option<String>,
}
