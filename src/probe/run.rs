//! One probe: authorise, send, and put what came back into an outcome.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use tokio::time::{Instant, sleep, timeout};

use crate::credentials::Authorizer;
use crate::domain::{Call, Failure, Method, Mode, Outcome, Redactor, Secret, WireRequest, WireResponse};
use crate::providers::{FollowUp, Provider, ShapeError, Step};
use crate::transport::Transport;

use super::lessons::mode_suggestion;
use super::plan::Plan;
use super::{failure, headers};

/// How long a probe takes at most to remove what it left at a provider. Not part of its deadline: what is left
/// there counts against the account's limits.
const CLEAN_UP: Duration = Duration::from_secs(5);

/// Carries out plans: one request to the deployment per plan, or the one flow that the provider needs. Nothing
/// is tried again.
pub(super) struct Prober {
    transport: Arc<dyn Transport>,
    authorizer: Arc<Authorizer>,
}

impl Prober {
    /// A prober over this transport.
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { authorizer: Arc::new(Authorizer::new(Arc::clone(&transport))), transport }
    }

    /// What authorises its requests, with the tokens that it has fetched.
    pub(super) fn authorizer(&self) -> &Arc<Authorizer> {
        &self.authorizer
    }

    /// Carries out a plan. Its deadline covers everything from here on: a token if one is needed,
    /// name resolution, connecting, TLS, and the whole answer.
    pub(super) async fn probe(&self, plan: Plan, redactor: &Redactor) -> Outcome {
        let Plan { provider, mode, model, call, method, request, probed_model, deadline, verify_tls, .. } =
            plan;
        let is_session = matches!(request.url.scheme(), "ws" | "wss");
        let terms = Terms { start: Instant::now(), deadline, verify_tls };
        let mut credential = None;
        let mut left_behind = Vec::new();
        let answer = match method {
            Method::Tcp => self.connect(request, &terms).await.map(|()| None),
            Method::Models => self.ask(request, &terms, &mut credential).await.map(Some),
            Method::Request => {
                let asked = Asked { provider, model: &model, call: &call };
                self.walk(request, asked, &terms, &mut credential, &mut left_behind).await.map(Some)
            }
        };
        let latency = terms.start.elapsed();
        self.clean_up(left_behind, verify_tls).await;
        let (failure, rate_limit) = match answer {
            Ok(None) => (None, None),
            Ok(Some(response)) => {
                let wrong = if is_session {
                    judge_session(provider, &call, &response)
                } else {
                    judge(provider, method, &call, &response)
                };
                let wrong = wrong.map(|failure| suggest_mode(mode, &model, failure));
                (wrong, headers::rate_limit(&response))
            }
            Err(failure) => (Some(failure), None),
        };
        let failure = failure.map(|failure| failure::presentable(failure, redactor, credential.as_ref()));
        Outcome {
            checked_at: Timestamp::now(),
            latency,
            failure: failure.map(Box::new),
            rate_limit,
            probed_model,
            cost_usd: None,
            notes: Vec::new(),
        }
    }

    async fn connect(&self, request: WireRequest, terms: &Terms) -> Result<(), Failure> {
        timeout(terms.left(), self.transport.connect(&request.url, terms.verify_tls))
            .await
            .map_err(|_| failure::timeout(terms.deadline, "connecting"))?
            .map_err(|error| failure::transport(&error))
    }

    /// Walks a flow to its end: what has to be looked up first, the request itself, and what it leads to. Notes
    /// what has to be removed afterwards.
    async fn walk(
        &self,
        mut request: WireRequest,
        asked: Asked<'_>,
        terms: &Terms,
        credential: &mut Option<Secret>,
        left_behind: &mut Vec<WireRequest>,
    ) -> Result<WireResponse, Failure> {
        let Asked { provider, model, call } = asked;
        if let Some(look_up) = request.look_up.take() {
            let found = self.ask(*look_up, terms, credential).await?;
            if !found.is_success() {
                return Ok(found);
            }
            request = provider.adapter.aim(request, &found).map_err(|error| failure::body(&found, &error))?;
        }
        loop {
            let response = self.ask(request.clone(), terms, credential).await?;
            if !response.is_success() {
                return Ok(response);
            }
            let step = Step { model, call, request: &request, response: &response };
            left_behind.extend(provider.adapter.undo(&step));
            let Some(FollowUp { request: next, wait }) = provider.adapter.follow_up(&step) else {
                return Ok(response);
            };
            if wait >= terms.left() {
                sleep(terms.left()).await;
                return Err(failure::timeout(terms.deadline, "waiting for the job to be done"));
            }
            sleep(wait).await;
            request = next;
        }
    }

    /// Removes what a flow left at the provider, the youngest first. A failure changes no verdict: the model did or
    /// did not serve.
    async fn clean_up(&self, left_behind: Vec<WireRequest>, verify_tls: bool) {
        let terms = Terms { start: Instant::now(), deadline: CLEAN_UP, verify_tls };
        for request in left_behind.into_iter().rev() {
            let url = request.url.clone();
            if let Err(failure) = self.ask(request, &terms, &mut None).await {
                tracing::warn!(host = url.host_str(), kind = ?failure.kind, "could not remove what a probe left");
            }
        }
    }

    async fn ask(
        &self,
        request: WireRequest,
        terms: &Terms,
        credential: &mut Option<Secret>,
    ) -> Result<WireResponse, Failure> {
        let mut signed = timeout(terms.left(), self.authorizer.authorize(request))
            .await
            .map_err(|_| failure::timeout(terms.deadline, "fetching a token"))?
            .map_err(|error| failure::credentials(&error))?;
        signed.verify_tls = terms.verify_tls;
        credential.clone_from(&signed.credential);
        timeout(terms.left(), self.transport.send(signed))
            .await
            .map_err(|_| failure::timeout(terms.deadline, "waiting for the answer"))?
            .map_err(|error| failure::transport(&error))
    }
}

/// Who is asked for what, all along a flow.
struct Asked<'a> {
    provider: &'static Provider,
    model: &'a str,
    call: &'a Call,
}

/// What holds for every request of a probe.
struct Terms {
    start: Instant,
    deadline: Duration,
    verify_tls: bool,
}

impl Terms {
    fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.start.elapsed())
    }
}

/// An outcome without a probe: nothing was sent.
pub(super) fn unsent(failure: Failure, redactor: &Redactor) -> Outcome {
    Outcome {
        checked_at: Timestamp::now(),
        latency: Duration::ZERO,
        failure: Some(Box::new(failure::presentable(failure, redactor, None))),
        rate_limit: None,
        probed_model: None,
        cost_usd: None,
        notes: Vec::new(),
    }
}

/// What is wrong with the first message of a WebSocket session, or the handshake before it, if anything.
fn judge_session(provider: &'static Provider, call: &Call, response: &WireResponse) -> Option<Failure> {
    match response.status {
        101 => match provider.adapter.verify(call, response) {
            Ok(()) => None,
            Err(ShapeError::Error(_)) => Some(failure::event(response, &provider.adapter.failure(response))),
            Err(error) => Some(failure::body(response, &error)),
        },
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

/// A hint at the right mode is worth more than one at the status.
fn suggest_mode(mode: Mode, model: &str, mut failure: Failure) -> Failure {
    if let Some(suggested) = mode_suggestion(mode, model, &failure) {
        failure.hint = Some(format!("set `model_info.mode: {suggested}`"));
    }
    failure
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
