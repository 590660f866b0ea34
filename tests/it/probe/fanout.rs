//! Many probes: bounds, order, and that nobody delays anybody else.

use std::collections::HashSet;
use std::time::Duration;

use llmhealth::domain::Status;
use llmhealth::probe::{Progress, Scope, Source};
use tokio::time::Instant;

use crate::support::fleet::{Fleet, chat_answer, chat_fleet};
use crate::support::scripted::{Gate, Reply, ScriptedTransport};

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

fn hosts(count: usize, host: impl Fn(usize) -> String) -> Vec<(String, String)> {
    (0..count).map(|number| (format!("id-{number}"), host(number))).collect()
}

fn fleet(entries: &[(String, String)], probe: &str, transport: std::sync::Arc<ScriptedTransport>) -> Fleet {
    let entries: Vec<_> = entries.iter().map(|(id, host)| (id.as_str(), host.as_str())).collect();
    Fleet::new(&chat_fleet(&entries, &format!("llmhealth: {{probe: {{{probe}}}}}")), transport)
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_total_are_under_way() {
    let transport = ScriptedTransport::always(good().after(Duration::from_millis(50)));
    let entries = hosts(100, |number| format!("host-{number}"));
    let fleet = fleet(&entries, "concurrency: 10", transport);
    let start = Instant::now();
    let report = fleet.check().await;
    assert_eq!(report.checked.len(), 100);
    assert_eq!(fleet.transport.peak(), 10);
    assert_eq!(start.elapsed(), Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn no_more_than_its_share_go_to_one_host() {
    let transport = ScriptedTransport::always(good().after(Duration::from_millis(50)));
    let fleet = fleet(&hosts(40, |_| "one".to_owned()), "concurrency: 100, per_host: 4", transport);
    fleet.check().await;
    assert_eq!(fleet.transport.peak(), 4);
    assert_eq!(fleet.transport.count(), 40);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_its_share_go_to_one_provider() {
    let transport = ScriptedTransport::always(good().after(Duration::from_millis(50)));
    let entries = hosts(40, |number| format!("host-{number}"));
    let fleet = fleet(&entries, "concurrency: 100, per_provider: {openai: 3}", transport);
    fleet.check().await;
    assert_eq!(fleet.transport.peak(), 3);
    assert_eq!(fleet.transport.count(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_slow_host_delays_nobody_else() {
    let transport = ScriptedTransport::always(good().after(Duration::from_millis(10)));
    transport.on("slow", good().after(Duration::from_secs(10)));
    // The slow ones come first, and there are more of them than may be under way in total.
    let entries = hosts(60, |number| if number < 30 { "slow".to_owned() } else { "fast".to_owned() });
    let fleet = fleet(&entries, "concurrency: 8, per_host: 4", transport);
    let run = fleet.checker.start(Scope::All, Source::Http);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(run.progress(), Progress { done: 30, total: 60 }, "all fast ones are done");
    assert!(fleet.board.latest("id-59").is_some() && fleet.board.latest("id-0").is_none());
    let report = run.report().await;
    assert!(report.checked.iter().all(|checked| checked.verdict.status == Status::Up));
}

#[tokio::test(start_paused = true)]
async fn results_come_in_the_order_of_the_configuration() {
    let transport = ScriptedTransport::always(good());
    for number in 0..20 {
        let wait = Duration::from_millis(1000 - 50 * number);
        transport.on(&format!("host-{number}/"), good().after(wait));
    }
    let fleet = fleet(&hosts(20, |number| format!("host-{number}")), "concurrency: 7", transport);
    let report = fleet.check().await;
    let ids: Vec<_> = report.checked.iter().map(|checked| checked.deployment.id.to_string()).collect();
    let expected: Vec<_> = (0..20).map(|number| format!("id-{number}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_from_the_start_of_a_probe() {
    let fleet =
        fleet(&hosts(3, |_| "h".to_owned()), "concurrency: 1", ScriptedTransport::always(Reply::Hang));
    let start = Instant::now();
    let report = fleet.check().await;
    assert_eq!(start.elapsed(), Duration::from_mins(3));
    for checked in &report.checked {
        assert_eq!(checked.verdict.exception_status, Some(408));
        assert_eq!(checked.outcome.latency, Duration::from_mins(1));
    }
}

#[tokio::test(start_paused = true)]
async fn entries_with_one_id_are_probed_once() {
    let yaml = chat_fleet(&[("same", "first"), ("same", "second"), ("other", "third")], "");
    let fleet = Fleet::new(&yaml, ScriptedTransport::always(good()));
    let report = fleet.check().await;
    let ids: Vec<_> = report.checked.iter().map(|checked| &*checked.deployment.id).collect();
    assert_eq!(ids, ["same", "other"]);
    assert_eq!(report.skipped.len(), 1);
    assert!(report.skipped[0].reason.contains("same id"));
    assert_eq!(fleet.transport.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn limits_hold_for_all_runs_together() {
    let gate = Gate::closed();
    let transport = ScriptedTransport::always(good().behind(&gate));
    let fleet = fleet(&hosts(20, |number| format!("host-{number}")), "concurrency: 5", transport);
    let all = fleet.checker.start(Scope::All, Source::Http);
    let some = fleet.checker.start(Scope::Ids(vec!["id-18".into(), "id-19".into()]), Source::Http);
    fleet.transport.until_in_flight(5).await;
    assert_eq!(fleet.checker.in_flight(), 5);
    gate.open();
    assert_eq!((all.report().await.checked.len(), some.report().await.checked.len()), (20, 2));
    assert_eq!(fleet.transport.peak(), 5);
    assert_eq!(fleet.checker.in_flight(), 0);
}

#[tokio::test]
async fn a_large_fleet_of_one_host_is_probed_whole() {
    let fleet = fleet(&hosts(5000, |_| "one".to_owned()), "per_host: 16", ScriptedTransport::always(good()));
    let report = fleet.check().await;
    let ids: HashSet<_> = report.checked.iter().map(|checked| &*checked.deployment.id).collect();
    assert_eq!((ids.len(), fleet.transport.count()), (5000, 5000));
}
