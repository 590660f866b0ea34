//! The schedule over a scripted transport.

use std::sync::Arc;
use std::time::Duration;

use llmhealth::domain::Status;
use llmhealth::probe::{Scope, Source};
use tokio::time::sleep;

use crate::support::fleet::{Fleet, chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

const MINUTELY: &str = "general_settings: {background_health_checks: true, health_check_interval: 60}";

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

/// A fleet that is watched, with an id and a host for each name.
fn watched(names: &[&str], rest: &str, transport: &Arc<ScriptedTransport>) -> Fleet {
    let fleet = Fleet::new(&of(names, rest), Arc::clone(transport));
    fleet.checker.watch();
    fleet
}

fn of(names: &[&str], rest: &str) -> String {
    let deployments: Vec<_> = names.iter().map(|name| (*name, *name)).collect();
    chat_fleet(&deployments, rest)
}

fn count(transport: &ScriptedTransport, host: &str) -> usize {
    transport.requests().iter().filter(|request| request.url.host_str() == Some(host)).count()
}

#[tokio::test(start_paused = true)]
async fn a_fleet_is_probed_soon_after_the_start_and_then_once_an_interval() {
    let transport = ScriptedTransport::always(good());
    let fleet = watched(&["a", "b", "c"], MINUTELY, &transport);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(transport.count(), 3);
    assert!(["a", "b", "c"].iter().all(|id| fleet.board.get(id).is_some()));
    sleep(Duration::from_mins(10)).await;
    for host in ["a", "b", "c"] {
        assert!((10..=11).contains(&count(&transport, host)), "{}", count(&transport, host));
        assert!(fleet.checker.next_due(host).is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_probed_unless_it_is_turned_on() {
    let transport = ScriptedTransport::always(good());
    let fleet = watched(&["a"], "", &transport);
    sleep(Duration::from_hours(1)).await;
    assert_eq!(transport.count(), 0);
    fleet.reload(&of(&["a"], MINUTELY));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(transport.count(), 1);
    fleet.reload(&of(&["a"], ""));
    sleep(Duration::from_hours(1)).await;
    assert_eq!(transport.count(), 1);
    assert_eq!(fleet.checker.next_due("a"), None);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_deployment_delays_nobody() {
    let transport = ScriptedTransport::always(good());
    transport.on("hangs", Reply::Hang);
    let _fleet = watched(&["hangs", "a", "b"], MINUTELY, &transport);
    sleep(Duration::from_secs(301)).await;
    assert!((5..=6).contains(&count(&transport, "a")));
    assert!((5..=6).contains(&count(&transport, "b")));
    assert!(transport.peak() <= 3);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_asks_joins_the_probe_under_way() {
    let transport = ScriptedTransport::always(good().after(Duration::from_secs(10)));
    let fleet = watched(&["a"], MINUTELY, &transport);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(transport.in_flight(), 1);
    let report = fleet.checker.check(Scope::All, Source::Http).await;
    assert_eq!(report.checked[0].verdict.status, Status::Up);
    assert_eq!((transport.count(), transport.peak()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn closing_ends_the_schedule_after_the_probes_under_way() {
    let transport = ScriptedTransport::always(good().after(Duration::from_secs(10)));
    let fleet = watched(&["a"], MINUTELY, &transport);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(transport.in_flight(), 1);
    fleet.checker.close();
    sleep(Duration::from_hours(1)).await;
    assert_eq!(transport.count(), 1);
    assert!(fleet.board.get("a").is_some());
}
