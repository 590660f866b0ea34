//! Liveness, readiness, draining, backlog.

use std::time::Duration;

use llmhealth::state::Suspension;
use serde_json::json;

use crate::support::daemon::{Daemon, WITH_KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Gate, Reply, ScriptedTransport};

const DRAINING: (u16, &str) = (503, r#"{"status":"shutting_down"}"#);

fn daemon(rest: &str) -> Daemon {
    Daemon::new(&chat_fleet(&[("a", "h")], rest), ScriptedTransport::always(Reply::json(200, &chat_answer())))
}

async fn told(daemon: &Daemon, target: &str) -> (u16, String) {
    daemon.get(target).await.told()
}

#[tokio::test]
async fn a_ready_daemon_says_so() {
    let daemon = daemon(WITH_KEY);
    let alive = (200, r#""I'm alive!""#.to_owned());
    assert_eq!(told(&daemon, "/health/liveliness").await, alive);
    assert_eq!(told(&daemon, "/health/liveness").await, alive);
    let ready = (200, r#"{"status":"healthy","db":"Not connected"}"#.to_owned());
    assert_eq!(told(&daemon, "/health/readiness").await, ready);
    assert_eq!(told(&daemon, "/test").await, (200, r#"{"route":"/test"}"#.to_owned()));
    assert_eq!(daemon.fleet.transport.count(), 0, "nothing of this asks a provider");
}

#[tokio::test]
async fn a_starting_daemon_is_alive_and_names_what_it_waits_for() {
    let yaml = chat_fleet(&[("a", "h")], "");
    let daemon =
        Daemon::starting(&yaml, ScriptedTransport::always(Reply::Hang), &["history_store", "http_server"]);
    let starting = |pending: &str| {
        (503, format!(r#"{{"status":"starting","db":"Not connected","pending":[{pending}]}}"#))
    };
    let target = "/health/readiness";
    assert_eq!(told(&daemon, target).await, starting(r#""history_store","http_server""#));
    assert_eq!(told(&daemon, "/health/liveliness").await.0, 200);
    daemon.lifecycle.finish("history_store");
    assert_eq!(told(&daemon, target).await, starting(r#""http_server""#));
    daemon.lifecycle.finish("http_server");
    assert_eq!(told(&daemon, target).await.0, 200);
}

#[tokio::test]
async fn a_draining_daemon_is_neither_ready_nor_alive_but_still_answers() {
    let daemon = daemon(WITH_KEY);
    daemon.lifecycle.drain();
    for target in ["/health/readiness", "/health/liveliness", "/health/liveness"] {
        assert_eq!(told(&daemon, target).await, (DRAINING.0, DRAINING.1.to_owned()), "{target}");
    }
    assert_eq!(daemon.get_as_admin("/health").await.status, 200);
    let details = daemon.get_as_admin("/health/readiness/details").await;
    assert_eq!((details.status, &details.json()["status"]), (200, &json!("healthy")));
}

#[tokio::test]
async fn options_say_what_may_be_asked() {
    let daemon = daemon(WITH_KEY);
    for target in ["/health/readiness", "/health/liveliness", "/health/liveness"] {
        let answer = daemon.send(request("OPTIONS", target, &[])).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{target}");
        assert_eq!(answer.header("allow"), Some("GET, OPTIONS"), "{target}");
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, OPTIONS"), "{target}");
        assert_eq!(answer.header("access-control-allow-headers"), Some("*"), "{target}");
    }
}

#[tokio::test]
async fn details_are_for_those_with_a_key_unless_they_are_public() {
    let rest = "general_settings: {master_key: sk-master-0123456789}\n\
                litellm_settings: {success_callback: [langfuse], cache: true, cache_params: {type: redis}}";
    let answer = daemon(rest).get_as_admin("/health/readiness/details").await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "status",
            "db",
            "cache",
            "litellm_version",
            "success_callbacks",
            "use_aiohttp_transport",
            "log_level",
            "is_detailed_debug",
            "show_no_redis_warning",
            "show_env_credential_login_warning",
            "llmhealth_version",
            "deployments",
            "uptime_seconds",
        ]
    );
    assert_eq!(body["cache"], json!("redis"));
    assert_eq!(body["litellm_version"], json!("1.102.4"));
    assert_eq!(body["success_callbacks"], json!(["langfuse"]));
    assert_eq!(body["deployments"], json!(1));

    let public =
        "general_settings: {master_key: sk-master-0123456789, allow_public_health_readiness_details: true}";
    let body = daemon(public).get("/health/readiness").await.json();
    assert_eq!((&body["status"], &body["deployments"]), (&json!("healthy"), &json!(1)));
}

#[tokio::test]
async fn readiness_may_depend_on_deployments_when_asked_to() {
    let yaml =
        chat_fleet(&[("a", "good"), ("b", "bad")], "llmhealth: {readiness: {min_healthy_ratio: 0.75}}");
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    transport.on("bad", Reply::Refuse);
    let daemon = Daemon::new(&yaml, transport);
    assert_eq!(told(&daemon, "/health/readiness").await.0, 200, "nothing is known yet");
    daemon.get("/health").await;
    let answer = daemon.get("/health/readiness").await;
    assert_eq!(
        answer.told(),
        (503, r#"{"status":"too few deployments are healthy","db":"Not connected"}"#.to_owned())
    );
    assert_eq!(told(&daemon, "/health/liveliness").await.0, 200);
    daemon.fleet.transport.on("bad", Reply::json(200, &chat_answer()));
    daemon.get("/health").await;
    assert_eq!(told(&daemon, "/health/readiness").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn the_backlog_counts_itself_and_those_who_wait() {
    let gate = Gate::closed();
    let daemon = daemon("");
    let backlog = |count: usize| {
        let rest = r#""admitted_requests":0,"queued_requests":0,"rejected_requests":0}"#;
        (200, format!(r#"{{"in_flight_requests":{count},{rest}"#))
    };
    assert_eq!(told(&daemon, "/health/backlog").await, backlog(1));
    daemon.fleet.transport.on("", Reply::json(200, &chat_answer()).behind(&gate));
    let (health, ()) = tokio::join!(daemon.get("/health"), async {
        daemon.fleet.transport.until_in_flight(1).await;
        assert_eq!(told(&daemon, "/health/backlog").await, backlog(2));
        gate.open();
    });
    assert_eq!(health.status, 200);
    assert_eq!(told(&daemon, "/health/backlog").await, backlog(1));
}

#[tokio::test]
async fn draining_is_off_unless_it_is_turned_on() {
    for rest in ["", "general_settings: {drain_endpoint_token: dt-0123456789}"] {
        let daemon = daemon(rest);
        let expected = (404, r#"{"detail":"Not Found"}"#.to_owned());
        assert_eq!(told(&daemon, "/health/drain").await, expected);
        assert_eq!(told(&daemon, "/health/liveliness").await.0, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_needs_its_token_and_waits_for_the_others() {
    let daemon =
        daemon("general_settings: {enable_drain_endpoint: true, drain_endpoint_token: dt-0123456789}");
    let refused = (401, r#"{"detail":"Invalid or missing X-Drain-Token"}"#.to_owned());
    assert_eq!(told(&daemon, "/health/drain").await, refused);
    let wrong = request("GET", "/health/drain", &[("X-Drain-Token", "dt-012345678")]);
    assert_eq!(daemon.send(wrong).await.told(), refused);
    assert_eq!(told(&daemon, "/health/liveliness").await.0, 200, "a refused drain changes nothing");

    let gate = Gate::closed();
    daemon.fleet.transport.on("", Reply::json(200, &chat_answer()).behind(&gate));
    let drain = || daemon.send(request("GET", "/health/drain", &[("X-Drain-Token", "dt-0123456789")]));
    let (health, first, second, ()) = tokio::join!(daemon.get("/health"), drain(), drain(), async {
        daemon.fleet.transport.until_in_flight(1).await;
        assert_eq!(told(&daemon, "/health/readiness").await.0, 503);
        gate.open();
    });
    assert_eq!(health.status, 200);
    for answer in [first, second] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["status"], json!("drained"));
    }
    assert_eq!(drain().await.told(), (200, r#"{"status":"drained","drained_requests":0}"#.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_drain_does_not_wait_for_ever() {
    let daemon = daemon("general_settings: {enable_drain_endpoint: true}");
    daemon.fleet.transport.on("", Reply::Hang);
    let start = tokio::time::Instant::now();
    let answer = tokio::select! {
        answer = async {
            daemon.fleet.transport.until_in_flight(1).await;
            daemon.get("/health/drain").await
        } => answer,
        _ = daemon.get("/health") => panic!("hangs"),
    };
    assert_eq!(answer.told(), (200, r#"{"status":"drained","drained_requests":0}"#.to_owned()));
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test]
async fn readiness_tells_when_verdicts_are_suspended_and_stays_ready() {
    let daemon = daemon("");
    let since = jiff::Timestamp::UNIX_EPOCH;
    daemon.fleet.board.suspend(Some(Suspension { since, reason: "no network".to_owned() }));
    let suspended = json!({"since": "1970-01-01T00:00:00.000Z", "reason": "no network"});
    for target in ["/health/readiness/details", "/routing/state", "/health"] {
        assert_eq!(daemon.get(target).await.json()["suspended"], suspended, "{target}");
    }
    assert_eq!(told(&daemon, "/health/readiness").await.0, 200);
    daemon.fleet.board.suspend(None);
    assert_eq!(daemon.get("/health/readiness/details").await.json().get("suspended"), None);
}
