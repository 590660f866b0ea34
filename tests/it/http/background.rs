//! `GET /health` while checks run in the background: it tells what the board knows, and probes nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::daemon::{Daemon, KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

const ON: &str = "general_settings: {master_key: sk-master-0123456789, background_health_checks: true, health_check_interval: 60}";

fn transport() -> Arc<ScriptedTransport> {
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    transport.on("bad", Reply::json(500, &json!({})));
    transport
}

/// A good deployment, a bad one, and one that is not probed in the background.
fn yaml() -> String {
    let mut yaml: Value = serde_yaml_of(&chat_fleet(&[("a", "good"), ("b", "bad"), ("c", "good")], ON));
    yaml["model_list"][1]["model_name"] = json!("bad");
    yaml["model_list"][2]["model_info"]["disable_background_health_check"] = json!(true);
    yaml.to_string()
}

fn serde_yaml_of(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// A daemon whose deployments have all been looked at.
async fn watched() -> Daemon {
    let daemon = Daemon::new(&yaml(), transport());
    daemon.fleet.checker.watch();
    sleep(Duration::from_secs(30)).await;
    daemon
}

fn counts(body: &Value) -> [u64; 3] {
    ["healthy_count", "unhealthy_count", "unknown_count"].map(|key| body[key].as_u64().unwrap())
}

#[tokio::test(start_paused = true)]
async fn before_the_first_verdict_nobody_is_paged() {
    let daemon = Daemon::new(&yaml(), transport());
    let answer = daemon.get_as_admin("/health").await;
    let told = concat!(
        r#"{"healthy_endpoints":[],"unhealthy_endpoints":[],"healthy_count":0,"unhealthy_count":0,"#,
        r#""unknown_count":2,"skipped":[{"model_id":"c","reason":"model_info.disable_background_health_check is true"}]}"#,
    );
    assert_eq!(answer.told(), (200, told.to_owned()));
    for target in [
        "/health?model=m",
        "/health?model_id=b",
        "/health?strict=true",
        "/health?min_healthy=1",
        "/health?model=",
    ] {
        assert_eq!(daemon.get_as_admin(target).await.status, 200, "{target}");
    }
    assert_eq!(daemon.fleet.transport.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn it_tells_the_latest_outcomes_without_probing() {
    let daemon = watched().await;
    let probes = daemon.fleet.transport.count();
    let body = daemon.get_as_admin("/health").await.json();
    assert_eq!(counts(&body), [1, 1, 0], "{body}");
    assert_eq!(body["skipped"][0]["model_id"], "c");
    let good = &body["healthy_endpoints"][0];
    assert_eq!((&good["model_id"], &good["condition"]), (&json!("a"), &json!("healthy")));
    let bad = &body["unhealthy_endpoints"][0];
    assert_eq!((&bad["condition"], &bad["exception_status"]), (&json!("unhealthy"), &json!(500)));
    assert_eq!(bad["consecutive_failures"], 3, "looked at twice more, quickly");
    for entry in [good, bad] {
        assert!(entry["next_due"].is_string() && entry["checked_at"].is_string(), "{entry}");
    }
    assert_eq!(counts(&daemon.get_as_admin("/health?model=").await.json()), [1, 1, 0]);
    assert_eq!(counts(&daemon.get_as_admin("/health?model=m").await.json()), [1, 0, 0]);
    assert_eq!(daemon.fleet.transport.count(), probes);
}

#[tokio::test(start_paused = true)]
async fn a_status_can_be_asked_for() {
    let daemon = watched().await;
    for (target, status) in [
        ("/health", 200),
        ("/health?strict=false", 200),
        ("/health?strict=true", 503),
        ("/health?min_healthy=0.5", 200),
        ("/health?min_healthy=0.51", 503),
        ("/health?model=m&strict=true", 200),
        ("/health?model=bad", 503),
        ("/health?model_id=b", 503),
        // Excluded from the background: nothing is known of it, and nothing will be.
        ("/health?model_id=c", 503),
        ("/health?model=nope", 503),
    ] {
        assert_eq!(daemon.get_as_admin(target).await.status, status, "{target}");
    }
    for (target, kind) in [
        ("/health?strict=maybe", "bool_parsing"),
        ("/health?fresh=2", "bool_parsing"),
        ("/health?min_healthy=half", "float_parsing"),
        ("/health?min_healthy=NaN", "float_parsing"),
        ("/health?min_healthy=-0.1", "greater_than_equal"),
        ("/health?min_healthy=50", "less_than_equal"),
    ] {
        let answer = daemon.get_as_admin(target).await;
        assert_eq!((answer.status, &answer.json()["detail"][0]["type"]), (422, &json!(kind)), "{target}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_admin_may_have_it_probed_now() {
    let daemon = watched().await;
    let probes = daemon.fleet.transport.count();
    let body = daemon.get_as_admin("/health?fresh=true").await.json();
    assert_eq!(counts(&body), [2, 1, 0], "on demand the third one is probed too: {body}");
    assert_eq!(daemon.fleet.transport.count(), probes + 3);
    let open = Daemon::new(&chat_fleet(&[("a", "good")], ""), transport());
    assert_eq!(open.get("/health?fresh=true").await.status, 403);
    assert_eq!(open.fleet.transport.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_change_shows_at_once_and_a_failure_that_is_over_is_told() {
    let daemon = watched().await;
    assert_eq!(counts(&daemon.get_as_admin("/health").await.json()), [1, 1, 0]);
    daemon.fleet.transport.on("bad", Reply::json(200, &chat_answer()));
    daemon.get_as_admin("/health?fresh=true&model_id=b").await;
    let body = daemon.get_as_admin("/health").await.json();
    assert_eq!(counts(&body), [2, 0, 0], "{body}");
    let mended = &body["healthy_endpoints"][1];
    assert_eq!(mended["last_error"]["exception_status"], 500, "{mended}");
    // A reload too.
    daemon.fleet.reload(&chat_fleet(&[("b", "bad")], ON));
    assert_eq!(counts(&daemon.get_as_admin("/health").await.json()), [1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_is_made_once_a_second_and_compressed_once() {
    let ids: Vec<String> = (0..1500).map(|number| format!("id-{number}")).collect();
    let deployments: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "good")).collect();
    let daemon = Daemon::new(&chat_fleet(&deployments, ON), transport());
    let read = async || counts(&daemon.get_as_admin("/health").await.json());
    assert_eq!(read().await, [0, 0, 1500]);
    daemon.get_as_admin("/health?fresh=true&model_id=id-7").await;
    assert_eq!(read().await, [0, 0, 1500], "made less than a second ago");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(read().await, [1, 0, 1499]);

    daemon.get_as_admin("/health?fresh=true").await;
    sleep(Duration::from_secs(2)).await;
    let plain = daemon.get_as_admin("/health").await;
    assert_eq!(plain.header("content-encoding"), None);
    let headers = [("x-api-key", KEY), ("accept-encoding", "gzip")];
    let zipped = daemon.send(request("GET", "/health", &headers)).await;
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert!(zipped.body.len() * 5 < plain.body.len());
    let mut text = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&zipped.body[..]), &mut text).unwrap();
    assert!(text == plain.body, "both say the same");
}

#[tokio::test(start_paused = true)]
async fn everybody_gets_the_answer_that_is_theirs() {
    let keys = "llmhealth: {keys: [{name: one, key: sk-one-0123456789ab, models: [m]}, \
                {name: two, key: sk-two-0123456789ab, models: [bad]}]}";
    let daemon = Daemon::new(&chat_fleet(&[("a", "good")], &format!("{keys}\n{ON}")), transport());
    daemon.get_as_admin("/health?fresh=true").await;
    let answers = [
        daemon.get_as_admin("/health").await,
        daemon.get_with("sk-one-0123456789ab", "/health").await,
        daemon.get_with("sk-two-0123456789ab", "/health").await,
    ];
    let told = answers.map(|answer| (counts(&answer.json())[0], answer.json().to_string().contains("good")));
    assert_eq!(told, [(1, true), (1, false), (0, false)]);
}
