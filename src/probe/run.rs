//! One probe: authorise, send, and put what came back into an outcome.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use tokio::time::{Instant, timeout};

use crate::credentials::Authorizer;
use crate::domain::{Call, Failure, Method, Outcome, Redactor, Secret, WireRequest, WireResponse};
use crate::providers::{Provider, ShapeError};
use crate::transport::Transport;

use super::plan::Plan;
use super::{failure, headers};

/// Carries out plans: exactly one request to the deployment per plan.
pub(super) struct Prober {
    transport: Arc<dyn Transport>,
    authorizer: Authorizer,
}

impl Prober {
    /// A prober over this transport.
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { authorizer: Authorizer::new(Arc::clone(&transport)), transport }
    }

    /// Carries out a plan. Its deadline covers everything from here on: a token if one is needed,
    /// name resolution, connecting, TLS, and the whole answer.
    pub(super) async fn probe(&self, plan: Plan, redactor: &Redactor) -> Outcome {
        let Plan { provider, call, method, request, probed_model, deadline, verify_tls, .. } = plan;
        let is_handshake = matches!(request.url.scheme(), "ws" | "wss");
        let start = Instant::now();
        let mut credential = None;
        let answer = match method {
            Method::Tcp => self.connect(request, verify_tls, deadline).await.map(|()| None),
            Method::Request | Method::Models => {
                self.ask(request, verify_tls, deadline, &mut credential).await.map(Some)
            }
        };
        let latency = start.elapsed();
        let (failure, rate_limit) = match answer {
            Ok(None) => (None, None),
            Ok(Some(response)) => {
                let wrong = if is_handshake {
                    judge_handshake(provider, &response)
                } else {
                    judge(provider, method, &call, &response)
                };
                (wrong, headers::rate_limit(&response))
            }
            Err(failure) => (Some(failure), None),
        };
        let failure = failure.map(|failure| failure::presentable(failure, redactor, credential.as_ref()));
        Outcome { checked_at: Timestamp::now(), latency, failure, rate_limit, probed_model }
    }

    async fn connect(
        &self,
        request: WireRequest,
        verify_tls: bool,
        deadline: Duration,
    ) -> Result<(), Failure> {
        timeout(deadline, self.transport.connect(&request.url, verify_tls))
            .await
            .map_err(|_| failure::timeout(deadline, "connecting"))?
            .map_err(|error| failure::transport(&error))
    }

    async fn ask(
        &self,
        request: WireRequest,
        verify_tls: bool,
        deadline: Duration,
        credential: &mut Option<Secret>,
    ) -> Result<WireResponse, Failure> {
        let start = Instant::now();
        let mut signed = timeout(deadline, self.authorizer.authorize(request))
            .await
            .map_err(|_| failure::timeout(deadline, "fetching a token"))?
            .map_err(|error| failure::credentials(&error))?;
        signed.verify_tls = verify_tls;
        credential.clone_from(&signed.credential);
        timeout(deadline.saturating_sub(start.elapsed()), self.transport.send(signed))
            .await
            .map_err(|_| failure::timeout(deadline, "waiting for the answer"))?
            .map_err(|error| failure::transport(&error))
    }
}

/// An outcome without a probe: nothing was sent.
pub(super) fn unsent(failure: Failure, redactor: &Redactor) -> Outcome {
    Outcome {
        checked_at: Timestamp::now(),
        latency: Duration::ZERO,
        failure: Some(failure::presentable(failure, redactor, None)),
        rate_limit: None,
        probed_model: None,
    }
}

/// What is wrong with the answer to a WebSocket handshake, if anything.
fn judge_handshake(provider: &'static Provider, response: &WireResponse) -> Option<Failure> {
    match response.status {
        101 => None,
        200..=299 => Some(failure::no_handshake(response)),
        _ => Some(failure::status(response, &provider.adapter.failure(response))),
    }
}

/// What is wrong with an answer, if anything.
fn judge(
    provider: &'static Provider,
    method: Method,
    call: &Call,
    response: &WireResponse,
) -> Option<Failure> {
    if !response.is_success() {
        if provider.adapter.alive(call, response) {
            return None;
        }
        return Some(failure::status(response, &provider.adapter.failure(response)));
    }
    let shape = match method {
        Method::Models => json(response),
        Method::Request | Method::Tcp => provider.adapter.verify(call, response),
    };
    shape.err().map(|error| failure::body(response, &error))
}

/// A list of models comes in many shapes, but always as JSON.
fn json(response: &WireResponse) -> Result<(), ShapeError> {
    if response.body.is_empty() {
        return Err(ShapeError::Empty);
    }
    serde_json::from_slice::<IgnoredAny>(&response.body)
        .map(drop)
        .map_err(|_| ShapeError::NotJson("something else".to_owned()))
}
