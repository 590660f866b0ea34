//! Hosts whose models take several requests: names that are looked up, predictions that are asked after.

use std::time::Duration;

use llmhealth::domain::Status;
use serde_json::{Value, json};

use crate::support::fleet::{Fleet, chat_answer};
use crate::support::scripted::{Reply, ScriptedTransport};

/// One deployment of a model, with its key.
fn one(model: &str, transport: ScriptedTransport) -> Fleet {
    let yaml = format!(
        "model_list:\n- model_name: m\n  litellm_params: {{model: {model}, api_key: sk-test-0123456789}}\n  \
         model_info: {{id: a, mode: chat, health_check_timeout: 5}}\n"
    );
    Fleet::new(&yaml, transport.into())
}

/// A prediction, and where to ask after it.
fn prediction(status: &str, get: &str, output: &Value) -> Reply {
    let body = json!({"id": "p", "status": status, "urls": {"get": get}, "output": output, "error": null});
    Reply::json(201, &body)
}

const FIRST: &str = "https://api.replicate.com/v1/predictions/first";
const SECOND: &str = "https://api.replicate.com/v1/predictions/second";

fn replicate(first: Reply) -> ScriptedTransport {
    let transport = ScriptedTransport::default();
    transport.on("/v1/models/owner/model/predictions", prediction("starting", FIRST, &Value::Null));
    transport.on("/predictions/first", first);
    transport.on("/predictions/second", prediction("succeeded", SECOND, &json!(["2"])));
    transport
}

#[tokio::test(start_paused = true)]
async fn a_prediction_is_asked_after_until_it_is_there() {
    let fleet = one("replicate/owner/model", replicate(prediction("processing", SECOND, &Value::Null)));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
    assert_eq!(checked.outcome.latency, Duration::from_secs(2));
    let requests = fleet.transport.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.headers["authorization"], "Token sk-test-0123456789");
    }
}

#[tokio::test(start_paused = true)]
async fn a_prediction_that_never_comes_is_given_up_at_the_deadline() {
    let fleet = one("replicate/owner/model", replicate(prediction("processing", FIRST, &Value::Null)));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.exception_status, Some(408));
    assert_eq!(checked.outcome.latency, Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_prediction_that_fails_tells_why() {
    let failed =
        json!({"status": "failed", "urls": {"get": FIRST}, "error": "out of memory", "output": null});
    let fleet = one("replicate/owner/model", replicate(Reply::json(200, &failed)));
    let failure = fleet.check_one().await.outcome.failure.clone().unwrap();
    assert!(failure.message.contains("out of memory"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn the_key_does_not_follow_a_prediction_to_another_host() {
    let transport = ScriptedTransport::default();
    transport.on(
        "/predictions",
        prediction("starting", "https://evil.example/v1/predictions/first", &Value::Null),
    );
    let fleet = one("replicate/owner/model", transport);
    assert_eq!(fleet.check_one().await.verdict.status, Status::Down);
    assert_eq!(fleet.transport.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_model_is_asked_by_the_name_that_its_provider_has_for_it() {
    let transport = ScriptedTransport::default();
    let facts =
        json!({"inferenceProviderMapping": {"together": {"status": "live", "providerId": "m-turbo"}}});
    transport.on("huggingface.co/api/models/meta-llama/m", Reply::json(200, &facts));
    transport.on("router.huggingface.co/together/v1/chat/completions", Reply::json(200, &chat_answer()));
    let fleet = one("huggingface/together/meta-llama/m", transport);
    assert_eq!(fleet.check_one().await.verdict.status, Status::Up);
    let requests = fleet.transport.requests();
    assert_eq!(requests[0].url.query(), Some("expand=inferenceProviderMapping"));
    let asked: Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(asked["model"], "m-turbo");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_does_not_serve_a_model_is_told() {
    let transport = ScriptedTransport::default();
    let facts = json!({"inferenceProviderMapping": {"groq": {"status": "live", "providerId": "x"}}});
    transport.on("huggingface.co/api/models", Reply::json(200, &facts));
    let fleet = one("huggingface/together/meta-llama/m", transport);
    let failure = fleet.check_one().await.outcome.failure.clone().unwrap();
    assert!(failure.message.contains("`together` does not serve this model"), "{}", failure.message);
    assert_eq!(fleet.transport.count(), 1);
}
