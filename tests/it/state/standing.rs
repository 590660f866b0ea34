//! How outcomes turn the damped condition.

use llmhealth::domain::FailureKind;
use llmhealth::state::{Condition, Judged, Rules, Standing};
use proptest::prelude::*;

use super::{at, failure, good, judged, refused, status, timed_out};

fn after(outcomes: impl IntoIterator<Item = Judged>, rules: &Rules) -> Standing {
    outcomes.into_iter().fold(Standing::default(), |standing, judged| standing.after_probe(judged, rules))
}

fn conditions(outcomes: Vec<Judged>, rules: &Rules) -> Vec<(Condition, bool)> {
    let mut standing = Standing::default();
    let mut step = |judged| {
        standing = standing.after_probe(judged, rules);
        (standing.condition, standing.is_turning)
    };
    outcomes.into_iter().map(&mut step).collect()
}

use Condition::{Healthy, Unhealthy, Unknown};

#[test]
fn it_takes_three_failures_to_fall_and_two_successes_to_rise() {
    let outcomes = vec![
        good(0),
        refused(1),
        status(2, 500),
        timed_out(3),
        refused(4),
        good(5),
        refused(6),
        good(7),
        good(8),
    ];
    let expected = [
        (Healthy, false),
        (Healthy, true),
        (Healthy, true),
        (Unhealthy, false),
        (Unhealthy, false),
        (Unhealthy, true),
        (Unhealthy, false),
        (Unhealthy, true),
        (Healthy, false),
    ];
    assert_eq!(conditions(outcomes, &Rules::default()), expected);
}

#[test]
fn one_success_settles_the_unknown_but_one_failure_does_not() {
    let rules = Rules::default();
    assert_eq!(conditions(vec![good(0)], &rules), [(Healthy, false)]);
    let failing = vec![refused(0), refused(2), refused(7)];
    assert_eq!(conditions(failing, &rules), [(Unknown, true), (Unknown, true), (Unhealthy, false)]);
}

#[test]
fn what_cannot_be_asked_falls_at_once_and_a_refused_key_does_not() {
    let rules = Rules::default();
    let hopeless = judged(1, Some(failure(FailureKind::Config, None)));
    assert_eq!(conditions(vec![good(0), hopeless], &rules)[1], (Unhealthy, false));
    for code in [401, 403, 404] {
        assert_eq!(conditions(vec![good(0), status(1, code)], &rules)[1], (Healthy, true), "{code}");
    }
}

#[test]
fn a_rate_limit_counts_but_calls_for_no_quick_second_look() {
    let outcomes = vec![good(0), status(1, 429), status(2, 429), status(3, 429)];
    let seen = conditions(outcomes, &Rules::default());
    assert_eq!(seen[1..], [(Healthy, false), (Healthy, false), (Unhealthy, false)]);
}

#[test]
fn ignored_transient_errors_count_neither_way_and_leave_nothing_behind() {
    let rules = Rules { ignores_transient: true, ..Rules::default() };
    let passing = vec![good(0), status(1, 429), timed_out(2), status(3, 408), status(4, 429)];
    assert!(conditions(passing, &rules).iter().all(|seen| *seen == (Healthy, false)));
    assert_eq!(conditions(vec![timed_out(0), timed_out(1), timed_out(2)], &rules)[2], (Unknown, false));

    // They neither break a row of failures nor make one.
    let mixed = vec![good(0), refused(1), status(2, 429), refused(3), status(4, 429), refused(5)];
    assert_eq!(conditions(mixed, &rules)[5], (Unhealthy, false));
    let left = vec![refused(0), refused(1), refused(2), status(3, 429), status(4, 429), refused(5)];
    let seen = conditions(left, &rules);
    assert_eq!(seen[2..], [(Unhealthy, false), (Unhealthy, false), (Unknown, false), (Unknown, true)]);
}

#[test]
fn a_standing_remembers_what_readers_ask_for() {
    let rules = Rules::default();
    let standing = after([good(0), good(1), refused(2), refused(3), refused(4)], &rules);
    assert_eq!(standing.since, Some(at(4)));
    assert_eq!(standing.last_healthy, Some(at(1)));
    assert_eq!((standing.consecutive_failures, standing.consecutive_successes), (3, 0));
    let standing = standing.after_probe(good(5), &rules).after_probe(good(6), &rules);
    assert_eq!(standing.condition, Healthy);
    assert_eq!(standing.since, Some(at(6)));
    assert_eq!(standing.last_error.as_ref().map(Judged::at), Some(at(4)), "survives the recovery");
    assert_eq!((standing.consecutive_failures, standing.consecutive_successes), (0, 2));
}

/// An outcome by number: mostly plain successes and failures.
fn outcome(second: u64, kind: u8) -> Judged {
    match kind {
        0..4 => good(second),
        4..7 => refused(second),
        7 => status(second, 500),
        8 => status(second, 429),
        _ => timed_out(second),
    }
}

proptest! {
    /// Whatever comes: the condition falls only on the `fall`th failure in a row and rises only on the `rise`th success
    /// in a row (or the first one ever), and what is turning is what disagrees.
    #[test]
    fn the_condition_turns_exactly_when_the_rules_say(
        kinds in proptest::collection::vec(0_u8..10, 0..200),
        fall in 1_u32..6,
        rise in 1_u32..6,
    ) {
        let rules = Rules { fall, rise, ..Rules::default() };
        let mut standing = Standing::default();
        let mut row = 0_u32;
        let mut was_good = None;
        for (second, kind) in (0..).zip(kinds) {
            let judged = outcome(second, kind);
            let is_good = judged.outcome.failure.is_none();
            row = if was_good == Some(is_good) { row + 1 } else { 1 };
            was_good = Some(is_good);
            let before = standing.clone();
            standing = standing.after_probe(judged.clone(), &rules);

            let expected = match (before.condition, is_good) {
                (Unknown, true) => Healthy,
                (Unhealthy, true) if row >= rise => Healthy,
                (Unknown | Healthy, false) if row >= fall => Unhealthy,
                (condition, _) => condition,
            };
            prop_assert_eq!(standing.condition, expected);
            let turned = standing.condition != before.condition;
            prop_assert_eq!(standing.since, if turned { Some(at(second)) } else { before.since });
            let agrees = match standing.condition {
                Unknown => false,
                Healthy => is_good,
                Unhealthy => !is_good,
            };
            prop_assert_eq!(standing.is_turning, !agrees && judged.verdict.exception_status != Some(429));
            prop_assert_eq!(standing.latest.as_ref(), Some(&judged));
        }
    }
}
