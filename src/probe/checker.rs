//! The face of probing: check a scope, test one deployment.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::config::Config;
use crate::credentials::Authorizer;
use crate::domain::Deployment;
use crate::state::{Board, Calendar};
use crate::transport::Transport;

use super::cycle::Cycle;
use super::eligible::eligible;
use super::fanout::{FanOut, Meter};
use super::lessons::Lessons;
use super::pace::Pace;
use super::run::{Prober, unsent};
use super::schedule::{Schedule, Scheduler};
use super::self_check::SelfCheck;
use super::shared::{Shared, judge, plan_alone};
use super::tally::{ProbeCounts, Tally};
use super::{Checked, InFlight, Report, Scope, Skipped, Source, failure};

/// Checks deployments, on demand and by the schedule, and publishes each result on the board as it lands.
pub struct Checker {
    shared: Arc<Shared>,
    runs: Arc<Mutex<HashMap<Scope, Run>>>,
    runtime: Handle,
    is_closed: AtomicBool,
    /// The task of the schedule, once there is one. It ends with the checker.
    watch: OnceLock<AbortOnDropHandle<()>>,
}

impl Checker {
    /// A checker of whatever configuration is in force when it is asked. Its probes run on the runtime that it
    /// is made on, whichever one asks.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[must_use]
    pub fn new(config: Arc<ArcSwap<Config>>, transport: Arc<dyn Transport>, board: Arc<Board>) -> Arc<Self> {
        board.adopt(&config.load());
        let self_check = SelfCheck::new(Arc::clone(&config), Arc::clone(&board), Arc::clone(&transport));
        let shared = Shared {
            config,
            board,
            prober: Prober::new(transport),
            limits: Arc::default(),
            flights: Arc::default(),
            pace: Pace::default(),
            budget: Arc::default(),
            lessons: Lessons::default(),
            schedule: Schedule::default(),
            self_check,
            tally: Tally::default(),
        };
        let runtime = Handle::current();
        Arc::new(Self {
            shared: Arc::new(shared),
            runs: Arc::default(),
            runtime,
            is_closed: AtomicBool::new(false),
            watch: OnceLock::new(),
        })
    }

    /// Begins to probe by the schedule, as far as the configuration in force wants that, now or after a reload.
    pub fn watch(&self) {
        self.watch.get_or_init(|| {
            let scheduler = Scheduler::new(Arc::clone(&self.shared));
            AbortOnDropHandle::new(self.runtime.spawn(scheduler.run()))
        });
    }

    /// Puts a configuration in force, at once. What is known of deployments that stay, stays.
    pub fn reload(&self, config: Arc<Config>) {
        self.shared.board.adopt(&config);
        self.shared.config.store(config);
        self.shared.schedule.reload();
    }

    /// What is known of a scope without any probe: the latest outcome of every deployment that is probed in the
    /// background.
    #[must_use]
    pub fn latest(&self, scope: &Scope) -> Report {
        let config = self.shared.config.load_full();
        let (eligible, skipped) = select(&config, scope, Source::Background, None);
        let board = &self.shared.board;
        let (snapshot, now) = (board.snapshot(), Timestamp::now());
        let total = eligible.len();
        let known = eligible.into_iter().filter_map(|deployment| {
            let standing = snapshot.get(&deployment.id)?;
            let judged = standing.latest.clone()?;
            let maintenance = board.calendar().of(&deployment, now).map(Box::new);
            let standing = Some(Arc::clone(standing));
            Some(Checked { maintenance, standing, ..Checked::new(deployment, judged) })
        });
        let checked: Vec<Checked> = known.collect();
        let unknown = total - checked.len();
        Report { config, checked, skipped, unknown, suspension: board.suspension() }
    }

    /// Checks a scope and waits for the report.
    ///
    /// Callers that want the same at the same time share one run, and a caller that stops waiting does
    /// not stop it.
    pub async fn check(&self, scope: Scope, source: Source) -> Arc<Report> {
        self.start(scope, source).report().await
    }

