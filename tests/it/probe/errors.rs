//! Faults and what becomes of them, beside what LiteLLM makes of the same faults.

use std::time::Duration;

use llmhealth::domain::{FailureKind, Status};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::fleet::Fleet;
use crate::support::scripted::{Reply, ScriptedTransport};

/// A recorded run of LiteLLM's health check against a faulty upstream.
#[derive(Deserialize)]
struct Case {
    id: String,
    mode: String,
    fault: String,
    model: String,
    outcome: String,
    status_code: Option<u16>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../fixtures/wire/errors.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn error(message: &str, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": "invalid_request_error", "code": code}})
}

/// The upstream with a fault.
fn faulty(fault: &str) -> Reply {
    match fault {
        "429_retry_after" => Reply::json(429, &error("slow down", None)).header("retry-after", "7"),
        "400_content_filter" => {
            Reply::json(400, &error("rejected by the safety system", Some("content_policy_violation")))
        }
        "400_context" => Reply::json(
            400,
            &error("This model's maximum context length is 10 tokens.", Some("context_length_exceeded")),
        ),
        "400_max_tokens" => Reply::json(400, &error("max_tokens is too large: 16", None)),
        "404_model" => Reply::json(404, &error("The model `x` does not exist", Some("model_not_found"))),
        "invalid_json_200" => Reply::text(200, "{\"choices\": [").header("content-type", "application/json"),
        "html_200" => {
            Reply::text(200, "<html><body>Sign in</body></html>").header("content-type", "text/html")
        }
        "empty_200" => Reply::text(200, ""),
        "empty_object_200" => Reply::text(200, "{}").header("content-type", "application/json"),
        "error_body_200" => Reply::json(200, &error("not today", None)),
        "conn_refused" | "tls_failure" | "dns_failure" => Reply::Refuse,
        "conn_reset" => Reply::Break,
        "read_timeout" | "connect_timeout" | "hang" => Reply::Hang,
        status => Reply::json(status.parse().unwrap(), &error("simulated", None)),
    }
}

/// Where we differ on purpose: what `exception_status` is instead.
fn deliberate(case: &Case) -> Option<u16> {
    let upstream_status = case.fault.get(..3).and_then(|digits| digits.parse().ok());
    match case {
        // A body that is no answer is never healthy, and its 200 is no error status.
        case if case.fault.ends_with("_200") => Some(500),
        // A missed deadline is a missed deadline; some recorded runs lose its status.
        case if ["read_timeout", "connect_timeout", "hang"].contains(&case.fault.as_str()) => Some(408),
        // Nor is the status of a refused handshake and of a wildcard's fallbacks lost, or Anthropic's 529.
        case if case.status_code.is_none() && case.outcome == "error" => upstream_status.or(Some(500)),
        case if case.id == "anthropic/chat/529" => Some(529),
        // LiteLLM makes Bedrock's 500 a 503.
        case if case.id.starts_with("bedrock/") && case.fault == "500" => Some(500),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn faults_have_the_statuses_that_litellm_gives_them() {
    let mut differences = Vec::new();
    for case in cases() {
        let mode = if case.mode == "wildcard" { Value::Null } else { Value::from(case.mode.as_str()) };
        let entry = json!({
            "model_name": "m",
            "litellm_params": {
                "model": case.model, "api_key": "sk-test-0123456789",
                "api_base": "https://upstream.example", "api_version": "2025-01-01-preview",
            },
            "model_info": {"mode": mode},
        });
        let fleet = Fleet::new(
            &json!({"model_list": [entry]}).to_string(),
            ScriptedTransport::always(faulty(&case.fault)),
        );
        let checked = fleet.check_one().await;
        let expected = deliberate(&case).or(case.status_code);
        let actual = checked.verdict.exception_status;
        if actual != expected {
            let failure = checked.outcome.failure.as_ref().map(|failure| &failure.message);
            differences.push(format!("{}: {expected:?} became {actual:?} ({failure:?})", case.id));
        }
        let sent = fleet.transport.count();
        if sent != 1 {
            differences.push(format!("{}: {sent} requests were sent", case.id));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn every_fault_has_its_kind_and_its_state() {
    let cases = [
        ("401", FailureKind::Status, Status::Misconfigured),
        ("403", FailureKind::Status, Status::Misconfigured),
        ("404_model", FailureKind::Status, Status::Misconfigured),
        ("429", FailureKind::Status, Status::RateLimited),
        ("400", FailureKind::Status, Status::Down),
        ("503", FailureKind::Status, Status::Down),
        ("html_200", FailureKind::Body, Status::Down),
        ("empty_object_200", FailureKind::Body, Status::Down),
        ("error_body_200", FailureKind::Body, Status::Down),
        ("conn_refused", FailureKind::Connect, Status::Down),
        ("conn_reset", FailureKind::Broken, Status::Down),
        ("hang", FailureKind::Timeout, Status::Down),
    ];
    for (fault, kind, status) in cases {
        let yaml = crate::support::fleet::chat_fleet(&[("a", "upstream")], "");
        let fleet = Fleet::new(&yaml, ScriptedTransport::always(faulty(fault)));
        let checked = fleet.check_one().await;
        let failure = checked.outcome.failure.as_ref().unwrap();
        assert_eq!((failure.kind, checked.verdict.status), (kind, status), "{fault}: {}", failure.message);
        assert!(!failure.message.contains('\n') && !failure.message.is_empty());
        let latency = checked.outcome.latency;
        assert_eq!(latency, if fault == "hang" { Duration::from_mins(1) } else { Duration::ZERO });
    }
}
