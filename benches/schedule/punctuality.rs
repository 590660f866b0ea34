//! How late probes are, by what the upstream noted.

use std::sync::Arc;
use std::time::Duration;

use llmhealth::probe::{Finished, Timetable, Wanted};

/// How late probes were.
pub(crate) struct Punctuality {
    pub(crate) probes: usize,
    /// The share that arrived within a second of its due time.
    pub(crate) within_a_second: f64,
    /// What all but one in a thousand stayed below.
    pub(crate) delay: Duration,
}

/// The id of a deployment.
pub(crate) fn id(number: usize) -> String {
    format!("deployment-{number:08}")
}

/// Reads the arrivals: a line each with the deployment's number and the microsecond.
///
/// The daemon's clock began at a moment that is not known here. It is taken to be the one by which the most punctual probe of
/// all was on time.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn of(arrivals: &str, fleet: usize, interval: Duration) -> Punctuality {
    let (_, lines) = arrivals.split_once("\r\n\r\n").expect("a body");
    let phases = phases(fleet, interval);
    let interval = interval.as_micros();
    let offsets: Vec<u128> = lines
        .lines()
        .map(|line| {
            let (number, micros) = line.split_once(' ').expect("two numbers");
            let phase = phases[number.parse::<usize>().expect("a number")].as_micros();
            (micros.parse::<u128>().expect("microseconds") + interval - phase % interval) % interval
        })
        .collect();
    // Offsets lie on a circle; the widest gap between two is where no probe ever is, and ends with the most punctual.
    let mut sorted = offsets;
    sorted.sort_unstable();
    let gaps = sorted.iter().zip(sorted.iter().cycle().skip(1));
    let start = gaps
        .map(|(before, after)| ((after + interval - before) % interval, *after))
        .max()
        .map_or(0, |(_, start)| start);
    let mut delays: Vec<u128> = sorted.iter().map(|offset| (offset + interval - start) % interval).collect();
    delays.sort_unstable();
    let within = delays.iter().filter(|delay| **delay <= 1_000_000).count();
    let slow = delays[delays.len() * 999 / 1000];
    Punctuality {
        probes: delays.len(),
        within_a_second: within as f64 / delays.len() as f64,
        delay: Duration::from_micros(u64::try_from(slow).expect("less than an interval")),
    }
}

/// When each deployment has its turn within the interval.
fn phases(fleet: usize, interval: Duration) -> Vec<Duration> {
    let mut timetable = Timetable::default();
    let ids: Vec<Arc<str>> = (0..fleet).map(|number| Arc::from(id(number))).collect();
    timetable.sync(
        ids.iter().map(|id| Wanted { id: Arc::clone(id), interval, is_changed: false }),
        Duration::ZERO,
    );
    while let Some(run) = timetable.take_due(interval * 2) {
        timetable.finished(&run, interval * 2, Finished::default());
    }
    ids.iter().map(|id| timetable.due(id).expect("a turn")).collect()
}
