//! The shapes of answers, for `/openapi.json`. What is serialised borrows from the configuration and streams; these
//! say the same to machines. A fuzz run against a running daemon compares the two.

#![expect(clippy::struct_field_names, clippy::struct_excessive_bools, reason = "the names are LiteLLM's")]

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};

/// Every answer of `GET /health`.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    healthy_endpoints: Vec<Endpoint>,
    unhealthy_endpoints: Vec<Endpoint>,
    healthy_count: u64,
    unhealthy_count: u64,
    unknown_count: u64,
    #[schema(nullable = false)]
    skipped: Option<Vec<SkippedDeployment>>,
    /// Present while this machine itself can reach nothing.
    #[schema(nullable = false)]
    suspended: Option<super::routing_state::SuspensionView>,
}

/// A deployment with what the probe found. Its parameters have the types that the configuration gives them.
#[derive(Serialize, ToSchema)]
pub(super) struct Endpoint {
    #[schema(nullable = false)]
    model: Option<String>,
    mode_error: Option<Value>,
    /// For admins.
    api_base: Option<Value>,
    /// For admins.
    api_version: Option<Value>,
    /// For admins.
    aws_bedrock_runtime_endpoint: Option<Value>,
    custom_llm_provider: Option<Value>,
    mode: Option<Value>,
    base_model: Option<Value>,
    aws_region_name: Option<Value>,
    region_name: Option<Value>,
    watsonx_region_name: Option<Value>,
    vertex_project: Option<Value>,
    vertex_location: Option<Value>,
    tpm: Option<Value>,
    rpm: Option<Value>,
    /// One readable message, when the deployment is unhealthy.
    #[schema(nullable = false)]
    error: Option<String>,
    /// The request of a failed probe; null when none could be made.
    raw_request_typed_dict: Option<RawRequest>,
    #[serde(rename = "x-ratelimit-remaining-requests")]
    #[schema(nullable = false)]
    remaining_requests: Option<String>,
    #[serde(rename = "x-ratelimit-remaining-tokens")]
    #[schema(nullable = false)]
    remaining_tokens: Option<String>,
    #[serde(rename = "x-ms-region")]
    #[schema(nullable = false)]
    region: Option<String>,
    /// Absent when a deployment is only tested.
    #[schema(nullable = false)]
    model_id: Option<String>,
    /// The upstream's status, 408 when the deadline passed, 500 when there was no status.
    #[schema(nullable = false)]
    exception_status: Option<u16>,
    #[schema(nullable = false)]
    latency_ms: Option<u64>,
    /// RFC 3339.
    #[schema(nullable = false, format = DateTime)]
    checked_at: Option<String>,
    #[schema(nullable = false)]
    status: Option<crate::domain::Status>,
    /// The model that was asked, when it is not the deployment's own.
    #[schema(nullable = false)]
    probed_model: Option<String>,
    /// What to do about an error.
    #[schema(nullable = false)]
    hint: Option<String>,
    /// The most that the probe cost, where prices are known.
    #[schema(nullable = false)]
    probe_cost_usd: Option<f64>,
    /// Where the request departs from the configuration, and why.
    #[schema(nullable = false)]
    notes: Option<Vec<String>>,
    /// The damped state, by which routing goes.
    #[schema(nullable = false)]
    condition: Option<crate::state::Condition>,
    /// Since when the condition is what it is.
    #[schema(nullable = false, format = DateTime)]
    since: Option<String>,
    #[schema(nullable = false, format = DateTime)]
    last_healthy: Option<String>,
    /// When the schedule probes it next.
    #[schema(nullable = false, format = DateTime)]
    next_due: Option<String>,
    /// Until when no traffic goes there after failures.
    #[schema(nullable = false, format = DateTime)]
    cooldown_until: Option<String>,
    #[schema(nullable = false)]
    consecutive_failures: Option<u32>,
    #[schema(nullable = false)]
    consecutive_successes: Option<u32>,
    /// The latest failure of a healthy entry.
    #[schema(nullable = false)]
    last_error: Option<LastError>,
    /// Present while it is worked on.
    #[schema(nullable = false)]
    maintenance: Option<super::maintenance::MaintenanceView>,
}

/// A failure that is over.
#[derive(Serialize, ToSchema)]
pub(super) struct LastError {
    #[schema(format = DateTime)]
    at: String,
    error: String,
    #[schema(required)]
    exception_status: Option<u16>,
}

