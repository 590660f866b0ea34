//! What clients' calls did at one deployment, counted as it happens.
//!
//! A deployment that was never called has no counts. One that was has its own, behind a lock of its own that is held for
//! a few additions, so that a call costs tens of nanoseconds and what is read is of one moment: a
//! histogram's sum belongs to its counts. They go with the deployment.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Config;
use crate::domain::{TokenPrice, Usage};

use super::cooldown::LONGEST_RETRY_AFTER;
use super::counted::{Counted, Histogram};

/// Upper bounds of LiteLLM's latencies, in seconds.
pub const LATENCY_BOUNDS: [f64; 17] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 420.0, 600.0];
/// Upper bounds of LiteLLM's latencies per token, in seconds.
pub const PER_TOKEN_BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// While nothing changes, a deployment that serves is told to do so this often.
const NEWS: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// What a client was told in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The path of the endpoint.
    pub route: &'static str,
    /// The HTTP status; that of a stream which broke is what its error event says.
    pub status: u16,
    /// LiteLLM's class of the error, if it is one.
    pub class: Option<&'static str>,
}

/// An error in LiteLLM's words: its status and its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorKind {
    /// `exception_status`.
    pub status: u16,
    /// `exception_class`, without the provider.
    pub class: &'static str,
}

impl ErrorKind {
    /// What a client is told who called this path.
    #[must_use]
    pub fn told(self, route: &'static str) -> Told {
        Told { route, status: self.status, class: Some(self.class) }
    }
}

/// A call that a deployment has served.
#[derive(Debug, Clone, Copy)]
pub struct Served {
    /// The path of the endpoint.
    pub route: &'static str,
    /// How long the deployment took, to the last byte.
    pub latency: Duration,
    /// How long the client waited, from its request's head to the last byte from the deployment.
    pub total: Duration,
    /// How long the first piece of a stream took.
    pub first_piece: Option<Duration>,
    /// What the answer took, as far as the provider said.
    pub usage: Usage,
    /// What that costs in US dollars, where prices are known.
    pub cost_usd: Option<f64>,
}

/// Counts of one deployment since it was first called.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficCounts {
    /// Calls that it served.
    pub successes: u64,
    /// Calls that it failed.
    pub failures: Counted<ErrorKind>,
    /// What clients were told in the end: a call that another deployment served is not among them.
    pub told: Counted<Told>,
    /// How long it took, in seconds.
    pub latency: Histogram,
    /// How long clients waited, in seconds.
    pub total_latency: Histogram,
    /// How long the first pieces of streams took, in seconds.
    pub first_piece: Histogram,
    /// How long it took for each token of an answer, in seconds.
    pub per_output_token: Histogram,
    /// Tokens of all answers.
    pub usage: Usage,
    /// What they cost in US dollars, where prices are known.
    pub cost_usd: Option<f64>,
    /// Streams that broke after their first piece.
    pub streams_broken: u64,
    /// Calls that the client did not wait for.
    pub abandoned: u64,
    /// Calls that it failed and another deployment was asked.
    pub retries: u64,
    /// Calls that it got because another deployment had failed in this way, and whether it served them.
    pub fallbacks: Counted<(ErrorKind, bool)>,
}

impl Default for TrafficCounts {
    fn default() -> Self {
        Self {
            successes: 0,
            failures: Counted::default(),
            told: Counted::default(),
            latency: Histogram::new(&LATENCY_BOUNDS),
            total_latency: Histogram::new(&LATENCY_BOUNDS),
            first_piece: Histogram::new(&LATENCY_BOUNDS),
            per_output_token: Histogram::new(&PER_TOKEN_BOUNDS),
            usage: Usage::default(),
            cost_usd: None,
            streams_broken: 0,
            abandoned: 0,
            retries: 0,
            fallbacks: Counted::default(),
        }
    }
}

/// Calls of one minute, for the rules that go by their share. A minute begins with its first call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    began: Option<Instant>,
    /// All of them.
    pub requests: u32,
    /// Those that failed, unless that was the caller's fault.
    pub failures: u32,
}

impl Minute {
    /// Counts a call.
    pub fn count(&mut self, now: Instant, is_failure: bool) {
        if self.began.is_none_or(|began| now.saturating_duration_since(began) >= MINUTE) {
            *self = Self { began: Some(now), ..Self::default() };
        }
        self.requests = self.requests.saturating_add(1);
        self.failures = self.failures.saturating_add(u32::from(is_failure));
    }
}

/// The calls of one deployment.
#[derive(Debug, Default)]
pub struct Traffic {
    under_way: AtomicUsize,
    open_streams: AtomicUsize,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    counts: TrafficCounts,
    minute: Minute,
    last_served: Option<Instant>,
    last_news: Option<Instant>,
    /// Until then the provider wants no requests.
    rests_until: Option<Instant>,
    priced: Option<Priced>,
}