    /// Starts to check a scope, or joins the run that does so already with the same configuration.
    #[must_use]
    pub fn start(&self, scope: Scope, source: Source) -> Run {
        let config = self.shared.config.load_full();
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = runs.get(&scope).filter(|run| Arc::ptr_eq(&run.config, &config)) {
            Cycle::joined(source);
            return run.clone();
        }
        let (sender, report) = watch::channel(None);
        let (mut eligible, mut skipped) = select(&config, &scope, source, Some(self.shared.board.calendar()));
        if self.is_closed.load(Ordering::Acquire) {
            let late = eligible.drain(..);
            skipped.extend(late.map(|one| Skipped { model_id: one.id.clone(), reason: "shutting down" }));
        }
        let run = Run { config, meter: Arc::default(), total: eligible.len(), report };
        runs.insert(scope.clone(), run.clone());
        drop(runs);
        let task = Task { shared: Arc::clone(&self.shared), run: run.clone(), eligible, skipped, source };
        let runs = Arc::clone(&self.runs);
        self.runtime.spawn(async move {
            let config = Arc::clone(&task.run.config);
            let report = task.carry_out().await;
            let mut runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
            if runs.get(&scope).is_some_and(|run| Arc::ptr_eq(&run.config, &config)) {
                runs.remove(&scope);
            }
            drop(runs);
            sender.send_replace(Some(Arc::new(report)));
        });
        run
    }

    /// Probes a deployment that is not in the configuration in force, but in one of its own, whose settings,
    /// environment and secrets count. The board does not hear of it.
    ///
    /// Unless `lend` is true nothing of this machine's own identity goes with it: no credentials file,
    /// no token or key of a metadata service.
    pub async fn test(&self, deployment: Arc<Deployment>, config: &Config, lend: bool) -> Checked {
        let outcome = match plan_alone(&deployment, config) {
            Ok(plan) if !lend && !plan.request.auth.is_self_contained() => {
                unsent(failure::not_lent(), &config.redactor)
            }
            Ok(plan) => {
                let lane = self.shared.limits.lane(&plan, &config.settings.probe);
                let _permit = self.shared.limits.wait(&lane, &config.settings.probe).await;
                self.shared.probe_stranger(plan, config).await
            }
            Err(failure) => unsent(failure, &config.redactor),
        };
        let judged = judge(&deployment, outcome);
        Checked::new(deployment, judged)
    }

    /// From now on runs that are under way go on, and new ones pass every deployment over.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.shared.schedule.close();
    }

    /// The runtime that probes run on.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// What authorises its requests: whoever asks the same providers need not fetch tokens again.
    #[must_use]
    pub fn authorizer(&self) -> &Arc<Authorizer> {
        self.shared.prober.authorizer()
    }

    /// How many probes are under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.limits.in_flight().total
    }

    /// The same by what they count against.
    #[must_use]
    pub fn in_flight_by(&self) -> InFlight {
        self.shared.limits.in_flight()
    }

    /// What probing has done since the process began, by provider.
    #[must_use]
    pub fn probe_counts(&self) -> BTreeMap<&'static str, ProbeCounts> {
        self.shared.tally.by_provider()
    }

    /// When the schedule probes a deployment next; `None` if it does not at all. A moment in the past means that the
    /// probe waits for room.
    #[must_use]
    pub fn next_due(&self, id: &str) -> Option<Timestamp> {
        self.shared.schedule.next_due(id)
    }

    /// How many probes of the schedule are due and wait for room.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.schedule.queued()
    }

    /// How often a deployment was left alone because its provider asked for that.
    #[must_use]
    pub fn deferrals(&self) -> u64 {
        self.shared.schedule.deferrals()
    }

    /// What probes have cost today, in US dollars, as far as prices are known. The day is that of UTC.
    #[must_use]
    pub fn spent_usd(&self) -> f64 {
        self.shared.budget.spent(Timestamp::now())
    }

    /// The same for a deployment that has a daily budget of its own.
    #[must_use]
    pub fn spent_usd_by(&self, id: &str) -> f64 {
        self.shared.budget.spent_by(id, Timestamp::now())
    }
}

