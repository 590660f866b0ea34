//! The events of a cycle, under the names that operators of LiteLLM filter for.

use std::time::Instant;

use tracing::{Level, debug, enabled};
use uuid::Uuid;

use super::{Report, Source};

/// One pass over a fleet, for log lines. All events are of level debug.
pub(super) struct Cycle {
    id: Uuid,
    source: Source,
    started: Instant,
}

impl Cycle {
    /// Tells that a cycle begins.
    pub(super) fn start(source: Source, deployments: usize, skipped: usize) -> Self {
        let cycle = Self { id: Uuid::now_v7(), source, started: Instant::now() };
        if deployments == 0 {
            debug!(%source, cycle_id = %cycle.id, skipped, reason = "no deployment to check", "health_check_cycle_skipped");
        } else {
            debug!(%source, cycle_id = %cycle.id, deployments, skipped, "health_check_cycle_start");
        }
        cycle
    }

    /// Tells that a caller found its run under way.
    pub(super) fn joined(source: Source) {
        debug!(%source, reason = "joined the run that is under way", "health_check_cycle_skipped");
    }

    /// Tells that a cycle broke off.
    pub(super) fn fail(self) {
        debug!(source = %self.source, cycle_id = %self.id, "health_check_cycle_failed");
    }

    /// Tells how a cycle went.
    pub(super) fn complete(self, report: &Report, peak_in_flight: usize) {
        if !enabled!(Level::DEBUG) {
            return;
        }
        let Self { id, source, started } = self;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let deployments = report.checked.len();
        let healthy = report.checked.iter().filter(|checked| checked.verdict.status.is_healthy()).count();
        let unhealthy = deployments - healthy;
        debug!(
            %source, cycle_id = %id, deployments, healthy, unhealthy, peak_in_flight, duration_ms,
            rss_bytes = rss_bytes(), "health_check_dispatch_summary"
        );
        debug!(%source, cycle_id = %id, deployments, healthy, unhealthy, duration_ms, "health_check_cycle_complete");
    }
}

/// The resident memory of this process; `None` where `/proc` does not say.
fn rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
