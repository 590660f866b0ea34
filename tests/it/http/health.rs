//! `GET /health`.

use serde_json::{Value, json};

use crate::support::daemon::{Daemon, WITH_KEY};
use crate::support::fleet::chat_answer;
use crate::support::scripted::{Gate, Reply, ScriptedTransport};

const NOTICE: &str = "api_base, api_version, aws_bedrock_runtime_endpoint are admin-only on this endpoint";

/// Two good deployments and several bad ones.
fn yaml(rest: &str) -> String {
    format!(
        r#"
model_list:
  - model_name: chat
    litellm_params: {{model: openai/gpt-4o-mini, api_base: "http://good/v1", api_key: sk-test-0123456789, rpm: 60, temperature: 0}}
    model_info: {{id: good}}
  - model_name: chat
    litellm_params: {{model: openai/gpt-4o-mini, api_base: "http://denied/v1", api_key: sk-test-0123456789}}
    model_info: {{id: denied}}
  - model_name: dead
    litellm_params: {{model: openai/gpt-4o-mini, api_base: "http://refused/v1", api_key: sk-test-0123456789}}
    model_info: {{id: 500}}
  - model_name: vectors
    litellm_params: {{model: openai/text-embedding-3-small, api_base: "http://vectors/v1", api_key: sk-test-0123456789}}
    model_info: {{id: vectors, team_public_model_name: team-vectors}}
  - model_name: wrong
    litellm_params: {{model: openai/gpt-4o-mini, api_key: sk-test-0123456789}}
    model_info: {{id: wrong, mode: foo}}
{rest}
"#
    )
}

fn transport() -> std::sync::Arc<ScriptedTransport> {
    let transport = ScriptedTransport::always(Reply::Hang);
    let good = Reply::json(200, &chat_answer())
        .header("x-ratelimit-remaining-requests", "59")
        .header("x-ratelimit-remaining-tokens", "1999");
    transport.on("good/", good);
    transport.on("denied/", Reply::json(401, &json!({"error": {"message": "mock says 401"}})));
    transport.on("refused/", Reply::Refuse);
    let vectors =
        json!({"object": "list", "data": [{"embedding": [0.1], "index": 0, "object": "embedding"}]});
    transport.on("vectors/", Reply::json(200, &vectors));
    transport
}

fn daemon(rest: &str) -> Daemon {
    Daemon::new(&yaml(rest), transport())
}

