//! Where the process is in its life, for readiness, draining and the backlog.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// The phases of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not ready yet.
    Starting,
    /// Serves.
    Ready,
    /// Leaving: no new work is wanted, what is under way ends.
    Draining,
}

/// The life of this process. It goes one way: starting, ready, draining.
pub struct Lifecycle {
    started: Instant,
    /// What has to be done before the daemon can serve.
    pending: ArcSwap<Vec<&'static str>>,
    draining: AtomicBool,
    in_flight: AtomicUsize,
    request_ended: Notify,
}

impl Lifecycle {
    /// A life that begins now, and is ready once all these steps are finished.
    #[must_use]
    pub fn starting(steps: &[&'static str]) -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            pending: ArcSwap::from_pointee(steps.to_vec()),
            draining: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            request_ended: Notify::new(),
        })
    }

    /// The phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        if self.draining.load(Ordering::Acquire) {
            Phase::Draining
        } else if self.pending.load().is_empty() {
            Phase::Ready
        } else {
            Phase::Starting
        }
    }

    /// The steps that the daemon still waits for before it can serve.
    #[must_use]
    pub fn pending(&self) -> Arc<Vec<&'static str>> {
        self.pending.load_full()
    }

    /// A step is done. After the last one the daemon is ready.
    pub fn finish(&self, step: &str) {
        self.pending
            .rcu(|pending| pending.iter().copied().filter(|other| *other != step).collect::<Vec<_>>());
    }

    /// The daemon leaves from now on. There is no way back but a restart.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// How long the process has been up.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Counts a request as long as the value lives.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(Arc::clone(self))
    }

    /// How many requests are under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Waits until no more than `left` requests are under way, and returns how many ended meanwhile. Gives up after `limit`.
    pub async fn wait_until_left(&self, left: usize, limit: Duration) -> usize {
        let before = self.in_flight();
        let fewer = async {
            loop {
                let ended = self.request_ended.notified();
                if self.in_flight() <= left {
                    return;
                }
                ended.await;
            }
        };
        // Giving up is an answer too: the count below says how far it came.
        drop(timeout(limit, fewer).await);
        before.saturating_sub(self.in_flight())
    }
}

/// A request under way.
pub struct InFlight(Arc<Lifecycle>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.0.request_ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_goes_one_way() {
        let lifecycle = Lifecycle::starting(&["store", "server"]);
        lifecycle.finish("store");
        assert_eq!(lifecycle.phase(), Phase::Starting);
        assert_eq!(*lifecycle.pending(), ["server"]);
        lifecycle.finish("server");
        assert_eq!(lifecycle.phase(), Phase::Ready);
        lifecycle.drain();
        lifecycle.finish("server");
        assert_eq!(lifecycle.phase(), Phase::Draining);
    }

    #[tokio::test(start_paused = true)]
    async fn draining_waits_for_requests_but_not_for_ever() {
        let lifecycle = Lifecycle::starting(&[]);
        let own = lifecycle.enter();
        let other = lifecycle.enter();
        assert_eq!(lifecycle.wait_until_left(1, Duration::from_secs(30)).await, 0);
        let waiting = tokio::spawn({
            let lifecycle = Arc::clone(&lifecycle);
            async move { lifecycle.wait_until_left(1, Duration::from_secs(30)).await }
        });
        tokio::task::yield_now().await;
        drop(other);
        assert_eq!(waiting.await.unwrap(), 1);
        assert_eq!(lifecycle.in_flight(), 1);
        drop(own);
    }
}
