//! `llmhealth health`: asks a running daemon.

use std::time::Duration;

use clap::Args;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use url::Url;

use crate::domain::{SignedRequest, WireResponse};
use crate::transport::{HttpTransport, Transport};

use super::exit::{CommandError, Exit};
use super::output;
use super::table::{self, Verdict};

const EXAMPLES: &str = "\
Examples:
  llmhealth health --key sk-1234
  LITELLM_MASTER_KEY=sk-1234 llmhealth health --url http://llmhealth.internal:4000

Exit codes:
  0  all are healthy
  1  some are not, or the daemon refused to say
  3  no daemon answers";

/// Ask a running daemon which deployments are healthy; for scripts and Docker's HEALTHCHECK
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Health {
    /// Where the daemon is
    #[arg(long, default_value = "http://0.0.0.0:4000")]
    url: Url,
    /// The master key
    #[arg(long, env = "LITELLM_MASTER_KEY", hide_env_values = true)]
    key: Option<String>,
    /// How long to wait for the answer, in seconds; a daemon that probes on demand needs as long as a probe
    #[arg(long, value_name = "SECONDS", default_value_t = 65)]
    timeout: u64,
}

impl Health {
    pub(super) async fn run(self) -> Result<Exit, CommandError> {
        let transport = HttpTransport::new().map_err(CommandError::Transport)?;
        let host = self.url.authority().to_owned();
        let limit = Duration::from_secs(self.timeout);
        let answer = tokio::time::timeout(limit, transport.send(self.request()?))
            .await
            .map_err(|_| CommandError::NoAnswer { host: host.clone(), seconds: self.timeout })?
            .map_err(CommandError::Unreachable)?;
        let body = verdicts(&answer).ok_or_else(|| CommandError::Refused {
            host,
            status: answer.status,
            problem: problem(&answer),
        })?;
        let entries = |list: &str, fallback: &str| -> Vec<Verdict> {
            let entries = body[list].as_array().map(Vec::as_slice).unwrap_or_default();
            entries.iter().map(|entry| verdict(entry, fallback)).collect()
        };
        let (healthy, unhealthy) =
            (entries("healthy_endpoints", "healthy"), entries("unhealthy_endpoints", "unhealthy"));
        let unknown = body["unknown_count"].as_u64().unwrap_or(0);
        let counts = format!("{} healthy, {} unhealthy, {unknown} unknown", healthy.len(), unhealthy.len());
        let is_well = unhealthy.is_empty() && unknown == 0;
        let all: Vec<Verdict> = healthy.into_iter().chain(unhealthy).collect();
        output::print(&format!("{}\n{counts}", table::of_verdicts(&all)))?;
        Ok(if is_well { Exit::Success } else { Exit::Unhealthy })
    }

    fn request(&self) -> Result<SignedRequest, CommandError> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/health", self.url.path().trim_end_matches('/')));
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| CommandError::BadKey)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(SignedRequest {
            method: Method::GET,
            url,
            headers,
            body: bytes::Bytes::new(),
            verify_tls: true,
            credential: None,
        })
    }
}

/// The body of an answer, if it is one of `GET /health`.
fn verdicts(answer: &WireResponse) -> Option<Value> {
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let is_one = answer.is_success() && body["healthy_endpoints"].is_array();
    is_one.then_some(body)
}

/// What an error body says, in either of LiteLLM's two forms.
fn problem(answer: &WireResponse) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = [&body["error"]["message"], &body["detail"]["error"], &body["detail"]];
    match said.into_iter().find_map(Value::as_str) {
        Some(text) => text.to_owned(),
        None => "this is not the answer of llmhealth or LiteLLM".to_owned(),
    }
}

/// An entry of either list. LiteLLM's own entries have neither a status nor a latency.
fn verdict(entry: &Value, fallback: &str) -> Verdict {
    let text = |key: &str| entry[key].as_str().map(str::to_owned);
    Verdict {
        status: text("status").unwrap_or_else(|| fallback.to_owned()),
        name: None,
        model: text("model").unwrap_or_default(),
        latency: entry["latency_ms"].as_u64().filter(|latency| *latency > 0).map(Duration::from_millis),
        problem: text("error"),
    }
}
