//! The timetable alone, driven by made-up fleets.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use llmhealth::domain::{Failure, FailureKind, Outcome, Status, Verdict};
use llmhealth::probe::{Finished, Timetable, Wanted};
use llmhealth::state::{Board, Condition, Judged};
use proptest::prelude::*;

use crate::support::fleet::{chat_fleet, config};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn wanted(id: impl AsRef<str>, interval: Duration) -> Wanted {
    Wanted { id: Arc::from(id.as_ref()), interval, is_changed: false }
}

/// Starts of each deployment, as a fleet runs whose probes take no room from each other.
#[derive(Default)]
struct Watch {
    timetable: Timetable,
    starts: BTreeMap<String, Vec<Duration>>,
    running: Vec<(Duration, llmhealth::probe::Due, Finished)>,
}

impl Watch {
    /// Lets time pass from `now` to `end`; `probe` says how long a run takes and how it goes.
    fn run(&mut self, now: Duration, end: Duration, mut probe: impl FnMut(&str) -> (Duration, Finished)) {
        let mut now = now;
        loop {
            let ending = self.running.iter().map(|(end, ..)| *end).min();
            let next = [self.timetable.next(), ending].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next < end) else { return };
            now = now.max(next);
            let (ended, running) =
                std::mem::take(&mut self.running).into_iter().partition(|(end, ..)| *end <= now);
            self.running = running;
            let ended: Vec<(Duration, _, _)> = ended;
            for (_, due, how) in ended {
                self.timetable.finished(&due, now, how);
            }
            while let Some(due) = self.timetable.take_due(now) {
                assert!(!self.running.iter().any(|(_, other, _)| other.id == due.id), "two at once");
                self.starts.entry(due.id.to_string()).or_default().push(now);
                let (takes, how) = probe(&due.id);
                self.running.push((now + takes, due, how));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_deployment_has_its_turn_once_an_interval(
        intervals in prop::collection::vec(5_u64..900, 1..40),
        // Below half of the shortest interval: what takes longer may miss the first turn on its grid.
        latency in 0_u64..2500,
        reload_at in 0_u64..3000,
    ) {
        let fleet = || intervals.iter().enumerate().map(|(number, interval)| wanted(format!("id-{number}"), seconds(*interval)));
        let mut watch = Watch::default();
        watch.timetable.sync(fleet(), Duration::ZERO);
        let probe = |_: &str| (Duration::from_millis(latency), Finished::default());
        watch.run(Duration::ZERO, seconds(reload_at), probe);
        let before: Vec<_> = (0..intervals.len()).map(|number| watch.timetable.due(&format!("id-{number}"))).collect();
        watch.timetable.sync(fleet(), seconds(reload_at));
        let after: Vec<_> = (0..intervals.len()).map(|number| watch.timetable.due(&format!("id-{number}"))).collect();
        prop_assert_eq!(before, after, "a reload moves nothing");
        watch.run(seconds(reload_at), seconds(9000), probe);
        for (number, interval) in intervals.iter().enumerate() {
            let starts = &watch.starts[&format!("id-{number}")];
            prop_assert!(starts[0] <= seconds((*interval).min(2)), "soon after the start");
            let first = gap(starts);
            prop_assert!(first >= seconds(*interval) / 2 && first <= seconds(*interval) * 3 / 2);
            for pair in starts[1..].windows(2) {
                prop_assert_eq!(gap(pair), seconds(*interval), "no drift");
            }
        }
    }

    #[test]
    fn reloads_leave_no_ghost(
        before in prop::collection::hash_set(0_u8..30, 0..30),
        after in prop::collection::hash_set(0_u8..30, 0..30),
        at in 1_u64..200,
        latency in 0_u64..30,
    ) {
        let fleet = |ids: &std::collections::HashSet<u8>| {
            ids.iter().map(|id| wanted(format!("id-{id}"), seconds(30))).collect::<Vec<_>>()
        };
        let mut watch = Watch::default();
        let probe = |_: &str| (seconds(latency), Finished::default());
        watch.timetable.sync(fleet(&before), Duration::ZERO);
        watch.run(Duration::ZERO, seconds(at), probe);
        watch.timetable.sync(fleet(&after), seconds(at));
        watch.starts.clear();
        // What is removed while it runs comes back as a new one; the caller keeps the two apart.
        watch.running.retain(|(_, due, _)| after.iter().any(|id| *due.id == *format!("id-{id}")));
        watch.run(seconds(at), seconds(at + 100), probe);
        let expected: std::collections::BTreeSet<_> = after.iter().map(|id| format!("id-{id}")).collect();
        prop_assert_eq!(watch.starts.keys().cloned().collect::<std::collections::BTreeSet<_>>(), expected);
        prop_assert_eq!(watch.timetable.len(), after.len());
    }

    #[test]
    fn a_provider_is_left_alone_for_as_long_as_it_asks(waits in prop::collection::vec(0_u64..2000, 1..20)) {
        let mut watch = Watch::default();
        watch.timetable.sync([wanted("a", seconds(30))], Duration::ZERO);
        let mut asked = waits.iter().copied().cycle();
        let mut told = Vec::new();
        watch.run(Duration::ZERO, seconds(20_000), |_| {
            let wait = asked.next().map(seconds);
            told.push(wait.unwrap_or_default().min(seconds(600)));
            (seconds(1), Finished { is_turning: true, wait })
        });
        let starts = &watch.starts["a"];
        for (pair, wait) in starts.windows(2).zip(told) {
            let gap = gap(pair);
            prop_assert!(gap >= seconds(1) + wait, "{gap:?} though asked for {wait:?}");
            prop_assert!(gap <= seconds(1) + wait + seconds(45), "{gap:?} after {wait:?}");
        }
    }
}

#[test]
fn a_state_about_to_change_is_looked_at_again_after_two_and_five_seconds() {
    let mut watch = Watch::default();
    watch.timetable.sync([wanted("a", seconds(300))], Duration::ZERO);
    watch.run(Duration::ZERO, seconds(250), |_| (Duration::ZERO, Finished { is_turning: true, wait: None }));
    let starts = &watch.starts["a"];
    assert_eq!(gap(starts), seconds(2));
    assert_eq!(gap(&starts[1..]), seconds(5));
}

#[test]
fn one_that_is_very_late_is_not_run_twice_to_catch_up() {
    let mut timetable = Timetable::default();
    timetable.sync([wanted("a", seconds(10))], Duration::ZERO);
    let due = timetable.take_due(seconds(1000)).unwrap();
    timetable.finished(&due, seconds(1000), Finished::default());
    assert!(timetable.due("a").unwrap() >= seconds(1005));
    assert_eq!(timetable.take_due(seconds(1004)), None);
}

#[test]
fn a_first_pass_over_many_is_no_burst() {
    let mut timetable = Timetable::default();
    timetable.sync((0..5000).map(|number| wanted(format!("id-{number}"), seconds(300))), Duration::ZERO);
    for second in 1..=50 {
        let due = std::iter::from_fn(|| timetable.take_due(seconds(second))).count();
        assert!((50..150).contains(&due), "{due} in second {second}");
    }
    assert_eq!(timetable.overdue(seconds(100)), 0);
}

/// The verdict on a probe that went well or not.
fn judged(is_healthy: bool, at: Duration) -> Judged {
    let failure = (!is_healthy).then(|| Failure {
        kind: FailureKind::Status,
        status: Some(500),
        message: "HTTP 500".to_owned(),
        hint: None,
        request_id: None,
    });
    let status = if is_healthy { Status::Up } else { Status::Down };
    let outcome = Outcome {
        checked_at: Timestamp::UNIX_EPOCH + SignedDuration::try_from(at).unwrap(),
        latency: Duration::ZERO,
        failure: failure.map(Box::new),
        rate_limit: None,
        probed_model: None,
        cost_usd: None,
        notes: Vec::new(),
    };
    let exception_status = (!is_healthy).then_some(500);
    Judged { outcome: Arc::new(outcome), verdict: Verdict { status, exception_status } }
}

/// How long after the first of these moments the second one is.
fn gap(moments: &[Duration]) -> Duration {
    moments[1].checked_sub(moments[0]).unwrap()
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn one_in(&mut self, count: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.is_multiple_of(count)
    }
}

// Three failures in a row, each by chance one in a hundred, are to be expected once in three or four such days. The
// numbers here are those of a day without.
#[test]
fn random_failures_turn_no_state_and_an_outage_turns_it_at_once() {
    let ids: Vec<_> = (0..1000).map(|number| format!("id-{number}")).collect();
    let fleet: Vec<_> = ids.iter().map(|id| (id.as_str(), "host")).collect();
    let board = Board::new();
    board.adopt(&config(&chat_fleet(&fleet, "")));
    let mut timetable = Timetable::default();
    timetable.sync(ids.iter().map(|id| wanted(id, seconds(300))), Duration::ZERO);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut probes, mut failures, mut flips) = (0_u32, 0_u32, 0_u32);
    let mut now = Duration::ZERO;
    while let Some(due) = timetable.next().filter(|due| *due < seconds(24 * 60 * 60)) {
        now = due;
        let run = timetable.take_due(now).unwrap();
        let is_healthy = !random.one_in(100);
        let before = board.get(&run.id).unwrap().condition;
        let after = board.publish(&run.id, &judged(is_healthy, now)).unwrap();
        probes += 1;
        failures += u32::from(!is_healthy);
        flips += u32::from(before == Condition::Healthy && after.condition != Condition::Healthy);
        timetable.finished(&run, now, Finished { is_turning: after.is_turning, wait: None });
    }
    assert!(probes > 287_000 && failures > 2_500, "{probes} probes, {failures} of them failed");
    assert_eq!(flips, 0);

    // Now all of them die.
    let mut first_failure = HashMap::new();
    let mut turned = 0;
    while turned < ids.len() {
        now = now.max(timetable.next().unwrap());
        let run = timetable.take_due(now).unwrap();
        let first = *first_failure.entry(Arc::clone(&run.id)).or_insert(now);
        let before = board.get(&run.id).unwrap().condition;
        let after = board.publish(&run.id, &judged(false, now)).unwrap();
        if before != Condition::Unhealthy && after.condition == Condition::Unhealthy {
            let wait = gap(&[first, now]);
            assert!(wait <= seconds(10), "{wait:?} after its first failure");
            turned += 1;
        }
        timetable.finished(&run, now, Finished { is_turning: after.is_turning, wait: None });
    }
}
