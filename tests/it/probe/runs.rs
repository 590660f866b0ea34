//! Runs and their callers: sharing, leaving, reloading, passing over.

use std::sync::Arc;
use std::time::Duration;

use llmhealth::domain::Status;
use llmhealth::probe::{Scope, Source};

use crate::support::fleet::{Fleet, chat_answer, chat_fleet};
use crate::support::log::Log;
use crate::support::scripted::{Gate, Reply, ScriptedTransport};

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

fn ids(ids: &[&str]) -> Scope {
    Scope::Ids(ids.iter().map(|&id| id.into()).collect())
}

#[tokio::test(start_paused = true)]
async fn callers_that_want_the_same_share_one_run() {
    let gate = Gate::closed();
    let yaml = chat_fleet(&[("a", "one"), ("b", "two")], "");
    let fleet = Fleet::new(&yaml, ScriptedTransport::always(good().behind(&gate)));
    let first = fleet.checker.start(Scope::All, Source::Http);
    fleet.transport.until_in_flight(2).await;
    let others: Vec<_> = (0..50).map(|_| fleet.checker.start(Scope::All, Source::Http)).collect();
    gate.open();
    let report = first.report().await;
    for other in others {
        assert!(Arc::ptr_eq(&report, &other.report().await));
    }
    assert_eq!(fleet.transport.count(), 2);
    fleet.check().await;
    assert_eq!(fleet.transport.count(), 4, "a later caller gets a run of its own");
}

#[tokio::test(start_paused = true)]
async fn callers_that_want_different_things_do_not_wait_for_each_other() {
    let transport = ScriptedTransport::always(good());
    transport.on("slow", Reply::Hang);
    let fleet = Fleet::new(&chat_fleet(&[("a", "slow"), ("b", "fast")], ""), transport);
    let all = fleet.checker.start(Scope::All, Source::Http);
    let report = fleet.checker.check(ids(&["b"]), Source::Http).await;
    assert_eq!(report.checked.len(), 1);
    assert_eq!(report.checked[0].verdict.status, Status::Up);
    assert_eq!(all.report().await.checked.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_neither_breaks_nor_multiplies_a_run() {
    let gate = Gate::closed();
    let fleet = Fleet::new(&chat_fleet(&[("a", "one")], ""), ScriptedTransport::always(good().behind(&gate)));
    for _ in 0..10 {
        let impatient = fleet.checker.check(Scope::All, Source::Http);
        assert!(tokio::time::timeout(Duration::from_secs(1), impatient).await.is_err());
    }
    assert_eq!((fleet.transport.count(), fleet.transport.in_flight()), (1, 1));
    gate.open();
    let report = fleet.check().await;
    assert_eq!(report.checked[0].verdict.status, Status::Up);
    assert_eq!(fleet.transport.count(), 1, "the next caller joins the run that was left alone");
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_with_the_configuration_that_it_began_with() {
    let gate = Gate::closed();
    let fleet = Fleet::new(
        &chat_fleet(&[("kept", "one"), ("removed", "two")], ""),
        ScriptedTransport::always(good().behind(&gate)),
    );
    let before = fleet.checker.start(Scope::All, Source::Http);
    fleet.transport.until_in_flight(2).await;
    fleet.reload(&chat_fleet(&[("kept", "three"), ("new", "four")], ""));
    let after = fleet.checker.start(Scope::All, Source::Http);
    fleet.transport.until_in_flight(4).await;
    gate.open();
    let (before, after) = (before.report().await, after.report().await);
    assert!(!Arc::ptr_eq(&before, &after));
    assert!(before.config.fleet.by_id("removed").is_some());
    assert!(after.config.fleet.by_id("new").is_some());
    assert!(fleet.board.latest("removed").is_none(), "a removed deployment does not come back");
    assert!(fleet.board.latest("new").is_some());
}

#[tokio::test]
async fn young_results_are_used_again_when_asked_to() {
    let yaml = chat_fleet(&[("a", "one"), ("b", "two")], "llmhealth: {probe: {min_age: 3600}}");
    let fleet = Fleet::new(&yaml, ScriptedTransport::always(good()));
    fleet.checker.check(ids(&["a"]), Source::Http).await;
    let report = fleet.check().await;
    assert_eq!(report.checked.len(), 2);
    assert_eq!(fleet.transport.count(), 2, "one request per deployment");
    fleet.check().await;
    assert_eq!(fleet.transport.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn disabled_deployments_are_passed_over_with_a_reason() {
    let list = "model_list:\n\
        - {model_name: m, litellm_params: {model: openai/gpt-4o-mini, api_key: k}, model_info: {id: resting, \
        disable_background_health_check: true}}\n\
        - {model_name: m, litellm_params: {model: openai/gpt-4o-mini, api_key: k}, model_info: {id: awake}}\n";
    let probed = Fleet::new(list, ScriptedTransport::always(good()));
    assert_eq!(probed.check().await.checked.len(), 2, "on demand they are probed");
    let skipping =
        format!("{list}general_settings: {{health_check_skip_disabled_background_models: true}}\n");
    let fleet = Fleet::new(&skipping, ScriptedTransport::always(good()));
    for scope in [Scope::All, ids(&["resting"])] {
        let report = fleet.checker.check(scope, Source::Http).await;
        assert_eq!(report.skipped.len(), 1);
        assert_eq!(&*report.skipped[0].model_id, "resting");
        assert!(report.skipped[0].reason.contains("disable_background_health_check"));
    }
    assert!(fleet.transport.requests().len() == 1, "only `awake` was probed, once");
}

#[tokio::test(start_paused = true)]
async fn cycles_are_told_under_the_names_that_operators_know() {
    let (log, _guard) = Log::start(tracing::Level::DEBUG);
    let transport = ScriptedTransport::always(good());
    transport.on("bad", Reply::Refuse);
    let fleet = Fleet::new(&chat_fleet(&[("a", "good"), ("b", "bad"), ("c", "good")], ""), transport);
    fleet.check().await;
    let text = log.text();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| events.iter().find(|event| event["message"] == name).unwrap().clone();
    let (start, summary) = (of("health_check_cycle_start"), of("health_check_dispatch_summary"));
    assert_eq!(start["source"], "http");
    assert_eq!(start["cycle_id"], of("health_check_cycle_complete")["cycle_id"]);
    assert_eq!(
        (&summary["deployments"], &summary["healthy"], &summary["unhealthy"]),
        (&3.into(), &2.into(), &1.into())
    );
    assert_eq!(summary["peak_in_flight"], 3);
    assert!(summary["rss_bytes"].as_u64().unwrap() > 1024 * 1024);
    assert!(!text.contains("sk-test"), "{text}");
}
