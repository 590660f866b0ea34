//! The board: what readers see while outcomes come and configurations change.

use std::sync::Arc;

use llmhealth::state::{Board, Condition, Rules};

use crate::support::fleet::{chat_fleet, config};

use super::{at, good, refused, status};

fn adopt(board: &Board, ids: &[&str], rest: &str) {
    let deployments: Vec<_> = ids.iter().map(|id| (*id, "h")).collect();
    board.adopt(&config(&chat_fleet(&deployments, rest)));
}

fn condition(board: &Board, id: &str) -> Option<Condition> {
    board.get(id).map(|standing| standing.condition)
}

#[test]
fn a_deployment_is_unknown_until_its_first_outcome() {
    let board = Board::new();
    adopt(&board, &["a", "b"], "");
    assert_eq!(condition(&board, "a"), Some(Condition::Unknown));
    let known = board.publish("a", &good(0)).unwrap();
    assert_eq!(known.condition, Condition::Healthy);
    assert_eq!(board.latest("a"), Some(good(0)));
    assert_eq!(board.latest("b"), None);
    assert_eq!(board.snapshot().healthy_and_judged(), (1, 1));
}

#[test]
fn a_reload_keeps_what_is_known_and_forgets_the_removed() {
    let board = Board::new();
    adopt(&board, &["kept", "removed"], "");
    board.publish("kept", &good(0));
    board.publish("removed", &good(0));
    adopt(&board, &["new", "kept"], "");
    assert_eq!(condition(&board, "kept"), Some(Condition::Healthy));
    assert_eq!(condition(&board, "new"), Some(Condition::Unknown));
    assert!(board.publish("removed", &good(1)).is_none());
    assert_eq!(condition(&board, "removed"), None);
}

#[test]
fn a_reload_brings_its_rules_into_force() {
    let board = Board::new();
    adopt(&board, &["a"], "");
    board.publish("a", &good(0));
    board.publish("a", &refused(1));
    assert_eq!(condition(&board, "a"), Some(Condition::Healthy));
    adopt(&board, &["a"], "llmhealth: {thresholds: {fall: 2}}");
    board.publish("a", &refused(2));
    assert_eq!(condition(&board, "a"), Some(Condition::Unhealthy));
}

#[test]
fn a_snapshot_does_not_change_any_more() {
    let board = Board::new();
    adopt(&board, &["a"], "");
    board.publish("a", &good(0));
    let snapshot = board.snapshot();
    board.publish("a", &refused(1));
    board.schedule("a", Some(at(7)));
    adopt(&board, &[], "");
    let seen = snapshot.get("a").unwrap();
    assert_eq!((seen.latest.clone(), seen.next_due), (Some(good(0)), None));
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let board = Arc::new(Board::new());
    adopt(&board, &["a"], "llmhealth: {thresholds: {fall: 1000000}}");
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let board = Arc::clone(&board);
            std::thread::spawn(move || {
                for second in 0..500 {
                    board.publish("a", &refused(second));
                    board.schedule("a", Some(at(second)));
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let standing = board.get("a").unwrap();
    assert_eq!(standing.consecutive_failures, 2000);
    assert!(standing.next_due.is_some());
}

#[test]
fn rules_come_from_the_router_and_from_the_deployment_itself() {
    let yaml = r"
model_list:
  - {model_name: m, litellm_params: {model: openai/a}, model_info: {id: plain}}
  - model_name: m
    litellm_params: {model: openai/a, cooldown_time: 60}
    model_info: {id: own, allowed_fails: 7, allowed_fails_policy: {TimeoutErrorAllowedFails: 2}}
  - {model_name: alone, litellm_params: {model: openai/a}, model_info: {id: alone, llmhealth: {interval: 10}}}
router_settings: {allowed_fails: 1, cooldown_time: 20, enable_health_check_routing: true}
general_settings: {health_check_interval: 100}
llmhealth: {thresholds: {fall: 4, rise: 1}}
";
    let board = Board::new();
    board.adopt(&config(yaml));
    let snapshot = board.snapshot();
    let rules = |id: &str| -> Rules { snapshot.rules(id).unwrap().clone() };
    let (plain, own) = (rules("plain"), rules("own").cooldown);
    assert_eq!((plain.fall, plain.rise), (4, 1));
    assert_eq!(plain.cooldown.time.as_secs(), 20);
    assert_eq!(plain.cooldown.time_of_probes.as_secs(), 200, "until the verdict is stale");
    assert_eq!((plain.cooldown.allowed, plain.cooldown.counts_probes), (Some(1), false));
    assert_eq!(
        (own.time.as_secs(), own.allowed, own.policy_is_own, own.counts_probes),
        (60, Some(7), true, true)
    );
    assert!(own.has_siblings && !rules("alone").cooldown.has_siblings);
    assert_eq!((plain.stale_after.as_secs(), rules("alone").stale_after.as_secs()), (200, 20));
}

#[test]
fn a_cooldown_of_real_traffic_leaves_the_condition_alone() {
    let board = Board::new();
    adopt(&board, &["a", "b"], "");
    board.publish("a", &good(0));
    let standing = board.record_failure("a", &status(1, 429), false).unwrap();
    assert!(standing.cooling(at(2)).is_some());
    assert_eq!(standing.condition, Condition::Healthy);
    assert_eq!(standing.latest, Some(good(0)));
}