fn ids(body: &Value, list: &str) -> Vec<String> {
    let entries = body[list].as_array().unwrap();
    entries.iter().map(|entry| entry["model_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_admin_sees_litellms_fields_and_ours_after_them() {
    let daemon = daemon(WITH_KEY);
    let answer = daemon.get_as_admin("/health").await;
    assert_eq!(answer.header("litellm-health-field-notice"), None);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let (status, body) = answer.told();
    assert_eq!(status, 200);
    let healthy = concat!(
        r#"{"healthy_endpoints":["#,
        r#"{"model":"openai/gpt-4o-mini","api_base":"http://good/v1","rpm":60,"#,
        r#""x-ratelimit-remaining-requests":"59","x-ratelimit-remaining-tokens":"1999","model_id":"good","#,
        r#""latency_ms":0,"checked_at":"T","status":"up","probe_cost_usd":0.00001125,"#,
        r#""condition":"healthy","since":"T","last_healthy":"T","consecutive_failures":0,"consecutive_successes":1},"#,
        r#"{"model":"openai/text-embedding-3-small","api_base":"http://vectors/v1","model_id":"vectors","#,
        r#""latency_ms":0,"checked_at":"T","status":"up","probe_cost_usd":1e-7,"#,
        r#""condition":"healthy","since":"T","last_healthy":"T","consecutive_failures":0,"consecutive_successes":1}"#,
        r#"],"unhealthy_endpoints":["#,
    );
    assert!(body.starts_with(healthy), "{body}");
    assert!(body.ends_with(r#"],"healthy_count":2,"unhealthy_count":3,"unknown_count":0}"#), "{body}");

    let body = answer.json();
    assert_eq!(ids(&body, "unhealthy_endpoints"), ["denied", "500", "wrong"], "config order");
    let keys = |index: usize| -> Vec<&str> {
        body["unhealthy_endpoints"][index].as_object().unwrap().keys().map(String::as_str).collect()
    };
    assert_eq!(
        keys(0)[..7],
        [
            "model",
            "api_base",
            "error",
            "raw_request_typed_dict",
            "model_id",
            "exception_status",
            "latency_ms"
        ]
    );
    assert_eq!(
        body["unhealthy_endpoints"][0]["raw_request_typed_dict"],
        json!({
            "raw_request_api_base": "http://denied/v1/chat/completions",
            "raw_request_body": {
                "model": "gpt-4o-mini",
                "messages": [{"role": "user", "content": "What's 1 + 1?"}],
                "max_tokens": 16,
            },
            "raw_request_headers": {
                "authorization": "Bearer sk-t****6789", "content-type": "application/json",
            },
            "error": null,
        })
    );
    assert_eq!(body["unhealthy_endpoints"][2]["raw_request_typed_dict"], Value::Null);
    let bad = |index: usize, key: &str| body["unhealthy_endpoints"][index][key].clone();
    assert_eq!((bad(0, "exception_status"), bad(0, "status")), (json!(401), json!("misconfigured")));
    assert!(bad(0, "error").as_str().unwrap().contains("mock says 401"));
    assert_eq!((bad(1, "exception_status"), bad(1, "status")), (json!(500), json!("down")));
    assert!(bad(1, "error").as_str().unwrap().contains("connection refused"));
    assert_eq!((bad(2, "exception_status"), bad(2, "status")), (json!(500), json!("misconfigured")));
    assert!(bad(2, "error").as_str().unwrap().contains("`foo` is not supported"));
    for index in 0..3 {
        assert_eq!(bad(index, "error").as_str().unwrap().lines().count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_408() {
    let params = r#"{model: openai/gpt-4o-mini, api_base: "http://slow/v1", api_key: sk-test-0123456789}"#;
    let yaml = format!(
        "model_list: [{{model_name: slow, litellm_params: {params}, model_info: {{id: slow, health_check_timeout: 1.5}}}}]"
    );
    let answer = Daemon::new(&yaml, transport()).get("/health?model=slow").await;
    let entry = &answer.json()["unhealthy_endpoints"][0];
    assert_eq!((answer.status, &entry["exception_status"]), (503, &json!(408)));
    assert!(entry["error"].as_str().unwrap().starts_with("Timeout exceeded"));
    assert_eq!(entry["latency_ms"], json!(1500));
    assert_eq!(entry.get("raw_request_typed_dict"), None);
}

#[tokio::test(start_paused = true)]
async fn without_a_master_key_addresses_stay_hidden() {
    let answer = daemon("").get_as_admin("/health").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("litellm-health-field-notice"), Some(NOTICE));
    let body = answer.json();
    assert_eq!(body["healthy_count"], json!(2));
    for list in ["healthy_endpoints", "unhealthy_endpoints"] {
        for entry in body[list].as_array().unwrap() {
            assert!(entry.get("api_base").is_none(), "{entry}");
            assert!(entry["raw_request_typed_dict"].get("raw_request_api_base").is_none(), "{entry}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_details_an_entry_is_litellms_smallest() {
    let daemon = daemon("general_settings: {master_key: sk-master-0123456789, health_check_details: false}");
    let expected = concat!(
        r#"{"healthy_endpoints":[{"model":"openai/gpt-4o-mini","model_id":"good"},"#,
        r#"{"model":"openai/text-embedding-3-small","model_id":"vectors"}],"#,
        r#""unhealthy_endpoints":[{"model":"openai/gpt-4o-mini","model_id":"denied","exception_status":401},"#,
        r#"{"model":"openai/gpt-4o-mini","model_id":"500","exception_status":500},"#,
        r#"{"model":"openai/gpt-4o-mini","model_id":"wrong","exception_status":500}],"#,
        r#""healthy_count":2,"unhealthy_count":3,"unknown_count":0}"#,
    );
    assert_eq!(daemon.get_as_admin("/health").await.told(), (200, expected.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_target_decides_the_status() {
    let admin = daemon(WITH_KEY);
    for (target, status, healthy, unhealthy) in [
        ("/health?model=chat", 200, vec!["good"], vec!["denied"]),
        ("/health?model=dead", 503, vec![], vec!["500"]),
        ("/health?model_id=good", 200, vec!["good"], vec![]),
        ("/health?model_id=500", 503, vec![], vec!["500"]),
        ("/health?model_id=denied&model=vectors", 503, vec![], vec!["denied"]),
        ("/health?model=openai/text-embedding-3-small", 200, vec!["vectors"], vec![]),
        ("/health?model=openai%2Ftext-embedding-3-small", 200, vec!["vectors"], vec![]),
        ("/health?model=team-vectors", 200, vec!["vectors"], vec![]),
        ("/health?model=nope", 503, vec![], vec![]),
        ("/health?model=", 200, vec![], vec![]),
        ("/health?model_id=&model=dead", 503, vec![], vec!["500"]),
        ("/health?unknown=1&model_id=good", 200, vec!["good"], vec![]),
        ("/health?model=dead&model=chat", 200, vec!["good"], vec!["denied"]),
    ] {
        let answer = admin.get_as_admin(target).await;
        let body = answer.json();
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(ids(&body, "healthy_endpoints"), healthy, "{target}");
        assert_eq!(ids(&body, "unhealthy_endpoints"), unhealthy, "{target}");
        assert_eq!(body["healthy_count"], json!(healthy.len()), "{target}");
        assert_eq!(body["unhealthy_count"], json!(unhealthy.len()), "{target}");
    }
    let everything = admin.get_as_admin("/health?model_id=").await.json();
    assert_eq!(everything["healthy_count"], json!(2));
}

#[tokio::test(start_paused = true)]
async fn only_what_is_asked_for_is_probed() {
    let daemon = daemon(WITH_KEY);
    daemon.get_as_admin("/health?model_id=good").await;
    assert_eq!(daemon.fleet.transport.count(), 1);
    for target in ["/health?model=nope", "/health?model=", "/health?model_id=nope"] {
        daemon.get_as_admin(target).await;
    }
    assert_eq!(daemon.fleet.transport.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_target_is_refused() {
    let (admin, open) = (daemon(WITH_KEY), daemon(""));
    let missing = (404, r#"{"detail":{"error":"Model with ID nope not found"}}"#.to_owned());
    for target in ["/health?model_id=nope", "/health?model_id=nope&model=chat"] {
        assert_eq!(admin.get_as_admin(target).await.told(), missing, "{target}");
        assert_eq!(open.get(target).await.told(), missing, "{target}");
    }
    let forbidden = r#"{"detail":{"error":"key not allowed to health-check model nope"}}"#;
    assert_eq!(open.get("/health?model=nope").await.told(), (403, forbidden.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_was_passed_over_is_listed_with_its_reason() {
    let entry = |id: &str, more: &str| {
        format!(
            r#"{{model_name: m, litellm_params: {{model: openai/gpt-4o-mini, api_base: "http://good/v1", api_key: k-0123456789}}, model_info: {{id: {id}{more}}}}}"#
        )
    };
    let yaml = format!(
        "model_list: [{}, {}, {}]\ngeneral_settings: {{health_check_skip_disabled_background_models: true}}",
        entry("awake", ""),
        entry("resting", ", disable_background_health_check: true"),
        entry("awake", ""),
    );
    let daemon = Daemon::new(&yaml, transport());
    let body = daemon.get("/health").await.json();
    assert_eq!((&body["healthy_count"], &body["unhealthy_count"]), (&json!(1), &json!(0)));
    let skipped = body["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), 2, "{body}");
    assert_eq!(skipped[0]["model_id"], json!("resting"));
    assert!(skipped[0]["reason"].as_str().unwrap().contains("disable_background_health_check"));
    assert_eq!(skipped[1]["model_id"], json!("awake"));
    let targeted = daemon.get("/health?model_id=resting").await;
    assert_eq!((targeted.status, &targeted.json()["unhealthy_count"]), (503, &json!(0)));
}

#[tokio::test(start_paused = true)]
async fn a_wildcard_shows_its_own_name_and_what_was_asked() {
    let yaml = r#"
model_list:
  - model_name: openai/*
    litellm_params: {model: openai/*, api_base: "http://good/v1", api_key: k-0123456789}
    model_info: {id: wild, health_check_model: openai/gpt-4o-mini}
"#;
    let entry = &Daemon::new(yaml, transport()).get("/health").await.json()["healthy_endpoints"][0];
    assert_eq!(entry["model"], json!("openai/*"));
    assert_eq!(entry["probed_model"], json!("openai/gpt-4o-mini"));
}

#[tokio::test(start_paused = true)]
async fn clients_share_a_run_and_one_that_leaves_breaks_nothing() {
    let gate = Gate::closed();
    let daemon = daemon("");
    daemon.fleet.transport.on("good/", Reply::json(200, &chat_answer()).behind(&gate));
    let router = daemon.router.clone();
    let leaving = tokio::spawn(async move {
        use tower::ServiceExt;
        router.oneshot(crate::support::daemon::request("GET", "/health?model_id=good", &[])).await
    });
    daemon.fleet.transport.until_in_flight(1).await;
    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    let (first, second, ()) =
        tokio::join!(daemon.get("/health?model_id=good"), daemon.get("/health?model_id=good"), async {
            gate.open();
        });
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(daemon.fleet.transport.count(), 1);
}
