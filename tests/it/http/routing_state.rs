//! `GET /routing/state`.

use llmhealth::domain::{Failure, FailureKind, Outcome};
use llmhealth::state::Judged;
use serde_json::{Value, json};

use crate::support::daemon::{Daemon, WITH_KEY};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

const ROUTING: &str = "router_settings: {enable_health_check_routing: true, health_check_staleness_threshold: 90}\n\
                       llmhealth: {thresholds: {fall: 1}}\n";

/// A good deployment and one that refuses connections, both checked once.
async fn daemon(rest: &str) -> Daemon {
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    transport.on("bad", Reply::Refuse);
    let daemon =
        Daemon::new(&chat_fleet(&[("a", "good"), ("b", "bad")], &format!("{ROUTING}{rest}")), transport);
    daemon.get_as_admin("/health").await;
    daemon
}

fn deployments(state: &Value) -> Vec<Value> {
    state["models"][0]["deployments"].as_array().unwrap().clone()
}

#[tokio::test]
async fn it_tells_who_may_be_used_and_why() {
    let daemon = daemon(WITH_KEY).await;
    assert_eq!(daemon.get("/routing/state").await.status, 401);
    let state = daemon.get_as_admin("/routing/state").await.json();
    assert_eq!((&state["enable_health_check_routing"], state.get("suspended")), (&json!(true), None));
    let model = &state["models"][0];
    assert_eq!(
        (&model["model_name"], &model["usable_count"], &model["safety_net"]),
        (&json!("m"), &json!(1), &json!(false))
    );
    let [good, bad] = &deployments(&state)[..] else { panic!("{state}") };
    let told = |one: &Value| {
        let keys =
            ["model_id", "api_base", "usable", "reason", "condition", "status", "consecutive_failures"];
        keys.map(|key| one[key].clone())
    };
    assert_eq!(
        told(good),
        [
            json!("a"),
            json!("http://good/v1"),
            json!(true),
            json!("healthy"),
            json!("healthy"),
            json!("up"),
            json!(0)
        ]
    );
    assert_eq!(good["last_error"], Value::Null);
    assert_eq!(
        told(bad),
        [
            json!("b"),
            json!("http://bad/v1"),
            json!(false),
            json!("unhealthy"),
            json!("unhealthy"),
            json!("down"),
            json!(1)
        ]
    );
    assert_eq!(bad["last_error"]["exception_status"], json!(500));
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time(&bad["until"]).duration_since(time(&bad["checked_at"])).as_secs(), 90);
}

#[tokio::test]
async fn addresses_are_for_admins() {
    let daemon = daemon("").await;
    let state = daemon.get("/routing/state").await.json();
    assert!(deployments(&state).iter().all(|one| one.get("api_base").is_none()), "{state}");
}

#[tokio::test]
async fn one_model_can_be_asked_for() {
    let daemon = daemon(WITH_KEY).await;
    for name in ["m", "openai/gpt-4o-mini"] {
        let state = daemon.get_as_admin(&format!("/routing/state?model={name}")).await.json();
        assert_eq!(deployments(&state).len(), 2, "{name}");
    }
    let unknown = r#"{"detail":"The model `nope` does not exist or is not accessible"}"#;
    assert_eq!(daemon.get_as_admin("/routing/state?model=nope").await.told(), (404, unknown.to_owned()));
}

#[tokio::test]
async fn cooldowns_and_the_safety_net_show() {
    let daemon = daemon(WITH_KEY).await;
    let failure = Failure {
        kind: FailureKind::Status,
        status: Some(429),
        message: "slow down".to_owned(),
        hint: None,
        request_id: None,
    };
    let outcome = Outcome {
        checked_at: jiff::Timestamp::now(),
        latency: std::time::Duration::ZERO,
        failure: Some(Box::new(failure)),
        rate_limit: None,
        probed_model: None,
        cost_usd: None,
        notes: Vec::new(),
    };
    let verdict = llmhealth::probe::classify(&outcome, None);
    let judged = Judged { outcome: outcome.into(), verdict };
    daemon.fleet.board.record_failure("a", &judged, false);
    let state = daemon.get_as_admin("/routing/state").await.json();
    assert_eq!(state["models"][0]["safety_net"], json!(true));
    let deployments = deployments(&state);
    let cooldown = &deployments[0]["cooldown"];
    assert_eq!(
        (&cooldown["reason"], &cooldown["cause"], &cooldown["exception_status"]),
        (&json!("rate limited"), &json!("traffic"), &json!(429))
    );
    assert_eq!(deployments[0]["until"], cooldown["until"]);
    assert!(deployments.iter().all(|one| one["usable"] == json!(true)), "{deployments:?}");
}
