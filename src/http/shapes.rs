//! The shapes of answers, for `/openapi.json`. What is serialised borrows from the configuration and streams; these
//! say the same to machines. A fuzz run against a running daemon compares the two.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

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
}

/// A deployment with what the probe found. Carries a few of `litellm_params` besides.
#[derive(Serialize, ToSchema)]
pub(super) struct Endpoint {
    model: String,
    #[schema(nullable = false)]
    model_id: Option<String>,
    /// The upstream's status, 408 when the deadline passed, 500 when there was no status.
    #[schema(nullable = false)]
    exception_status: Option<u16>,
    #[schema(nullable = false)]
    error: Option<String>,
    #[schema(nullable = false)]
    hint: Option<String>,
    #[schema(nullable = false)]
    latency_ms: Option<u64>,
    /// RFC 3339.
    #[schema(nullable = false)]
    checked_at: Option<String>,
    #[schema(nullable = false)]
    status: Option<crate::domain::Status>,
    #[schema(nullable = false)]
    probed_model: Option<String>,
}

/// A deployment that was passed over.
#[derive(Serialize, ToSchema)]
pub(super) struct SkippedDeployment {
    model_id: String,
    reason: String,
}

/// `{"status": …}`.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    status: String,
}

/// Readiness; `db` is absent while shutting down.
#[derive(Serialize, ToSchema)]
pub(super) struct Readiness {
    status: String,
    #[schema(nullable = false)]
    db: Option<String>,
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
    llmhealth_version: String,
    deployments: u64,
    uptime_seconds: u64,
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
    all_litellm_callbacks: String,
    num_callbacks: u64,
    num_alerting: u64,
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

/// One of the two.
#[derive(Serialize, ToSchema)]
pub(super) struct DetailAny {
    detail: Value,
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

/// Either family of errors.
#[derive(Serialize, ToSchema)]
pub(super) struct Refusal {
    #[schema(nullable = false)]
    detail: Option<Vec<ValidationEntry>>,
    #[schema(nullable = false)]
    error: Option<ErrorBody>,
}
