//! Probes that exchange a credential of the provider's own kind for a token.

use llmhealth::domain::{FailureKind, Status};
use serde_json::{Value, json};

use crate::support::fleet::{Fleet, chat_answer};
use crate::support::scripted::{Reply, ScriptedTransport};

/// Deployments of watsonx that share one key.
fn fleet(count: usize, token: Reply, answer: Reply) -> Fleet {
    let entry = |number| {
        json!({
            "model_name": "m",
            "litellm_params": {
                "model": "watsonx/ibm/granite-3-8b-instruct", "api_base": "https://eu-de.ml.cloud.ibm.example",
                "api_key": "ibm-key-0123456789", "project_id": "p1",
            },
            "model_info": {"id": format!("id-{number}")},
        })
    };
    let transport = ScriptedTransport::always(answer);
    transport.on("identity/token", token);
    Fleet::new(&yaml(&(0..count).map(entry).collect::<Vec<_>>()), transport)
}

fn yaml(entries: &[Value]) -> String {
    json!({"model_list": entries}).to_string()
}

#[tokio::test(start_paused = true)]
async fn one_token_serves_all_that_share_a_credential() {
    let token = Reply::json(200, &json!({"access_token": "iam-abcdefgh", "expires_in": 3600}));
    let fleet = fleet(20, token, Reply::json(200, &chat_answer()));
    let report = fleet.check().await;
    assert!(report.checked.iter().all(|checked| checked.verdict.status == Status::Up));
    let requests = fleet.transport.requests();
    assert_eq!(requests.len(), 21);
    let token = requests.iter().find(|request| request.url.path() == "/identity/token").unwrap();
    let form = String::from_utf8_lossy(&token.body);
    assert!(form.contains("apikey=ibm-key-0123456789"), "{form}");
    let probes = requests.iter().filter(|request| request.url.path().contains("/text/chat"));
    assert!(probes.clone().all(|probe| probe.headers["authorization"] == "Bearer iam-abcdefgh"));
    assert_eq!(probes.count(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_refused_credential_is_misconfigured_in_the_issuers_words_without_the_credential() {
    let refusal = json!({"errorCode": "BXNIM0415E", "errorMessage": "API key ibm-key-0123456789 not found."});
    let fleet = fleet(1, Reply::json(400, &refusal), Reply::Hang);
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Misconfigured);
    let failure = checked.outcome.failure.as_ref().unwrap();
    assert_eq!(failure.kind, FailureKind::Credentials);
    assert_eq!(
        failure.message,
        "IBM Cloud IAM gave no token: it refused with HTTP 400: API key [redacted] not found."
    );
    assert!(failure.hint.as_ref().unwrap().contains("WATSONX_API_KEY"));
    assert_eq!(fleet.transport.count(), 1, "nothing is asked of the deployment");
}

#[tokio::test(start_paused = true)]
async fn a_key_file_that_is_missing_is_named() {
    let entry = json!({
        "model_name": "m",
        "litellm_params": {
            "model": "oci/meta.llama-3.3-70b-instruct", "oci_user": "u", "oci_fingerprint": "aa:bb",
            "oci_tenancy": "t", "oci_compartment_id": "c", "oci_key_file": "/nowhere/key.pem",
        },
    });
    let fleet = Fleet::new(&yaml(&[entry]), ScriptedTransport::always(Reply::Hang));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Misconfigured);
    let failure = checked.outcome.failure.as_ref().unwrap();
    assert!(failure.message.contains("`/nowhere/key.pem` can't be read"), "{}", failure.message);
    assert_eq!(fleet.transport.count(), 0);
}
