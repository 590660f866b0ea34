//! What becomes of a call: counted, logged, and recorded on the board when it ends.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::config::Config;
use crate::domain::{Deployment, Outcome, TokenPrice, Usage};
use crate::probe::classify;
use crate::state::{Board, Judged, Served, Told, Traffic, UnderWay};

use super::error::CallError;
use super::fault::Fault;

/// Where a call comes from, for counts and log lines.
#[derive(Debug)]
pub struct Origin {
    /// The id of the call, as the client is told.
    pub id: String,
    /// The name of the client's key.
    pub caller: Arc<str>,
    /// The path of the endpoint.
    pub route: &'static str,
    /// When the request's head was there.
    pub received: Instant,
}

/// One attempt at a deployment. Dropped without a result it is one that nobody waited for, which says nothing of the
/// deployment.
pub(super) struct Tally {
    board: Arc<Board>,
    config: Arc<Config>,
    deployment: Arc<Deployment>,
    under_way: UnderWay,
    origin: Arc<Origin>,
    /// The provider, and the model as the provider names it, once that is known.
    asked: Option<(&'static str, String)>,
    /// How many other deployments were asked before.
    retries: u32,
    start: Instant,
    /// How long the first piece of a stream took.
    first_piece: Option<Duration>,
    is_over: bool,
}

impl Tally {
    /// Of an attempt that begins now.
    pub(super) fn new(
        board: &Arc<Board>,
        config: &Arc<Config>,
        deployment: &Arc<Deployment>,
        origin: &Arc<Origin>,
        traffic: &Arc<Traffic>,
        retries: u32,
    ) -> Self {
        Self {
            board: Arc::clone(board),
            config: Arc::clone(config),
            deployment: Arc::clone(deployment),
            under_way: traffic.enter(),
            origin: Arc::clone(origin),
            asked: None,
            retries,
            start: Instant::now(),
            first_piece: None,
            is_over: false,
        }
    }

    /// This model of this provider is asked.
    pub(super) fn asks(&mut self, provider: &'static str, model: &str) {
        self.asked = Some((provider, model.to_owned()));
    }

    /// It is a stream, and its first piece is here.
    pub(super) fn begin_stream(&mut self) {
        self.first_piece = Some(self.start.elapsed());
        self.under_way.open_stream();
    }

    /// The deployment has served the request.
    pub(super) fn succeed(mut self, usage: Usage) {
        self.is_over = true;
        let now = Instant::now();
        let traffic = self.under_way.traffic();
        let price = self
            .asked
            .as_ref()
            .map(|(provider, model)| traffic.price(&self.config, model, || self.price(provider, model)));
        let served = Served {
            route: self.origin.route,
            latency: now - self.start,
            total: now - self.origin.received,
            first_piece: self.first_piece,
            usage,
            cost_usd: price.and_then(|price| price.cost_usd(usage)),
        };
        let is_news = traffic.serve(now, &served);
        if self.is_check() {
            let judged = || judged(served.latency, None);
            self.board.record_success(&self.deployment.id, is_news, judged);
        }
        tracing::debug!(
            call_id = self.origin.id,
            caller = &*self.origin.caller,
            route = self.origin.route,
            model_id = &*self.deployment.id,
            model_group = self.deployment.model_name,
            status = 200,
            duration_ms = milliseconds(served.total),
            first_piece_ms = self.first_piece.map(milliseconds),
            input_tokens = usage.input,
            output_tokens = usage.output,
            retries = self.retries,
            "call_complete"
        );
    }

    /// It has not. What a stream's client is told goes with it; all else is told by who chooses deployments.
    pub(super) fn fail(mut self, fault: &Fault) {
        self.is_over = true;
        let now = Instant::now();
        let error = fault.error_kind();
        let traffic = self.under_way.traffic();
        traffic.fail(now, error, fault.retry_after());
        let latency = now - self.start;
        let judged = judged(latency, Some(fault));
        self.board.record_failure(&self.deployment.id, &judged, self.is_check());
        tracing::info!(
            call_id = self.origin.id,
            caller = &*self.origin.caller,
            route = self.origin.route,
            model_id = &*self.deployment.id,
            model_group = self.deployment.model_name,
            status = error.status,
            class = error.class,
            duration_ms = milliseconds(latency),
            first_piece_ms = self.first_piece.map(milliseconds),
            retries = self.retries,
            // What a provider says of a request may repeat it.
            error = judged.is_about_deployment().then_some(&*fault.failure.message),
            "call_failed"
        );
        if self.first_piece.is_some() {
            traffic.break_stream();
            traffic.tell(error.told(self.origin.route));
        }
    }

    /// There is no request to send.
    pub(super) fn end(mut self, error: &CallError) {
        if let CallError::Failed(fault) = error {
            return self.fail(fault);
        }
        self.is_over = true;
        let kind = error.kind();
        tracing::debug!(
            call_id = self.origin.id,
            caller = &*self.origin.caller,
            route = self.origin.route,
            model_id = &*self.deployment.id,
            model_group = self.deployment.model_name,
            status = kind.status,
            class = kind.class,
            "call_refused"
        );
    }

    /// The client would wait no longer.
    pub(super) fn run_out(mut self) {
        self.is_over = true;
        self.abandon();
    }

    fn abandon(&self) {
        self.under_way.traffic().abandon();
        tracing::debug!(
            call_id = self.origin.id,
            caller = &*self.origin.caller,
            route = self.origin.route,
            model_id = &*self.deployment.id,
            model_group = self.deployment.model_name,
            duration_ms = milliseconds(self.start.elapsed()),
            first_piece_ms = self.first_piece.map(milliseconds),
            retries = self.retries,
            "call_abandoned"
        );
    }

    fn is_check(&self) -> bool {
        self.config.settings.proxy.is_passive_check
    }

    /// What tokens cost: as the deployment says, else by the catalog.
    fn price(&self, provider: &str, model: &str) -> TokenPrice {
        let own = |key: &str| {
            let Deployment { params, info, .. } = &*self.deployment;
            params.get(key).or_else(|| info.get(key))?.as_f64()
        };
        let facts = self.config.catalog.lookup_for(provider, model);
        TokenPrice {
            input: own("input_cost_per_token").or_else(|| facts?.input_cost),
            output: own("output_cost_per_token").or_else(|| facts?.output_cost),
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        if !self.is_over {
            // What the client would have been told nobody knows: 499, as LiteLLM has it.
            self.under_way.traffic().tell(Told { route: self.origin.route, status: 499, class: None });
            self.abandon();
        }
    }
}

fn judged(latency: Duration, fault: Option<&Fault>) -> Judged {
    let outcome = Outcome {
        checked_at: Timestamp::now(),
        latency,
        failure: fault.map(|fault| Box::new(fault.failure.clone())),
        rate_limit: fault.and_then(|fault| fault.rate_limit.clone()),
        probed_model: None,
        cost_usd: None,
        notes: Vec::new(),
    };
    // How long an answer takes depends on what was asked, so that none is called slow.
    let verdict = classify(&outcome, None);
    Judged { outcome: Arc::new(outcome), verdict }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
