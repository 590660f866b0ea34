//! Calls deployments on behalf of clients.
//!
//! The way of a call: `choose` says which deployments are meant and which one gets it, [`plan`](plan()) makes a request
//! of it, `exchange` sends that, `answer`, `stream` and `reader` pass the answer on in OpenAI's format, `tally` tells the board
//! what became of it. When a deployment fails before the client has got anything, one other is asked.
//!
//! Invariants: an answer in OpenAI's own format is passed on without being taken apart; nothing is read from a provider faster than
//! the client takes it; a dropped answer is a dropped request.

mod answer;
mod choose;
mod envelope;
mod error;
mod exchange;
mod fault;
mod headers;
mod images;
mod limits;
mod plan;
mod reader;
mod refusals;
mod stream;
mod tally;
mod turns;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use crate::config::Config;
use crate::credentials::Authorizer;
use crate::domain::{Call, Deployment, Glob, Mode};
use crate::state::{Board, ErrorKind};
use crate::transport::Transport;

use choose::{Candidate, Group};
use exchange::Exchange;
use fault::Witness;
use limits::TimeLimit;
use refusals::Refusals;
use tally::Tally;
use turns::Turns;

pub use error::CallError;
pub use fault::Fault;
pub use plan::{CallPlan, PlanError, Planned, plan};
pub use refusals::RefusalCounts;
pub use stream::AnswerStream;
pub use tally::Origin;

/// What a client asks.
#[derive(Debug, Clone)]
pub struct Ask {
    /// A deployment's id or a public name.
    pub model: String,
    /// The names that the client may call; `None` for all.
    pub models: Option<Arc<[Glob]>>,
    /// The endpoint.
    pub mode: Mode,
    /// The rest of the request's body, without `model` and `stream`.
    pub payload: Map<String, Value>,
    /// Whether the answer is to come in pieces.
    pub stream: bool,
    /// Where it comes from.
    pub origin: Arc<Origin>,
    /// How long it may take up to the first piece, or to the end where it is not streamed, if the client says so.
    pub timeout: Option<Duration>,
    /// How many other deployments may be asked when one fails, if the client says so.
    pub retries: Option<u32>,
}

impl Ask {
    /// Whether the client may call these deployments, by their public name or by what it asks for.
    fn may_call(&self, group: Option<&Group>) -> bool {
        let Some(globs) = &self.models else { return true };
        let public = group.map(Group::public_name);
        let asked = group.is_none_or(|group| !group.is_exact).then_some(self.model.as_str());
        public.into_iter().chain(asked).any(|name| globs.iter().any(|glob| glob.matches(name)))
    }

    /// Whether a streamed answer is to say what it took.
    fn wants_usage(&self) -> bool {
        let options = self.payload.get("stream_options");
        options.and_then(|options| options.get("include_usage")).and_then(Value::as_bool) == Some(true)
    }
}

/// What came of a call, and how it came about.
pub struct Called {
    /// Who was asked last; `None` when nobody was.
    pub asked: Option<Arc<Deployment>>,
    /// The address of its API: what the configuration says, secrets and all, or else its origin. `None` when no request
    /// could be made.
    pub base: Option<String>,
    /// What it said about limits and about the request, named as LiteLLM does.
    pub heard: HeaderMap,
    /// How many other deployments were asked before.
    pub retries: u32,
    /// The answer.
    pub answer: Result<Answer, CallError>,
}

/// An answer in OpenAI's format.
pub enum Answer {
    /// JSON.
    Whole(Bytes),
    /// Server-sent events.
    Stream(Box<AnswerStream>),
}

/// Calls deployments of whatever configuration is in force.
pub struct Proxy {
    config: Arc<ArcSwap<Config>>,
    transport: Arc<dyn Transport>,
    authorizer: Arc<Authorizer>,
    board: Arc<Board>,
    turns: Turns,
    refusals: Refusals,
}

