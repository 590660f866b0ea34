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
mod loads;
mod plan;
mod reader;
mod stream;
mod tally;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use crate::config::Config;
use crate::credentials::Authorizer;
use crate::domain::{Call, Deployment, Glob, Mode};
use crate::state::Board;
use crate::transport::Transport;

use choose::{Candidate, Group};
use exchange::Exchange;
use fault::Witness;
use loads::Loads;
use tally::Tally;

pub use error::CallError;
pub use fault::Fault;
pub use plan::{CallPlan, PlanError, Planned, plan};
pub use stream::AnswerStream;

/// How many deployments are tried at most.
const ATTEMPTS: u32 = 2;

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
    /// How long it may take up to the first piece, or to the end where it is not streamed, if the client says so.
    pub timeout: Option<Duration>,
}

impl Ask {
    /// Whether the client may call these deployments, by their public name or by what it asks for of a pattern.
    fn may_call(&self, group: &Group<'_>) -> bool {
        let Some(globs) = &self.models else { return true };
        let public = group.candidates.first().map(|candidate| &candidate.deployment.model_name);
        let asked = (!group.is_exact).then_some(&self.model);
        public.into_iter().chain(asked).any(|name| globs.iter().any(|glob| glob.matches(name)))
    }

    /// Whether a streamed answer is to say what it took.
    fn wants_usage(&self) -> bool {
        let options = self.payload.get("stream_options");
        options.and_then(|options| options.get("include_usage")).and_then(Value::as_bool) == Some(true)
    }
}

/// An answer, with how it came about.
pub struct Answered {
    /// Who answered.
    pub deployment: Arc<Deployment>,
    /// The public name, or the pattern, that the deployment was chosen by; its id, if it was called by that.
    pub group: String,
    /// The address of its API: what the configuration says, or else its origin.
    pub base: String,
    /// How many other deployments were asked before.
    pub retries: u32,
    /// What the provider's response headers tell the client: limits, and ids of the request.
    pub headers: HeaderMap,
    /// The answer.
    pub answer: Answer,
}

/// An answer in OpenAI's format.
pub enum Answer {
    /// JSON.
    Whole(Bytes),
    /// Server-sent events.
    Stream(Box<AnswerStream>),
}

/// What one deployment made of a call.
struct Reply {
    answer: Answer,
    base: String,
    headers: HeaderMap,
}

/// Calls deployments of whatever configuration is in force.
pub struct Proxy {
    config: Arc<ArcSwap<Config>>,
    transport: Arc<dyn Transport>,
    authorizer: Arc<Authorizer>,
    board: Arc<Board>,
    loads: Arc<Loads>,
    turn: AtomicU64,
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
            loads: Arc::default(),
            turn: AtomicU64::new(0),
        })
    }

    /// Calls a deployment. A streamed answer has brought its first piece when this returns.
    pub async fn call(&self, ask: Ask) -> Result<Answered, CallError> {
        let config = self.config.load_full();
        let name = config.settings.proxy.aliases.get(&ask.model).unwrap_or(&ask.model);
        let group = choose::group(&config.fleet, name).filter(|group| ask.may_call(group));
        let Some(group) = group else {
            return Err(CallError::UnknownModel(ask.model));
        };
        let mut left = self.usable(&group, &config);
        let mut retries = 0;
        // A second attempt takes no turn of its own: it would be the same one's turn again and again to be asked first.
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        loop {
            let Some(chosen) = choose::choose(&left, turn, |id| self.loads.of(id)) else {
                return Err(CallError::NoneUsable(ask.model));
            };
            match self.attempt(chosen, &ask, &config).await {
                Ok(Reply { answer, base, headers }) => {
                    let deployment = Arc::clone(&chosen.deployment);
                    let group = group.name.into_owned();
                    return Ok(Answered { deployment, group, base, retries, headers, answer });
                }
                Err(CallError::Failed(fault))
                    if fault.may_be_retried() && left.len() > 1 && retries + 1 < ATTEMPTS =>
                {
                    retries += 1;
                    left.retain(|other| !std::ptr::eq(*other, chosen));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Those of a group that may get traffic. The one that is called by its id may, whatever its state.
    fn usable<'a>(&self, group: &'a Group<'_>, config: &Config) -> Vec<&'a Candidate> {
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
    ) -> Result<Reply, CallError> {
        let deployment = &candidate.deployment;
        let limit = time_limit(ask, deployment, config);
        let start = Instant::now();
        let plan = self.plan(candidate, ask, config, limit).await?;
        let tally = Tally {
            board: Arc::clone(&self.board),
            deployment: Arc::clone(deployment),
            is_check: config.settings.proxy.is_passive_check,
            start,
            _under_way: self.loads.enter(deployment),
        };
        let base = config.redactor.clean(&base(deployment, &plan)).into_owned();
        let witness = Witness::new(plan.provider.slug, Arc::clone(config));
        let exchange = Exchange {
            transport: &self.transport,
            authorizer: &self.authorizer,
            provider: plan.provider,
            witness: witness.clone(),
            verify_tls: plan.verify_tls,
            limit: config.settings.proxy.max_answer_bytes,
        };
        let idle = config.settings.proxy.idle_timeout;
        let left = limit.saturating_sub(start.elapsed());
        let answered = timeout(left, answer::answer(exchange, plan, ask, idle)).await;
        match answered.unwrap_or_else(|_| Err(witness.late(limit))) {
            Ok((mut answer, headers)) => {
                match &mut answer {
                    Answer::Stream(stream) => stream.watch(tally),
                    Answer::Whole(_) => tally.succeed(),
                }
                let headers = headers::passed_on(&headers, &config.redactor);
                Ok(Reply { answer, base, headers })
            }
            Err(fault) => {
                tally.fail(&fault);
                Err(CallError::Failed(fault))
            }
        }
    }

    /// The request of an attempt, with the images in it that the provider does not fetch itself.
    async fn plan(
        &self,
        candidate: &Candidate,
        ask: &Ask,
        config: &Config,
        limit: Duration,
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
                    let fetched = timeout(limit, fetch).await;
                    let fetched = fetched.unwrap_or_else(|_| Err(images::late(limit)));
                    fetched.map_err(|error| CallError::Refused(PlanError::Build(error)))?;
                }
            }
        }
        Err(CallError::Failed(fault::defect()))
    }
}

/// The address of a deployment's API.
fn base(deployment: &Deployment, plan: &CallPlan) -> String {
    let own = &deployment.params;
    let configured = own.str("api_base").or_else(|| own.str("base_url"));
    configured.map_or_else(|| plan.request.url.origin().ascii_serialization(), str::to_owned)
}

/// How long an attempt may take: as the client says, else the deployment, else the settings.
fn time_limit(ask: &Ask, deployment: &Deployment, config: &Config) -> Duration {
    let own = |key: &str| {
        let value = deployment.params.get(key)?;
        let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero())
    };
    let settings = &config.settings.proxy;
    let of_streams = || if ask.stream { own("stream_timeout") } else { None };
    let of_stream_settings = || if ask.stream { settings.stream_timeout } else { None };
    ask.timeout
        .or_else(of_streams)
        .or_else(|| own("timeout"))
        .or_else(of_stream_settings)
        .unwrap_or(settings.timeout)
}