/// What tokens cost, with what that depends on.
#[derive(Debug)]
struct Priced {
    config: Weak<Config>,
    model: String,
    price: TokenPrice,
}

impl Traffic {
    /// How many calls are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// How many of them are streams that have begun.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.open_streams.load(Ordering::Relaxed)
    }

    /// Everything that was counted.
    #[must_use]
    pub fn counts(&self) -> TrafficCounts {
        self.book().counts.clone()
    }

    /// Until when there is no need to probe the deployment: it has just served a call, which counts for an interval if it
    /// is well, or its provider wants no requests. `None` when there is.
    #[must_use]
    pub fn spares_probes_until(&self, now: Instant, interval: Duration, is_well: bool) -> Option<Instant> {
        let book = self.book();
        let served = book.last_served.filter(|_| is_well).and_then(|served| served.checked_add(interval));
        served.max(book.rests_until).filter(|until| now < *until)
    }

    /// Counts a call as under way as long as the value lives.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay { traffic: Arc::clone(self), is_open: false }
    }

    /// Counts a call that was served. Answers whether the board should hear of it, though it has heard of many: now and
    /// then it should, so that it knows how fresh its knowledge is.
    pub fn serve(&self, now: Instant, served: &Served) -> bool {
        let Book { counts, minute, last_served, last_news, .. } = &mut *self.book();
        minute.count(now, false);
        counts.successes += 1;
        counts.told.add(Told { route: served.route, status: 200, class: None });
        let latency = served.latency.as_secs_f64();
        counts.latency.observe(latency);
        counts.total_latency.observe(served.total.as_secs_f64());
        if let Some(first) = served.first_piece {
            counts.first_piece.observe(first.as_secs_f64());
        }
        if let Ok(tokens @ 1..) = u32::try_from(served.usage.output) {
            counts.per_output_token.observe(latency / f64::from(tokens));
        }
        counts.usage.add(served.usage);
        if let Some(cost) = served.cost_usd {
            *counts.cost_usd.get_or_insert_default() += cost;
        }
        *last_served = Some(now);
        let is_news = last_news.is_none_or(|last| now.saturating_duration_since(last) >= NEWS);
        if is_news {
            *last_news = Some(now);
        }
        is_news
    }

    /// Counts a call that the deployment failed, and heeds how long its provider wants to be left alone.
    pub fn fail(&self, now: Instant, error: ErrorKind, wait: Option<Duration>) {
        let mut book = self.book();
        book.counts.failures.add(error);
        if let Some(wait) = wait {
            book.rests_until = book.rests_until.max(now.checked_add(wait.min(LONGEST_RETRY_AFTER)));
        }
    }

    /// Counts what a client was told that got no answer, or would have been.
    pub fn tell(&self, told: Told) {
        self.book().counts.told.add(told);
    }

    /// Counts a stream that broke.
    pub fn break_stream(&self) {
        self.book().counts.streams_broken += 1;
    }

    /// Counts a call that the client did not wait for.
    pub fn abandon(&self) {
        self.book().counts.abandoned += 1;
    }

    /// Counts a call that another deployment is asked instead.
    pub fn retry(&self) {
        self.book().counts.retries += 1;
    }

    /// Counts a call that came because another deployment had failed.
    pub fn fall_back(&self, from: ErrorKind, is_served: bool) {
        self.book().counts.fallbacks.add((from, is_served));
    }

    /// What tokens of a model cost by this configuration: found anew when either is another than in the call before.
    pub fn price(&self, config: &Arc<Config>, model: &str, find: impl FnOnce() -> TokenPrice) -> TokenPrice {
        let mut book = self.book();
        if let Some(priced) = &book.priced
            && priced.config.as_ptr() == Arc::as_ptr(config)
            && priced.model == model
        {
            return priced.price;
        }
        let price = find();
        book.priced = Some(Priced { config: Arc::downgrade(config), model: model.to_owned(), price });
        price
    }

    /// Counts a call of this minute that failed, and answers with all calls of the minute.
    pub(super) fn fail_in_minute(&self, now: Instant, is_failure: bool) -> Minute {
        let mut book = self.book();
        book.minute.count(now, is_failure);
        book.minute
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
#[derive(Debug)]
pub struct UnderWay {
    traffic: Arc<Traffic>,
    is_open: bool,
}

impl UnderWay {
    /// Where it is counted.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// It is a stream, and has begun.
    pub fn open_stream(&mut self) {
        if !std::mem::replace(&mut self.is_open, true) {
            self.traffic.open_streams.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.traffic.under_way.fetch_sub(1, Ordering::Relaxed);
        if self.is_open {
            self.traffic.open_streams.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