impl Proxy {
    /// A proxy that sends over this transport, authorises with the tokens that probes use too, and tells this board.
    #[must_use]
    pub fn new(
        config: Arc<ArcSwap<Config>>,
        transport: Arc<dyn Transport>,
        authorizer: Arc<Authorizer>,
        board: Arc<Board>,
    ) -> Arc<Self> {
        Arc::new(Self {
            config,
            transport,
            authorizer,
            board,
            turns: Turns::default(),
            refusals: Refusals::default(),
        })
    }

    /// Calls a deployment. A streamed answer has brought its first piece when this returns.
    pub async fn call(&self, ask: &Ask) -> Called {
        let called = self.call_any(ask).await;
        if let Err(error) = &called.answer {
            self.tell(ask, called.asked.as_deref(), error);
        }
        called
    }

    async fn call_any(&self, ask: &Ask) -> Called {
        let asked_at = Instant::now();
        let config = self.config.load_full();
        let group = choose::group(&config, &ask.model);
        if !ask.may_call(group.as_ref()) {
            return Called::nobody(CallError::Forbidden(ask.model.clone()));
        }
        let Some(group) = group else {
            return Called::nobody(CallError::UnknownModel(ask.model.clone()));
        };
        let mut left = self.usable(&group, &config);
        let turn = if left.len() > 1 { self.turns.next(group.public_name()) } else { 0 };
        let mut retries = 0;
        let mut failed = None;
        loop {
            let Some(chosen) = choose::choose(&left, turn, |id| self.board.under_way(id)) else {
                return Called::nobody(CallError::NoneUsable(ask.model.clone()));
            };
            let traffic = self.board.traffic(&chosen.deployment.id).unwrap_or_default();
            let limit = TimeLimit::of(ask, asked_at, &chosen.deployment, &config.settings.proxy);
            let tally = Tally::new(&self.board, &config, &chosen.deployment, &ask.origin, &traffic, retries);
            let mut called = self.attempt(chosen, ask, &config, limit, tally).await;
            called.retries = retries;
            if let Some(failed) = failed {
                traffic.fall_back(failed, called.answer.is_ok());
            }
            let Err(error) = &called.answer else { return called };
            if left.len() == 1 || (limit.is_the_clients && limit.until <= Instant::now()) {
                return called;
            }
            match error {
                CallError::Failed(fault) if fault.may_be_retried() => {
                    if retries >= limits::retries(ask, &chosen.deployment, &config.settings.proxy) {
                        return called;
                    }
                    retries += 1;
                    failed = Some(fault.error_kind());
                    traffic.retry();
                }
                // Nobody was asked, and another provider may have what this one has not.
                CallError::Refused(error) if error.is_the_providers() => {}
                _ => return called,
            }
            left.retain(|other| !std::ptr::eq(*other, chosen));
        }
    }

    /// What clients were told whose calls reached no deployment.
    #[must_use]
    pub fn refusals(&self) -> RefusalCounts {
        self.refusals.counts()
    }

    /// Counts a call that can't even be read.
    pub fn refuse_unread(&self, origin: &Origin, status: u16) {
        self.refusals.count(origin, ErrorKind { status, class: "ProxyException" }, "");
    }

    /// Counts what a client is told that gets no answer.
    fn tell(&self, ask: &Ask, asked: Option<&Deployment>, error: &CallError) {
        match asked {
            Some(deployment) => {
                if let Some(traffic) = self.board.traffic(&deployment.id) {
                    traffic.tell(error.kind().told(ask.origin.route));
                }
            }
            None => self.refusals.count(&ask.origin, error.kind(), error.model_word()),
        }
    }

