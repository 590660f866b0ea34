//! The schedule over a scripted transport.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use llmhealth::domain::{SignedRequest, Status};
use llmhealth::probe::{Scope, Source};
use llmhealth::state::{Announcement, Target};
use proptest::prelude::*;
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

#[tokio::test(start_paused = true)]
async fn maintenance_may_keep_probes_away() {
    let transport = ScriptedTransport::always(good());
    let fleet = Fleet::new(&of(&["a", "b"], MINUTELY), Arc::clone(&transport));
    let now = Timestamp::now();
    fleet.board.calendar().announce(Announcement {
        id: "1".to_owned(),
        target: Target::Deployment("a".into()),
        since: now,
        until: now + SignedDuration::from_hours(1),
        reason: None,
        is_probed: false,
        is_routable: true,
    });
    fleet.checker.watch();
    sleep(Duration::from_secs(301)).await;
    assert_eq!(count(&transport, "a"), 0);
    assert!(count(&transport, "b") >= 5);
    fleet.board.calendar().cancel("1");
    sleep(Duration::from_mins(1)).await;
    assert_eq!(count(&transport, "a"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_defect_in_a_probe_keeps_its_deployment_in_the_schedule() {
    let transport = ScriptedTransport::always(Reply::Panic);
    let _fleet = watched(&["a"], MINUTELY, &transport);
    sleep(Duration::from_mins(10)).await;
    assert!(transport.count() >= 10, "{}", transport.count());
}

#[tokio::test(start_paused = true)]
async fn what_was_removed_or_moved_is_never_probed_again() {
    let transport = ScriptedTransport::always(good().after(Duration::from_secs(5)));
    let fleet = watched(&["kept", "removed"], MINUTELY, &transport);
    sleep(Duration::from_secs(2)).await;
    let due = fleet.checker.next_due("kept").unwrap();
    fleet.reload(&chat_fleet(&[("kept", "kept"), ("new", "new")], MINUTELY));
    let moved = fleet.checker.next_due("kept").unwrap().duration_since(due);
    assert!(moved.abs() < SignedDuration::from_secs(1), "{moved:?}");
    let before = count(&transport, "removed");
    sleep(Duration::from_mins(10)).await;
    assert_eq!(count(&transport, "removed"), before);
    assert!(count(&transport, "kept") >= 10 && count(&transport, "new") >= 10);
    assert!(fleet.board.get("removed").is_none());
    fleet.reload(&chat_fleet(&[("kept", "elsewhere")], MINUTELY));
    let before = count(&transport, "kept");
    sleep(Duration::from_secs(2)).await;
    assert_eq!((count(&transport, "kept"), count(&transport, "elsewhere")), (before, 1), "at once");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_limit_is_ever_exceeded_and_everybody_has_a_turn(
        hosts in prop::collection::vec((0_u8..4, 0_u64..8000, 0_u8..4), 1..25),
        total in 1_usize..12,
        per_host in 1_usize..5,
        keep in 1_usize..25,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let transport = ScriptedTransport::always(Reply::Hang);
            let deployments: Vec<_> = hosts
                .iter()
                .enumerate()
                .map(|(number, (host, latency, kind))| {
                    let reply = match kind {
                        0 => Reply::text(503, "overloaded"),
                        1 => Reply::Refuse,
                        _ => good(),
                    };
                    // A path of its own for each, and a host that several share.
                    let place = format!("host-{host}/{number}");
                    transport.on(&format!("{place}/v1"), reply.after(Duration::from_millis(*latency)));
                    (format!("id-{number}"), place)
                })
                .collect();
            let yaml = |count: usize| {
                let some: Vec<_> = deployments[..count].iter().map(|(id, place)| (id.as_str(), place.as_str())).collect();
                let rest = format!("{MINUTELY}\nllmhealth: {{connectivity: false, probe: {{concurrency: {total}, per_host: {per_host}}}}}");
                chat_fleet(&some, &rest)
            };
            let fleet = Fleet::new(&yaml(deployments.len()), Arc::clone(&transport));
            fleet.checker.watch();
            // The slowest fleet of one host, one at a time: 25 of 8 s take 200 s for a pass.
            sleep(Duration::from_mins(20)).await;
            assert!(transport.peak() <= total, "{} under way", transport.peak());
            for (_, place) in &deployments {
                let probes = of_place(&transport, place);
                assert!((5..=61).contains(&probes), "{place} was probed {probes} times");
            }
            let kept = keep.min(deployments.len());
            fleet.reload(&yaml(kept));
            // What was under way at the reload ends.
            let removed: Vec<_> =
                deployments[kept..].iter().map(|(_, place)| of_place(&transport, place)).collect();
            sleep(Duration::from_mins(20)).await;
            for ((_, place), before) in deployments[kept..].iter().zip(removed) {
                assert_eq!(of_place(&transport, place), before, "{place} came back");
            }
            for (_, place) in &deployments {
                let (host, _) = place.split_once('/').unwrap();
                assert!(transport.peak_of(host) <= per_host, "{host}");
                assert!(transport.peak_of(&format!("{place}/v1/chat/completions")) == 1, "{place} at once");
            }
        });
    }
}

fn of_place(transport: &ScriptedTransport, place: &str) -> usize {
    let part = format!("{place}/v1");
    let of = |request: &SignedRequest| {
        format!("{}{}", request.url.host_str().unwrap(), request.url.path()).contains(&part)
    };
    transport.requests().iter().filter(|request| of(request)).count()
}
