//! When failures keep traffic away for a while.

use std::time::Duration;

use llmhealth::domain::{ErrorClass, FailureKind};
use llmhealth::state::{Cause, CooldownRules, Judged, Minute, Rules, Standing};
use tokio::time::Instant;

use super::{at, failure, good, judged, limited, refused, status, timed_out};

fn rules(change: impl FnOnce(&mut CooldownRules)) -> Rules {
    let mut rules = Rules::default();
    rules.cooldown.has_siblings = true;
    change(&mut rules.cooldown);
    rules
}

fn traffic(outcomes: impl IntoIterator<Item = Judged>, rules: &Rules) -> Standing {
    let (start, mut minute) = (Instant::now(), Minute::default());
    let after = |standing: Standing, judged: Judged| {
        let since = judged.at().duration_since(at(0)).unsigned_abs();
        minute.count(start + since, judged.outcome.failure.is_some());
        standing.after_traffic(&judged, minute, false, rules)
    };
    outcomes.into_iter().fold(Standing::default(), after)
}

/// Until when it is left alone, and why.
fn cooled(standing: &Standing, second: u64) -> Option<(i64, &str)> {
    let cooldown = standing.cooling(at(second))?;
    Some((cooldown.until.duration_since(at(0)).as_secs(), &cooldown.reason))
}

#[test]
fn single_errors_that_keep_traffic_away() {
    let rules = rules(|_| ());
    let limited_once = traffic([status(0, 429)], &rules);
    assert_eq!(cooled(&limited_once, 4), Some((5, "rate limited")));
    assert_eq!(cooled(&limited_once, 5), None, "over");
    for code in [401, 404] {
        let told = traffic([status(0, code)], &rules);
        assert_eq!(cooled(&told, 0), Some((5, "an error that trying again does not mend")), "{code}");
    }
    for harmless in [good(0), status(0, 400), status(0, 422), status(0, 500), refused(0), timed_out(0)] {
        assert_eq!(cooled(&traffic([harmless.clone()], &rules), 0), None, "{harmless:?}");
    }
}

#[test]
fn a_lone_deployment_is_left_alone_only_when_nothing_else_can_be_true() {
    let alone = rules(|cooldown| cooldown.has_siblings = false);
    assert_eq!(cooled(&traffic([status(0, 429)], &alone), 0), None);
    assert_eq!(cooled(&traffic((0..999).map(|_| refused(0)), &alone), 0), None);
    let all = traffic((0..1000).map(|_| refused(0)), &alone);
    assert_eq!(cooled(&all, 0), Some((5, "every request of this minute failed")));
}

#[test]
fn more_than_half_of_a_minutes_requests() {
    let rules = rules(|_| ());
    let half = [good(0), good(1), status(2, 500), status(3, 500)];
    assert_eq!(cooled(&traffic(half.clone(), &rules), 3), None);
    let most = half.into_iter().chain([refused(4)]);
    assert_eq!(
        cooled(&traffic(most, &rules), 4),
        Some((9, "more than half of this minute's requests failed"))
    );
    let spread = (0..6).map(|n| status(n * 61, 500));
    assert_eq!(cooled(&traffic(spread, &rules), 305), None, "each in a minute of its own");
}

#[test]
fn allowed_fails_by_class_and_in_general() {
    let rules = rules(|cooldown| {
        cooldown.policy =
            Some([(ErrorClass::Timeout, 1), (ErrorClass::Authentication, 0)].into_iter().collect());
        cooldown.allowed = Some(2);
        cooldown.time = Duration::from_secs(30);
    });
    assert_eq!(
        cooled(&traffic([status(0, 401)], &rules), 0),
        Some((30, "more than 0 authentication errors in a minute"))
    );
    assert_eq!(cooled(&traffic([timed_out(0), status(1, 500)], &rules), 1), None);
    assert_eq!(
        cooled(&traffic([timed_out(0), timed_out(1)], &rules), 1),
        Some((31, "more than 1 timeout errors in a minute"))
    );
    assert_eq!(cooled(&traffic([status(0, 429), status(0, 429)], &rules), 0), None);
    let generic = traffic([status(0, 500), refused(1), status(2, 500)], &rules);
    assert_eq!(cooled(&generic, 2), Some((32, "more than 2 internal server errors in a minute")));
}

#[test]
fn what_is_the_callers_fault_counts_only_in_a_deployments_own_policy() {
    let policy = || Some([(ErrorClass::BadRequest, 0)].into_iter().collect());
    let routers = rules(|cooldown| cooldown.policy = policy());
    assert_eq!(cooled(&traffic([status(0, 400)], &routers), 0), None);
    let own = rules(|cooldown| {
        cooldown.policy = policy();
        cooldown.policy_is_own = true;
    });
    assert!(cooled(&traffic([status(0, 400)], &own), 0).is_some());
    let ours = judged(0, Some(failure(FailureKind::Internal, None)));
    assert_eq!(cooled(&traffic([ours], &own), 0), None);
}

#[test]
fn a_providers_retry_after_counts_up_to_ten_minutes() {
    let rules = rules(|_| ());
    assert_eq!(cooled(&traffic([limited(0, 60)], &rules), 0), Some((60, "rate limited")));
    assert_eq!(cooled(&traffic([limited(0, 86_400)], &rules), 0), Some((600, "rate limited")));
    let later = traffic([limited(0, 60), status(1, 429)], &rules);
    assert_eq!(cooled(&later, 1), Some((60, "rate limited")), "a later failure does not shorten it");
}

#[test]
fn cooldowns_can_be_turned_off() {
    let off = rules(|cooldown| cooldown.time = Duration::ZERO);
    assert_eq!(cooled(&traffic([status(0, 401), limited(0, 60)], &off), 0), None);
}

#[test]
fn a_policy_counts_failed_probes_until_a_good_one() {
    let rules = rules(|cooldown| {
        cooldown.policy = Some([(ErrorClass::Timeout, 1)].into_iter().collect());
        cooldown.counts_probes = true;
        cooldown.time_of_probes = Duration::from_mins(10);
    });
    let once = Standing::default().after_probe(timed_out(0), &rules);
    assert_eq!(cooled(&once, 0), None);
    let twice = once.after_probe(timed_out(300), &rules);
    assert_eq!(cooled(&twice, 300), Some((900, "more than 1 timeout errors of probes in a row")));
    assert_eq!(twice.cooldown.as_ref().map(|cooldown| cooldown.cause), Some(Cause::Probes));
    let good_again = twice.after_probe(good(310), &rules);
    assert_eq!(cooled(&good_again, 310), None);
    assert_eq!(
        cooled(&good_again.after_probe(timed_out(600), &rules), 600),
        None,
        "counts from nought again"
    );
}

#[test]
fn real_traffic_counts_as_a_check_when_asked_to() {
    let rules = rules(|_| ());
    let after = |judged: Judged, is_check| {
        Standing::default().after_traffic(&judged, Minute::default(), is_check, &rules)
    };
    assert_eq!(after(status(0, 500), false).latest, None);
    assert_eq!(after(status(0, 500), true).latest, Some(status(0, 500)));
    assert_eq!(after(status(0, 400), true).latest, None, "the caller's fault");
    assert_eq!(after(status(0, 500), true).consecutive_failures, 1);
}