    /// Those of a group that may get traffic. The one that is called by its id may, whatever its state.
    fn usable<'a>(&self, group: &'a Group, config: &Config) -> Vec<&'a Candidate> {
        let all = &group.candidates;
        if group.is_exact {
            return all.iter().collect();
        }
        let deployments = all.iter().map(|candidate| &candidate.deployment);
        let decided = self.board.candidates(deployments, config, Timestamp::now());
        let is_usable = |id: &str| {
            let found = decided.all.iter().find(|decided| *decided.deployment.id == *id);
            found.is_none_or(|found| decided.may_use(found))
        };
        all.iter().filter(|candidate| is_usable(&candidate.deployment.id)).collect()
    }

    async fn attempt(
        &self,
        candidate: &Candidate,
        ask: &Ask,
        config: &Arc<Config>,
        limit: TimeLimit,
        mut tally: Tally,
    ) -> Called {
        let deployment = &candidate.deployment;
        let mut called = Called {
            asked: Some(Arc::clone(deployment)),
            base: None,
            heard: HeaderMap::new(),
            retries: 0,
            answer: Err(CallError::Failed(fault::defect())),
        };
        let plan = match self.plan(candidate, ask, config, limit).await {
            Ok(plan) => plan,
            Err(error) => {
                tally.end(&error);
                called.answer = Err(error);
                return called;
            }
        };
        tally.asks(plan.provider.slug, &plan.model);
        called.base = Some(base(deployment, &plan));
        let witness = Witness::new(plan.provider.slug, Arc::clone(config));
        let exchange = Exchange {
            transport: &self.transport,
            authorizer: &self.authorizer,
            provider: plan.provider,
            witness: witness.clone(),
            verify_tls: plan.verify_tls,
            limit: config.settings.proxy.max_answer_bytes,
            heard: &mut called.heard,
        };
        let idle = config.settings.proxy.idle_timeout;
        let answered = timeout_at(limit.until, answer::answer(exchange, plan, ask, idle)).await;
        called.answer = match answered {
            Ok(Ok((Answer::Stream(mut stream), usage))) => {
                stream.watch(tally, usage);
                Ok(Answer::Stream(stream))
            }
            Ok(Ok((answer, usage))) => {
                tally.succeed(usage);
                Ok(answer)
            }
            Ok(Err(fault)) => {
                tally.fail(&fault);
                Err(CallError::Failed(fault))
            }
            Err(_) => {
                let fault = witness.late(limit.limit);
                if limit.is_the_clients {
                    tally.run_out();
                } else {
                    tally.fail(&fault);
                }
                Err(CallError::Failed(fault))
            }
        };
        called
    }

    /// The request of an attempt, with the images in it that the provider does not fetch itself.
    async fn plan(
        &self,
        candidate: &Candidate,
        ask: &Ask,
        config: &Config,
        limit: TimeLimit,
    ) -> Result<CallPlan, CallError> {
        let settings = &config.settings;
        let plan = |call: Call| {
            let planned = plan(
                &candidate.deployment,
                &candidate.model,
                call,
                &settings.probe,
                &config.env,
                &config.catalog,
            );
            planned.map_err(|error| {
                if error.is_the_callers() {
                    CallError::Refused(error)
                } else {
                    CallError::Failed(fault::unplannable(&error, &config.redactor))
                }
            })
        };
        let mut call = Call::new(ask.mode, ask.payload.clone()).streamed(ask.stream);
        // Once what it wants is there, a format wants nothing more.
        for _ in 0..2 {
            match plan(call)? {
                Planned::Ready(plan) => return Ok(*plan),
                Planned::Wants { addresses, call: unfinished } => {
                    call = unfinished;
                    let fetch = images::fetch(&*self.transport, &settings.proxy, &addresses, &mut call);
                    let fetched = timeout_at(limit.until, fetch).await;
                    let fetched = fetched.unwrap_or_else(|_| Err(images::late(limit.limit)));
                    fetched.map_err(|error| CallError::Refused(PlanError::Build(error)))?;
                }
            }
        }
        Err(CallError::Failed(fault::defect()))
    }
}

impl Called {
    /// Nobody was asked.
    fn nobody(error: CallError) -> Self {
        Self { asked: None, base: None, heard: HeaderMap::new(), retries: 0, answer: Err(error) }
    }
}

/// The address of a deployment's API.
fn base(deployment: &Deployment, plan: &CallPlan) -> String {
    let own = &deployment.params;
    let configured = own.str("api_base").or_else(|| own.str("base_url"));
    configured.map_or_else(|| plan.request.url.origin().ascii_serialization(), str::to_owned)
}
