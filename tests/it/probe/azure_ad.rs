//! Probes that need a token of Microsoft Entra ID first.

use std::time::Duration;

use llmhealth::domain::{FailureKind, Status};
use serde_json::json;

use crate::support::fleet::{Fleet, chat_answer};
use crate::support::scripted::{Reply, ScriptedTransport};

/// Deployments that share one application.
fn fleet(count: usize, token: Reply, answer: Reply) -> Fleet {
    let entry = |number| {
        json!({
            "model_name": "m",
            "litellm_params": {
                "model": "azure/gpt-4o", "api_base": "https://resource.example", "api_version": "2025-01-01",
                "tenant_id": "tenant-1", "client_id": "client-1", "client_secret": "client-secret-0123456789",
            },
            "model_info": {"id": format!("id-{number}")},
        })
    };
    let yaml = json!({"model_list": (0..count).map(entry).collect::<Vec<_>>()}).to_string();
    let transport = ScriptedTransport::always(answer);
    transport.on("oauth2", token);
    Fleet::new(&yaml, transport)
}

fn token() -> Reply {
    Reply::json(200, &json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "token-abcdefgh"}))
}

#[tokio::test(start_paused = true)]
async fn one_token_serves_all_deployments_of_an_application() {
    let fleet = fleet(30, token().after(Duration::from_secs(1)), Reply::json(200, &chat_answer()));
    let report = fleet.check().await;
    assert!(report.checked.iter().all(|checked| checked.verdict.status == Status::Up));
    let requests = fleet.transport.requests();
    let (tokens, probes): (Vec<_>, Vec<_>) =
        requests.iter().partition(|request| request.url.path().contains("oauth2"));
    assert_eq!((tokens.len(), probes.len()), (1, 30));
    assert_eq!(tokens[0].url.as_str(), "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token");
    let form = String::from_utf8_lossy(&tokens[0].body);
    for field in
        ["grant_type=client_credentials", "client_id=client-1", "client_secret=client-secret-0123456789"]
    {
        assert!(form.contains(field), "{form}");
    }
    assert!(probes.iter().all(|probe| probe.headers["authorization"] == "Bearer token-abcdefgh"));
    fleet.check().await;
    assert_eq!(fleet.transport.count(), 61, "the token is used again");
}

#[tokio::test(start_paused = true)]
async fn a_refused_application_is_misconfigured_with_what_to_do() {
    let refusal = json!({
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret client-secret-0123456789 provided.",
    });
    let fleet = fleet(1, Reply::json(401, &refusal), Reply::Hang);
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Misconfigured);
    let failure = checked.outcome.failure.as_ref().unwrap();
    assert_eq!(failure.kind, FailureKind::Credentials);
    assert_eq!(
        failure.message,
        "Microsoft Entra ID refused with HTTP 401: AADSTS7000215: Invalid client secret [redacted] provided."
    );
    assert!(failure.hint.as_ref().unwrap().contains("client_secret"));
    assert_eq!(fleet.transport.count(), 1, "nothing is asked of the deployment");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_covers_the_token_too() {
    let fleet = fleet(1, token().after(Duration::from_secs(20)), Reply::Hang);
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.exception_status, Some(408));
    assert_eq!(checked.outcome.latency, Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn a_fetched_token_that_is_echoed_back_is_taken_out() {
    let echo = json!({"error": {"message": "bad token token-abcdefgh", "code": "401"}});
    let fleet = fleet(1, token(), Reply::json(401, &echo));
    let failure = fleet.check_one().await.outcome.failure.clone().unwrap();
    assert!(failure.message.contains("bad token [redacted]"), "{}", failure.message);
}
