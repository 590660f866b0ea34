//! When it is our own network that is down.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use llmhealth::config::load_text;
use llmhealth::domain::Environment;
use llmhealth::state::Condition;
use tokio::time::sleep;

use crate::support::fleet::{Fleet, chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

const HOSTS: [(&str, &str); 4] =
    [("a", "one.test"), ("b", "two.test"), ("c", "three.test"), ("d", "three.test")];

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

/// A fleet whose deployments have answered once.
async fn fleet(deployments: &[(&str, &str)], rest: &str) -> Fleet {
    let fleet = Fleet::new(&chat_fleet(deployments, rest), ScriptedTransport::always(good()));
    fleet.check().await;
    fleet
}

fn condition(fleet: &Fleet, id: &str) -> Condition {
    fleet.board.get(id).unwrap().condition
}

/// Checks everything as often as it takes to fall, further apart than witnesses are asked.
async fn check_three_times(fleet: &Fleet) {
    for _ in 0..3 {
        fleet.check().await;
        sleep(Duration::from_secs(6)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn when_nobody_can_be_reached_verdicts_stay_until_somebody_can() {
    let fleet = fleet(&HOSTS, "").await;
    let before = fleet.board.latest("a");
    fleet.transport.on("", Reply::Refuse);
    check_three_times(&fleet).await;
    let suspension = fleet.board.suspension().unwrap();
    assert!(suspension.reason.contains("its own network seems to be down"), "{}", suspension.reason);
    assert!(HOSTS.iter().all(|(id, _)| condition(&fleet, id) == Condition::Healthy));
    assert_eq!(fleet.board.latest("a"), before, "the last verdict is kept");

    fleet.transport.on("two.test", good());
    sleep(Duration::from_secs(6)).await;
    assert!(fleet.board.suspension().is_none());
    check_three_times(&fleet).await;
    assert_eq!(condition(&fleet, "a"), Condition::Unhealthy, "now it is not us");
    assert_eq!(condition(&fleet, "b"), Condition::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_network_is_noticed_too() {
    let fleet = fleet(&HOSTS, "").await;
    fleet.transport.on("", Reply::Hang);
    fleet.check().await;
    assert!(fleet.board.suspension().is_some());
    assert!(HOSTS.iter().all(|(id, _)| fleet.board.get(id).unwrap().consecutive_failures == 0));
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_even_while_verdicts_are_suspended() {
    let fleet = fleet(&HOSTS, "").await;
    fleet.transport.on("", Reply::Refuse);
    fleet.check().await;
    assert!(fleet.board.suspension().is_some());
    fleet.transport.on("one.test", Reply::text(500, "out of order"));
    fleet.check().await;
    assert_eq!(fleet.board.get("a").unwrap().consecutive_failures, 1);
    assert_eq!(fleet.board.get("b").unwrap().consecutive_failures, 0);
}

#[tokio::test(start_paused = true)]
async fn one_dead_host_is_not_our_fault() {
    let fleet = fleet(&HOSTS, "").await;
    fleet.transport.on("three.test", Reply::Refuse);
    check_three_times(&fleet).await;
    assert!(fleet.board.suspension().is_none());
    assert_eq!((condition(&fleet, "c"), condition(&fleet, "a")), (Condition::Unhealthy, Condition::Healthy));
}

#[tokio::test(start_paused = true)]
async fn two_hosts_may_fail_at_once_by_themselves() {
    let fleet = fleet(&HOSTS[..2], "").await;
    fleet.transport.on("", Reply::Refuse);
    check_three_times(&fleet).await;
    assert!(fleet.board.suspension().is_none());
    assert_eq!(condition(&fleet, "a"), Condition::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn listed_hosts_are_asked_instead() {
    let listed = "llmhealth: {connectivity: [\"witness.test:443\", \"https://other.test/\"]}";
    let fleet = fleet(&HOSTS[..1], listed).await;
    fleet.transport.on("one.test", Reply::Refuse);
    fleet.check().await;
    assert!(fleet.board.suspension().is_none());
    assert_eq!(fleet.board.get("a").unwrap().consecutive_failures, 1);

    fleet.transport.on("", Reply::Refuse);
    sleep(Duration::from_secs(6)).await;
    fleet.check().await;
    let reason = fleet.board.suspension().unwrap().reason.clone();
    assert!(reason.contains("witness.test:443, other.test:443"), "{reason}");
    assert_eq!(fleet.board.get("a").unwrap().consecutive_failures, 1);

    fleet.transport.on("other.test", good());
    sleep(Duration::from_secs(6)).await;
    assert!(fleet.board.suspension().is_none());
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_when_told_so_or_behind_a_proxy() {
    let off = fleet(&HOSTS, "llmhealth: {connectivity: off}").await;
    off.transport.on("", Reply::Refuse);
    check_three_times(&off).await;
    assert!(off.board.suspension().is_none());
    assert_eq!(condition(&off, "a"), Condition::Unhealthy);

    let proxied = fleet(&HOSTS, "").await;
    let env: Environment = [("HTTPS_PROXY", "http://proxy.test:3128")].into_iter().collect();
    let loaded = load_text(chat_fleet(&HOSTS, ""), Path::new("config.yaml"), env).unwrap();
    proxied.checker.reload(Arc::new(loaded.config));
    proxied.transport.on("", Reply::Refuse);
    check_three_times(&proxied).await;
    assert_eq!(condition(&proxied, "a"), Condition::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn a_reload_that_turns_it_off_ends_a_suspension() {
    let fleet = fleet(&HOSTS, "").await;
    fleet.transport.on("", Reply::Refuse);
    fleet.check().await;
    assert!(fleet.board.suspension().is_some());
    fleet.reload(&chat_fleet(&HOSTS, "llmhealth: {connectivity: off}"));
    sleep(Duration::from_secs(6)).await;
    assert!(fleet.board.suspension().is_none());
}
