//! Probes that need a Google access token first.

use std::collections::BTreeSet;

use llmhealth::domain::{FailureKind, Status};
use serde_json::{Value, json};

use crate::support::fleet::Fleet;
use crate::support::scripted::{Reply, ScriptedTransport};

/// Made for these tests, and good for nothing else.
const KEY: &str = include_str!("../../fixtures/google/key.pem");

/// Vertex AI deployments of three families that share one service account.
fn fleet(count: usize, token: Reply) -> Fleet {
    let account = json!({
        "type": "service_account",
        "project_id": "p1",
        "private_key": KEY,
        "client_email": "probe@p1.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    let models = ["gemini-2.5-flash", "claude-haiku-4-5@20251001", "meta/llama3-8b-instruct-maas"];
    let entry = |number: usize| {
        let model = format!("vertex_ai/{}", models[number % models.len()]);
        json!({
            "model_name": "m",
            "litellm_params": {"model": model, "vertex_credentials": account.to_string()},
            "model_info": {"id": format!("id-{number}")},
        })
    };
    let yaml = json!({"model_list": (0..count).map(entry).collect::<Vec<_>>()}).to_string();
    let transport = ScriptedTransport::always(Reply::Hang);
    transport.on("oauth2", token);
    transport.on(":generateContent", Reply::json(200, &json!({"candidates": [{"finishReason": "STOP"}]})));
    transport.on(":rawPredict", Reply::json(200, &json!({"content": [], "stop_reason": "max_tokens"})));
    transport.on("/chat/completions", Reply::json(200, &json!({"choices": [{"message": {"content": "2"}}]})));
    Fleet::new(&yaml, transport)
}

#[tokio::test(start_paused = true)]
async fn one_token_serves_all_deployments_of_an_account() {
    let token = json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "ya29.abcdefgh"});
    let fleet = fleet(30, Reply::json(200, &token));
    let report = fleet.check().await;
    assert!(report.checked.iter().all(|checked| checked.verdict.status == Status::Up));
    let requests = fleet.transport.requests();
    let (tokens, probes): (Vec<_>, Vec<_>) =
        requests.iter().partition(|request| request.url.host_str() == Some("oauth2.googleapis.com"));
    assert_eq!((tokens.len(), probes.len()), (1, 30));
    for probe in probes {
        assert_eq!(probe.headers["authorization"], "Bearer ya29.abcdefgh");
        assert!(probe.url.path().starts_with("/v1/projects/p1/locations/us-central1/"));
        let mut elsewhere = probe.headers.iter().filter(|(name, _)| *name != "authorization");
        assert!(elsewhere.all(|(_, value)| !value.to_str().unwrap().contains("ya29")));
        assert!(!String::from_utf8_lossy(&probe.body).contains("ya29"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_account_is_told_once_to_google_and_to_every_deployment() {
    let refusal = json!({"error": "invalid_grant", "error_description": "Invalid grant: account not found"});
    let fleet = fleet(30, Reply::json(400, &refusal));
    let report = fleet.check().await;
    let messages: BTreeSet<&str> = report
        .checked
        .iter()
        .map(|checked| {
            let failure = checked.outcome.failure.as_ref().unwrap();
            assert_eq!(checked.verdict.status, Status::Misconfigured);
            assert_eq!(failure.kind, FailureKind::Credentials);
            assert!(failure.hint.as_ref().unwrap().contains("check that the account exists"));
            failure.message.as_str()
        })
        .collect();
    let message =
        "Google's token endpoint refused with HTTP 400: invalid_grant: Invalid grant: account not found";
    assert_eq!(messages, BTreeSet::from([message]));
    assert_eq!(fleet.transport.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn googles_own_words_reach_the_verdict() {
    let token = json!({"expires_in": 3599, "access_token": "ya29.abcdefgh"});
    let fleet = fleet(1, Reply::json(200, &token));
    let refusal = |message: &str| -> Value {
        json!([{"error": {"code": 404, "message": message, "status": "NOT_FOUND"}}])
    };
    let echo = "Publisher Model `x` was not found, said to ya29.abcdefgh.";
    fleet.transport.on(":generateContent", Reply::json(404, &refusal(echo)));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Misconfigured);
    assert_eq!(checked.verdict.exception_status, Some(404));
    let failure = checked.outcome.failure.as_ref().unwrap();
    assert!(
        failure.message.contains("Publisher Model `x` was not found, said to [redacted]."),
        "{failure:?}"
    );
}