/// A request as it was planned, keys masked.
#[derive(Serialize, ToSchema)]
pub(super) struct RawRequest {
    /// For admins.
    #[schema(nullable = false)]
    raw_request_api_base: Option<String>,
    /// JSON; null for other formats.
    #[schema(required)]
    raw_request_body: Option<Value>,
    raw_request_headers: BTreeMap<String, String>,
    /// Always null.
    #[schema(required)]
    error: Option<String>,
}

/// A deployment that was passed over.
#[derive(Serialize, ToSchema)]
pub(super) struct SkippedDeployment {
    model_id: String,
    reason: String,
}

/// Liveness while shutting down.
#[derive(Serialize, ToSchema)]
pub(super) struct ShuttingDown {
    status: String,
}

/// Readiness; `db` is absent while shutting down.
#[derive(Serialize, ToSchema)]
pub(super) struct Readiness {
    status: String,
    #[schema(nullable = false)]
    db: Option<String>,
    /// What the daemon waits for while it starts.
    #[schema(nullable = false)]
    pending: Option<Vec<String>>,
}

/// Readiness with details.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadinessDetails {
    status: String,
    db: String,
    #[schema(required)]
    cache: Option<String>,
    litellm_version: String,
    success_callbacks: Vec<String>,
    use_aiohttp_transport: bool,
    log_level: String,
    is_detailed_debug: bool,
    show_no_redis_warning: bool,
    show_env_credential_login_warning: bool,
    llmhealth_version: String,
    deployments: u64,
    uptime_seconds: u64,
    /// Present while this machine itself can reach nothing: then earlier verdicts stay in force.
    #[schema(nullable = false)]
    suspended: Option<super::routing_state::SuspensionView>,
}

/// Requests under way.
#[derive(Serialize, ToSchema)]
pub(super) struct Backlog {
    in_flight_requests: u64,
    admitted_requests: u64,
    queued_requests: u64,
    rejected_requests: u64,
}

/// The end of a drain.
#[derive(Serialize, ToSchema)]
pub(super) struct Drained {
    status: String,
    drained_requests: u64,
}

/// The public names.
#[derive(Serialize, ToSchema)]
pub(super) struct ModelList {
    data: Vec<Model>,
    object: String,
}

/// One public name.
#[derive(Serialize, ToSchema)]
pub(super) struct Model {
    id: String,
    object: String,
    created: u64,
    owned_by: String,
    #[schema(nullable = false)]
    mode: Option<String>,
}

/// All deployments.
#[derive(Serialize, ToSchema)]
pub(super) struct ModelInfoList {
    data: Vec<ModelInfo>,
}

/// One deployment.
#[derive(Serialize, ToSchema)]
pub(super) struct ModelInfo {
    model_name: String,
    litellm_params: BTreeMap<String, Value>,
    model_info: BTreeMap<String, Value>,
}

/// A deployment to test.
#[derive(Serialize, ToSchema)]
pub(super) struct TestConnection {
    /// One of the modes of `model_info.mode`.
    mode: Option<String>,
    litellm_params: BTreeMap<String, Value>,
    model_info: Option<BTreeMap<String, Value>>,
}

/// What a test found.
#[derive(Serialize, ToSchema)]
pub(super) struct Tested {
    /// `success` or `error`.
    status: String,
    result: Endpoint,
}

/// Sharing of checks between replicas.
#[derive(Serialize, ToSchema)]
pub(super) struct SharedStatus {
    shared_health_check_enabled: bool,
    message: String,
}

/// A license.
#[derive(Serialize, ToSchema)]
pub(super) struct License {
    has_license: bool,
    license_type: String,
    #[schema(required)]
    expiration_date: Option<String>,
    allowed_features: Vec<String>,
    limits: BTreeMap<String, Option<u64>>,
}

/// Names of integrations, most as the text of a Python list.
#[derive(Serialize, ToSchema)]
pub(super) struct Callbacks {
    alerting: String,
    #[serde(rename = "litellm.callbacks")]
    callbacks: String,
    #[serde(rename = "litellm.input_callback")]
    input_callback: String,
    #[serde(rename = "litellm.failure_callback")]
    failure_callback: String,
    #[serde(rename = "litellm.success_callback")]
    success_callback: String,
    #[serde(rename = "litellm._async_success_callback")]
    async_success_callback: String,
    #[serde(rename = "litellm._async_failure_callback")]
    async_failure_callback: String,
    #[serde(rename = "litellm._async_input_callback")]
    async_input_callback: String,
    all_litellm_callbacks: String,
    num_callbacks: u64,
    num_alerting: u64,
    /// In seconds.
    #[serde(rename = "litellm.request_timeout")]
    request_timeout: f64,
}

