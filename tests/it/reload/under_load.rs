//! Reloads while probes run: nothing known is lost, nothing is left behind.

use std::sync::Arc;
use std::time::Duration;

use llmhealth::domain::Status;
use serde_json::json;
use tokio::time::sleep;

use crate::support::fleet::{Fleet, chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

const BACKGROUND: &str = "general_settings: {background_health_checks: true, health_check_interval: 10}\n\
                          llmhealth: {probe: {concurrency: 100, per_host: 100}}";
/// Always there, and never described in another way.
const STAYING: usize = 20;

/// Some deployments that stay, and some that are there in every other generation only.
fn generation(number: usize) -> String {
    let staying = (0..STAYING).map(|one| (format!("staying-{one}"), "staying"));
    let passing = (0..STAYING).map(|one| (format!("passing-{}-{one}", number % 3), "passing"));
    let deployments: Vec<(String, &str)> = staying.chain(passing).collect();
    let deployments: Vec<(&str, &str)> = deployments.iter().map(|(id, host)| (id.as_str(), *host)).collect();
    chat_fleet(&deployments, BACKGROUND)
}

#[tokio::test(start_paused = true)]
async fn what_is_known_stays_and_nothing_is_left_behind() {
    let good = Reply::json(200, &chat_answer()).after(Duration::from_millis(700));
    let transport = ScriptedTransport::always(good);
    let slow = Reply::json(500, &json!({})).after(Duration::from_secs(4));
    transport.on("passing", slow);
    let fleet = Fleet::new(&generation(0), Arc::clone(&transport));
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    fleet.checker.watch();
    sleep(Duration::from_secs(15)).await;

    for number in 1..100 {
        let known: Vec<_> = (0..STAYING).map(|one| fleet.board.get(&format!("staying-{one}"))).collect();
        fleet.reload(&generation(number));
        for (one, known) in known.into_iter().enumerate() {
            let known = known.unwrap();
            let after = fleet.board.get(&format!("staying-{one}")).unwrap();
            assert!(
                known.latest.is_some() && after.last_healthy == known.last_healthy,
                "generation {number}"
            );
            assert_eq!(after.condition, known.condition);
        }
        let gone = format!("passing-{}-0", (number + 1) % 3);
        assert!(fleet.board.get(&gone).is_none(), "{gone} haunts generation {number}");
        sleep(Duration::from_millis(733)).await;
        assert!(fleet.board.get(&gone).is_none(), "a late answer brought {gone} back");
    }
    let latest = fleet.board.latest("staying-0").unwrap();
    assert_eq!(latest.verdict.status, Status::Up);

    // Whoever was gone is probed no more, and with the schedule off everything ends.
    fleet.reload(&chat_fleet(&[("staying-0", "staying")], ""));
    sleep(Duration::from_mins(1)).await;
    assert_eq!((transport.in_flight(), fleet.checker.in_flight(), fleet.checker.queued()), (0, 0, 0));
    assert!(tasks() <= before + 1, "{} tasks instead of {before} and the schedule's own", tasks());
    let count = transport.count();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(transport.count(), count);
    assert!(fleet.board.get("staying-1").is_none());
}