/// The deployments of a scope that may be probed, each id once, and the others with the reason. Without a calendar those in
/// maintenance are not told apart.
fn select(
    config: &Config,
    scope: &Scope,
    source: Source,
    calendar: Option<&Calendar>,
) -> (Vec<Arc<Deployment>>, Vec<Skipped>) {
    let now = Timestamp::now();
    let wanted: Option<HashSet<&str>> = match scope {
        Scope::All => None,
        Scope::Ids(ids) => Some(ids.iter().map(|id| &**id).collect()),
    };
    let mut seen = HashSet::new();
    let mut chosen = Vec::new();
    let mut skipped = Vec::new();
    for deployment in config.fleet.all() {
        let id = &deployment.id;
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&**id)) {
            continue;
        }
        let verdict = if !seen.insert(&**id) {
            Err("another entry of model_list has the same id")
        } else if calendar.is_some_and(|calendar| !calendar.is_probed(deployment, now)) {
            Err("it is in maintenance, and not to be probed")
        } else {
            eligible(deployment, source, &config.settings.background)
        };
        match verdict {
            Ok(()) => chosen.push(Arc::clone(deployment)),
            Err(reason) => skipped.push(Skipped { model_id: Arc::clone(id), reason }),
        }
    }
    (chosen, skipped)
}

/// A fan-out under way, held by all that wait for it.
#[derive(Clone)]
pub struct Run {
    config: Arc<Config>,
    meter: Arc<Meter>,
    total: usize,
    report: watch::Receiver<Option<Arc<Report>>>,
}

/// How far a fan-out is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Deployments judged so far.
    pub done: usize,
    /// Deployments to be judged.
    pub total: usize,
}

impl Run {
    /// How far it is; to be asked as often as a progress bar is drawn.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.meter.done.load(Ordering::Relaxed), total: self.total }
    }

    /// Waits for the end. The run goes on when this is dropped.
    pub async fn report(mut self) -> Arc<Report> {
        match self.report.wait_for(Option::is_some).await.map(|report| report.clone()) {
            Ok(Some(report)) => report,
            // The run's task is gone, which happens only when the runtime is being torn down, and
            // then whoever waits here is about to go too.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// What the task of a run works on.
struct Task {
    shared: Arc<Shared>,
    run: Run,
    eligible: Vec<Arc<Deployment>>,
    skipped: Vec<Skipped>,
    source: Source,
}

impl Task {
    async fn carry_out(self) -> Report {
        let Self { shared, run, eligible, mut skipped, source } = self;
        let cycle = Cycle::start(source, eligible.len(), skipped.len());
        let fan_out = FanOut::new(&shared, &run.config, &eligible, &run.meter).run();
        // Probes contain their own defects. One in the fan-out itself must still answer those who wait, and
        // leave the way free for the next run.
        let Ok((mut checked, unprobed)) = AssertUnwindSafe(fan_out).catch_unwind().await else {
            cycle.fail();
            let judged = |deployment: &Arc<Deployment>| {
                let outcome = unsent(failure::internal(), &run.config.redactor);
                Checked::new(Arc::clone(deployment), judge(deployment, outcome))
            };
            let checked = eligible.iter().map(judged).collect();
            return Report {
                config: Arc::clone(&run.config),
                checked,
                skipped,
                unknown: 0,
                suspension: None,
            };
        };
        let now = Timestamp::now();
        for one in &mut checked {
            one.maintenance = shared.board.calendar().of(&one.deployment, now).map(Box::new);
            one.standing = shared.board.get(&one.deployment.id);
        }
        skipped.extend(unprobed);
        let suspension = shared.board.suspension();
        let report = Report { config: Arc::clone(&run.config), checked, skipped, unknown: 0, suspension };
        cycle.complete(&report, run.meter.peak.load(Ordering::Relaxed));
        report
    }
}
