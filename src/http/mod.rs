//! The endpoints.
//!
//! | file | endpoints |
//! |---|---|
//! | `health` | `GET /health` |
//! | `test_connection` | `POST /health/test_connection` |
//! | `probes` | `/health/liveliness` `/health/liveness` `/health/readiness` `/health/readiness/details` `/health/backlog` `/health/drain` |
//! | `models` | `/v1/models` `/models` `/v1/models/{id}` `/models/{id}` |
//! | `model_info` | `/v1/model/info` `/model/info` |
//! | `routing_state` | `/routing/state` |
//! | `maintenance` | `/maintenance` `/maintenance/{id}` |
//! | `call` | `/chat/completions` `/embeddings` `/completions` `/responses`, with and without `/v1`, and Azure's paths |
//! | `metrics` | `/metrics` |
//! | `compat` | `/health/history` `/health/latest` `/health/shared-status` `/health/license` `/health/services` `/active/callbacks` `/settings` `/test` |
//! | `reload` | `/-/reload` |
//! | `openapi` | `/openapi.json` |
//!
//! Handlers are thin: `auth` says who asks, `query` and `json` read, `view` writes, `error` chooses status codes.

mod auth;
mod call;
mod call_options;
mod compat;
mod error;
mod failed_call;
mod health;
mod json;
mod maintenance;
mod metrics;
mod model_info;
mod models;
mod openapi;
mod pages;
mod probes;
mod query;
mod raw_request;
mod reload;
mod route;
mod router;
mod routing_state;
mod server;
mod shapes;
mod test_connection;
mod view;

pub use router::router;
pub use server::serve;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::config::Config;
use crate::probe::{Checker, Report};
use crate::proxy::Proxy;
use crate::reload::Reloader;
use crate::state::{Board, Lifecycle};

/// The LiteLLM version whose behaviour this is.
pub const LITELLM_VERSION: &str = "1.102.4";

/// What handlers share.
#[derive(Clone)]
pub struct AppState {
    /// The configuration in force.
    pub config: Arc<ArcSwap<Config>>,
    /// Probes deployments.
    pub checker: Arc<Checker>,
    /// Calls deployments.
    pub proxy: Arc<Proxy>,
    /// Takes on a changed configuration.
    pub reloader: Arc<Reloader>,
    /// The latest outcomes.
    pub board: Arc<Board>,
    /// Starting, ready, draining.
    pub lifecycle: Arc<Lifecycle>,
}

/// A report as `GET /health` shows it to an admin, for commands that print the same.
#[must_use]
pub fn health_body(report: &Report) -> Vec<u8> {
    serde_json::to_vec(&view::HealthView::of(report, &auth::Caller::master())).unwrap_or_default()
}
