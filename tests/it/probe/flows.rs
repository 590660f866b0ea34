//! Probes of several requests: a look-up first, or a job that is polled.

use std::time::Duration;

use http::Method;
use llmhealth::domain::Status;
use serde_json::{Value, json};

use crate::support::fleet::{Fleet, chat_answer};
use crate::support::scripted::{Reply, ScriptedTransport};

fn fleet(params: &Value, mode: &str, rules: Vec<(&str, Reply)>) -> Fleet {
    let entry = json!({"model_name": "m", "litellm_params": params, "model_info": {"mode": mode}});
    let transport = ScriptedTransport::always(Reply::Hang);
    for (part, reply) in rules {
        transport.on(part, reply);
    }
    Fleet::new(&json!({"model_list": [entry]}).to_string(), transport)
}

/// The paths that were asked, in order.
fn paths(fleet: &Fleet) -> Vec<String> {
    fleet.transport.requests().iter().map(|request| request.url.path().to_owned()).collect()
}

fn agent(run: Reply) -> Fleet {
    let params = json!({
        "model": "azure_ai/agents/asst_1", "api_key": "key-0123456789",
        "api_base": "https://r.services.ai.azure.example/api/projects/p",
    });
    let rules = vec![
        ("/threads", Reply::json(200, &json!({"id": "thread_1"}))),
        ("/threads/thread_1/messages", Reply::json(200, &json!({"id": "msg_1"}))),
        ("/threads/thread_1/runs", Reply::json(200, &json!({"id": "run_1", "status": "queued"}))),
        ("/threads/thread_1/runs/run_1", run),
    ];
    fleet(&params, "chat", rules)
}

#[tokio::test(start_paused = true)]
async fn an_agents_run_is_polled_until_it_is_over() {
    let run = |status: &str| Reply::json(200, &json!({"id": "run_1", "status": status}));
    let fleet = agent(Reply::in_turn([run("queued"), run("in_progress"), run("completed")]));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
    let base = "/api/projects/p/threads";
    let run = format!("{base}/thread_1/runs/run_1");
    let asked = [
        base.to_owned(),
        format!("{base}/thread_1/messages"),
        format!("{base}/thread_1/runs"),
        run.clone(),
        run.clone(),
        run,
        format!("{base}/thread_1"),
    ];
    assert_eq!(paths(&fleet), asked);
    let requests = fleet.transport.requests();
    assert!(requests.iter().all(|request| request.headers["authorization"] == "Bearer key-0123456789"));
    assert_eq!(&requests[2].body[..], br#"{"assistant_id":"asst_1"}"#);
    assert!(leaves_nothing(&fleet));
}

/// Whether the last request removes the thread, in the version of the API that it was made in.
fn leaves_nothing(fleet: &Fleet) -> bool {
    let requests = fleet.transport.requests();
    let (first, last) = (&requests[0], &requests[requests.len() - 1]);
    last.method == Method::DELETE
        && last.body.is_empty()
        && last.url.path() == "/api/projects/p/threads/thread_1"
        && last.url.query() == first.url.query()
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_is_told_in_its_own_words() {
    let failed = json!({"id": "run_1", "status": "failed", "last_error": {"message": "Quota exceeded"}});
    let fleet = agent(Reply::json(200, &failed));
    let checked = fleet.check_one().await;
    let failure = checked.outcome.failure.as_ref().unwrap();
    assert!(failure.message.contains("Quota exceeded"), "{}", failure.message);
    assert!(leaves_nothing(&fleet));
}

#[tokio::test(start_paused = true)]
async fn polling_ends_with_the_deadline() {
    let fleet = agent(Reply::json(200, &json!({"id": "run_1", "status": "in_progress"})));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.exception_status, Some(408));
    assert_eq!(checked.outcome.latency, Duration::from_mins(1));
    assert!(leaves_nothing(&fleet));
}

#[tokio::test(start_paused = true)]
async fn a_documents_analysis_is_fetched_from_the_host_that_took_it_on() {
    let params = json!({
        "model": "azure_ai/doc-intelligence/prebuilt-read", "api_key": "key-0123456789",
        "api_base": "https://r.cognitiveservices.azure.example",
    });
    let result = json!({"status": "succeeded", "analyzeResult": {"content": "test"}});
    let accepted = |location| Reply::text(202, "").header("operation-location", location);
    let rules = |location| {
        vec![
            (":analyze", accepted(location)),
            (
                "analyzeResults",
                Reply::in_turn([Reply::json(200, &json!({"status": "running"})), Reply::json(200, &result)]),
            ),
        ]
    };
    let here =
        "https://r.cognitiveservices.azure.example/documentintelligence/analyzeResults/r1?api-version=1";
    let good = fleet(&params, "ocr", rules(here));
    assert_eq!(good.check_one().await.verdict.status, Status::Up);
    assert_eq!(good.transport.count(), 3);
    let elsewhere = fleet(&params, "ocr", rules("https://evil.example/analyzeResults/r1"));
    assert_ne!(elsewhere.check_one().await.verdict.status, Status::Up);
    assert_eq!(elsewhere.transport.count(), 1, "the key goes to no other host");
}

/// SAP's orchestration, with a key that names its services.
fn orchestration(deployments: &Value) -> Fleet {
    let key = json!({
        "clientid": "c1", "clientsecret": "client-secret-0123456789", "url": "https://auth.sap.example",
        "serviceurls": {"AI_API_URL": "https://api.ai.sap.example"},
    });
    let answer = json!({"request_id": "r1", "final_result": chat_answer()});
    let rules = vec![
        ("/oauth/token", Reply::json(200, &json!({"access_token": "sap-abcdefgh", "expires_in": 3600}))),
        ("/v2/lm/deployments", Reply::json(200, deployments)),
        ("/d1/v2/completion", Reply::json(200, &answer)),
    ];
    fleet(&json!({"model": "sap/gpt-4o", "api_key": key.to_string()}), "chat", rules)
}

#[tokio::test(start_paused = true)]
async fn the_deployment_that_is_found_is_asked() {
    let fleet = orchestration(&json!({"resources": [{
        "id": "d1", "scenarioId": "orchestration", "status": "RUNNING", "createdAt": "2025-01-01T00:00:00Z",
        "deploymentUrl": "https://api.ai.sap.example/v2/inference/deployments/d1",
    }]}));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
    let asked = ["/oauth/token", "/v2/lm/deployments", "/v2/inference/deployments/d1/v2/completion"];
    assert_eq!(paths(&fleet), asked);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_when_the_look_up_finds_nothing() {
    let fleet = orchestration(&json!({"resources": []}));
    let failure = fleet.check_one().await.outcome.failure.clone().unwrap();
    assert!(failure.message.contains("orchestration"), "{}", failure.message);
    assert_eq!(fleet.transport.count(), 2);
}
