//! Which deployments may get traffic.

use llmhealth::config::Config;
use llmhealth::state::{Board, Candidates, Judged, Reason, Suspension};

use crate::support::fleet::{chat_fleet, config};

use super::{at, good, refused, status, timed_out};

const ON: &str = "router_settings: {enable_health_check_routing: true";

fn fleet(rest: &str) -> (Board, Config) {
    let config = config(&chat_fleet(&[("a", "h"), ("b", "h"), ("c", "h")], rest));
    let board = Board::new();
    board.adopt(&config);
    (board, config)
}

fn publish(board: &Board, id: &str, outcomes: impl IntoIterator<Item = Judged>) {
    for judged in outcomes {
        board.publish(id, &judged);
    }
}

fn candidates(board: &Board, config: &Config, second: u64) -> Candidates {
    board.candidates(config.fleet.matching("m"), config, at(second))
}

/// The reason for each deployment, and those that may be used, best first.
fn routing(board: &Board, config: &Config, second: u64) -> (Vec<Reason>, Vec<String>) {
    let candidates = candidates(board, config, second);
    let reasons = candidates.all.iter().map(|one| one.decision.reason).collect();
    let usable = candidates.usable().iter().map(|one| one.deployment.id.to_string()).collect();
    (reasons, usable)
}

fn ids(names: &str) -> Vec<String> {
    names.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_is_unhealthy_gets_no_traffic_and_the_healthy_come_first() {
    let (board, config) = fleet(&format!("{ON}}}"));
    publish(&board, "a", [refused(0), refused(1), refused(2)]);
    publish(&board, "c", [good(0), refused(1)]);
    let reasons = vec![Reason::Unhealthy, Reason::Unknown, Reason::Healthy];
    assert_eq!(routing(&board, &config, 3), (reasons, ids("c b")));
}

#[test]
fn checks_decide_nothing_unless_asked_to_but_the_healthy_still_come_first() {
    let (board, config) = fleet("");
    publish(&board, "a", [refused(0), refused(1), refused(2)]);
    publish(&board, "b", [good(0)]);
    assert_eq!(routing(&board, &config, 3), (vec![Reason::RoutingOff; 3], ids("b c a")));
}

#[test]
fn a_verdict_is_stale_after_twice_the_configured_interval() {
    let interval = "general_settings: {health_check_interval: 10}";
    let (board, config) = fleet(&format!("{ON}}}\n{interval}"));
    publish(&board, "a", [refused(0), refused(1), refused(2)]);
    let decision = |second| candidates(&board, &config, second).all[0].decision;
    assert_eq!((decision(21).reason, decision(21).until), (Reason::Unhealthy, Some(at(22))));
    assert_eq!((decision(22).reason, decision(22).until), (Reason::Stale, None));

    board.suspend(Some(Suspension { since: at(3), reason: "no network".to_owned() }));
    assert_eq!(decision(1000).reason, Reason::Unhealthy, "nothing gets stale while nothing can be checked");
    board.suspend(None);

    let threshold = ", health_check_staleness_threshold: 100}";
    let (_, config) = fleet(&format!("{ON}{threshold}\n{interval}"));
    board.adopt(&config);
    assert_eq!(candidates(&board, &config, 101).all[0].decision.until, Some(at(102)));
}

#[test]
fn only_the_groups_that_are_checked_are_filtered() {
    let groups = "general_settings: {background_health_check_model_groups: [other]}";
    let (board, config) = fleet(&format!("{ON}}}\n{groups}"));
    publish(&board, "a", [refused(0), refused(1), refused(2)]);
    assert_eq!(routing(&board, &config, 3).0, [Reason::NotInGroups; 3]);
}

#[test]
fn ignored_transient_errors_take_nothing_out_and_leave_nothing_behind() {
    let (board, config) = fleet(&format!("{ON}, health_check_ignore_transient_errors: true}}"));
    publish(&board, "a", [timed_out(0), timed_out(1), timed_out(2), status(3, 429)]);
    publish(&board, "b", [refused(0), refused(1), refused(2)]);
    assert_eq!(routing(&board, &config, 4).0[..2], [Reason::Unknown, Reason::Unhealthy]);
    publish(&board, "b", [status(4, 429), status(5, 429)]);
    assert_eq!(routing(&board, &config, 6).0[1], Reason::Unknown);
}

#[test]
fn a_policy_decides_instead_of_the_condition() {
    let policy = ", cooldown_time: 60, allowed_fails_policy: {InternalServerErrorAllowedFails: 4}}";
    let (board, config) = fleet(&format!("{ON}{policy}"));
    publish(&board, "a", (0..4).map(refused));
    assert_eq!(routing(&board, &config, 4).0[0], Reason::WithinPolicy);
    publish(&board, "a", [refused(4)]);
    let decision = candidates(&board, &config, 5).all[0].decision;
    assert_eq!((decision.reason, decision.until), (Reason::Cooldown, Some(at(604))), "until it is stale");
    publish(&board, "a", [good(6)]);
    assert_eq!(routing(&board, &config, 6).0[0], Reason::WithinPolicy);
}

#[test]
fn failures_of_real_traffic_cool_down_whether_checks_decide_or_not() {
    let (board, config) = fleet("");
    board.record_failure("a", &status(0, 429), false);
    assert_eq!(
        routing(&board, &config, 1),
        (vec![Reason::Cooldown, Reason::RoutingOff, Reason::RoutingOff], ids("b c"),)
    );
    assert_eq!(routing(&board, &config, 5).0[0], Reason::RoutingOff);
}

#[test]
fn when_nothing_is_left_everything_may_be_tried() {
    let (board, config) = fleet(&format!("{ON}}}"));
    for id in ["a", "b", "c"] {
        publish(&board, id, [refused(0), refused(1), refused(2)]);
    }
    board.record_failure("a", &status(3, 429), false);
    let all = candidates(&board, &config, 4);
    assert!(all.is_safety_net);
    assert_eq!(routing(&board, &config, 4).1, ids("b c a"), "what cools down comes last");
    publish(&board, "c", [good(5), good(6)]);
    assert!(!candidates(&board, &config, 6).is_safety_net);
    assert_eq!(routing(&board, &config, 6).1, ids("c"));
}