/// `{"route": …}`.
#[derive(Serialize, ToSchema)]
pub(super) struct Route {
    route: String,
}

/// LiteLLM's error envelope.
#[derive(Serialize, ToSchema)]
pub(super) struct ErrorEnvelope {
    error: ErrorBody,
}

/// What is wrong.
#[derive(Serialize, ToSchema)]
pub(super) struct ErrorBody {
    message: String,
    r#type: String,
    #[schema(required)]
    param: Option<String>,
    /// The status, as text.
    code: String,
}

/// `{"detail": "…"}`.
#[derive(Serialize, ToSchema)]
pub(super) struct Detail {
    detail: String,
}

/// `{"detail": {"error": "…"}}`.
#[derive(Serialize, ToSchema)]
pub(super) struct DetailObject {
    detail: BTreeMap<String, String>,
}

/// Why a request to test a connection makes no sense.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes answers, is none")]
pub(super) enum TestRefused {
    /// The body is not JSON.
    Malformed(Detail),
    /// It asks for something that is not given.
    Refused(DetailObject),
}

/// What in a request can't be used.
#[derive(Serialize, ToSchema)]
pub(super) struct Validation {
    detail: Vec<ValidationEntry>,
}

/// One mistake in a request.
#[derive(Serialize, ToSchema)]
pub(super) struct ValidationEntry {
    r#type: String,
    loc: Vec<String>,
    msg: String,
    input: Value,
    #[schema(nullable = false)]
    ctx: Option<BTreeMap<String, Value>>,
}

/// Why a service can't be tested.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes answers, is none")]
pub(super) enum ServiceRefused {
    /// It was not named.
    Missing(Validation),
    /// It can't be tested.
    Untestable(ErrorEnvelope),
}

/// A call. Whatever else OpenAI's request has goes along.
#[derive(Serialize, ToSchema)]
pub(super) struct CallRequest {
    /// A deployment's id, which is called whatever its state, or a model name.
    model: String,
    /// Whether the answer is to come in pieces.
    stream: Option<bool>,
    /// Of `/chat/completions`.
    messages: Option<Vec<BTreeMap<String, Value>>>,
    /// Of `/embeddings` and `/responses`.
    input: Option<Value>,
    /// Of `/completions`.
    prompt: Option<Value>,
}

/// OpenAI's answer.
#[derive(Serialize, ToSchema)]
pub(super) struct CallAnswer {
    id: Option<String>,
    object: String,
    /// As the client named it.
    model: String,
}

/// Whatever a call can come to.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what handlers write")]
pub(super) enum CallAnswers {
    /// OpenAI's answer; server-sent events where `stream` is true.
    #[response(status = 200)]
    Answered(CallAnswer),
    /// Not JSON, an unknown model, or something that the provider can't be asked.
    #[response(status = 400)]
    Refused(ErrorEnvelope),
    /// Missing or wrong key, here or at the provider.
    #[response(status = 401)]
    Unauthorized(ErrorEnvelope),
    /// The key does not open this model, or the provider's key may not do this.
    #[response(status = 403)]
    Forbidden(ErrorEnvelope),
    /// The provider does not know the model; or the path leads nowhere.
    #[response(status = 404)]
    NotFound(ErrorEnvelope),
    /// The provider took too long.
    #[response(status = 408)]
    Timeout(ErrorEnvelope),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(ErrorEnvelope),
    /// The body is compressed.
    #[response(status = 415)]
    Encoded(ErrorEnvelope),
    /// The provider limits the rate.
    #[response(status = 429)]
    RateLimited(ErrorEnvelope),
    /// The provider's own error, or a mistake in the configuration.
    #[response(status = 500)]
    Failed(ErrorEnvelope),
    /// The provider can't be reached, or makes no sense.
    #[response(status = 502)]
    Unreachable(ErrorEnvelope),
    /// The provider is overloaded, or nobody takes traffic.
    #[response(status = 503)]
    Overloaded(ErrorEnvelope),
}
