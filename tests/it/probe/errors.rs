//! Faults and what becomes of them, beside what LiteLLM makes of the same faults.

use std::time::Duration;

use llmhealth::domain::{FailureKind, SignedRequest, Status};
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

/// The body that the recorded upstream has for errors.
fn error(message: &str, kind: &str, code: &str) -> Value {
    json!({"error": {"message": message, "type": kind, "code": code, "param": null}})
}

/// The upstream with a fault.
fn faulty(fault: &str) -> Reply {
    let bad = |message: &str, code: &str| Reply::json(400, &error(message, "invalid_request_error", code));
    match fault {
        "429_retry_after" => {
            Reply::json(429, &error("simulated 429", "simulated_error", "429")).header("retry-after", "7")
        }
        "400_content_filter" => bad("content management policy", "content_policy_violation"),
        "400_context" => bad("This model's maximum context length is 4096 tokens", "context_length_exceeded"),
        "400_max_tokens" => bad("Unknown parameter: 'max_tokens'", "unknown_parameter"),
        "404_model" => Reply::json(
            404,
            &error("The model `x` does not exist", "invalid_request_error", "model_not_found"),
        ),
        "invalid_json_200" => Reply::text(200, "{\"choices\": [").header("content-type", "application/json"),
        "html_200" => {
            Reply::text(200, "<html><body>Sign in</body></html>").header("content-type", "text/html")
        }
        "empty_200" => Reply::text(200, ""),
        "empty_object_200" => Reply::text(200, "{}").header("content-type", "application/json"),
        "error_body_200" => Reply::json(200, &error("simulated error", "simulated_error", "500")),
        "conn_refused" | "tls_failure" | "dns_failure" => Reply::Refuse,
        "conn_reset" => Reply::Break,
        "read_timeout" | "connect_timeout" | "hang" => Reply::Hang,
        status => {
            let code = status.get(..3).unwrap_or_default();
            let message = format!("simulated {code}");
            Reply::json(code.parse().unwrap(), &error(&message, "simulated_error", code))
        }
    }
}

/// Where a token comes from, for the providers that need one.
const TOKEN_HOSTS: [&str; 2] = ["oauth2.googleapis.com", "iam.cloud.ibm.com"];

/// The deployment of a case, beside its upstream.
fn fleet(case: &Case) -> Fleet {
    let mode = if case.mode == "wildcard" { Value::Null } else { Value::from(case.mode.as_str()) };
    let mut params = json!({
        "model": case.model, "api_key": "sk-test-0123456789",
        "api_base": "https://upstream.example", "api_version": "2025-01-01-preview",
    });
    if case.id.starts_with("vertex_ai/") {
        let account = json!({
            "type": "service_account", "project_id": "p", "private_key_id": "k",
            "private_key": include_str!("../../fixtures/google/key.pem"),
            "client_email": "probe@p.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
        });
        params["vertex_credentials"] = Value::from(account.to_string());
    }
    if case.id.starts_with("watsonx/") {
        params["project_id"] = Value::from("p");
    }
    if let Some((key, value)) = retries(&case.fault) {
        params[key] = Value::from(value);
    }
    let entry = json!({"model_name": "m", "litellm_params": params, "model_info": {"mode": mode}});
    let transport = ScriptedTransport::always(faulty(&case.fault));
    for host in TOKEN_HOSTS {
        let token = Reply::json(200, &json!({"access_token": "token-0123456789", "expires_in": 3599}));
        let refused = Reply::json(401, &error("simulated 401", "simulated_error", "401"));
        transport.on(host, if case.fault == "401_auth_endpoint" { refused } else { token });
    }
    Fleet::new(&json!({"model_list": [entry]}).to_string(), transport)
}

/// `500_max_retries_3`: the parameter that asks for more attempts.
fn retries(fault: &str) -> Option<(&str, u64)> {
    let (_, rest) = fault.split_once('_')?;
    let (key, count) = rest.rsplit_once('_')?;
    key.ends_with("_retries").then(|| Some((key, count.parse().ok()?)))?
}

/// What the upstream says of an error, which has to be passed on.
fn words(fault: &str) -> Option<String> {
    if fault.ends_with("_200") {
        return None;
    }
    let Reply::Answer(answer) = faulty(fault) else { return None };
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body["error"]["message"].as_str().map(str::to_owned)
}

/// Where we differ on purpose: what `exception_status` is instead. README's "Differences" has the classes.
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
        // The upstream's status stays what it is: LiteLLM relabels some.
        case if case.id.starts_with("bedrock/") && case.fault == "500" => Some(500),
        case if case.id.starts_with("watsonx/") && case.fault == "422" => Some(422),
        case if case.model.contains("gemini-") && case.fault == "502" => Some(502),
        // A refused token has the status of the refusal, whoever refused.
        case if case.fault == "401_auth_endpoint" => Some(401),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn faults_have_the_statuses_that_litellm_gives_them() {
    let mut differences = Vec::new();
    for case in cases() {
        let fleet = fleet(&case);
        let checked = fleet.check_one().await;
        let expected = deliberate(&case).or(case.status_code);
        let actual = checked.verdict.exception_status;
        let failure = checked.outcome.failure.as_ref();
        if actual != expected {
            let message = failure.map(|failure| &failure.message);
            differences.push(format!("{}: {expected:?} became {actual:?} ({message:?})", case.id));
        }
        if let Some(words) = words(&case.fault)
            && expected.is_some()
            && !failure.is_some_and(|failure| failure.message.contains(&words))
        {
            differences.push(format!("{}: `{words}` is not in {failure:?}", case.id));
        }
        let is_token =
            |request: &SignedRequest| TOKEN_HOSTS.contains(&request.url.host_str().unwrap_or_default());
        let requests = fleet.transport.requests();
        let sent = requests.iter().filter(|request| !is_token(request)).count();
        if sent != usize::from(case.fault != "401_auth_endpoint") {
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

#[tokio::test(start_paused = true)]
async fn errors_are_told_in_the_providers_own_words() {
    // The bodies and ids as the providers document them.
    let cases = [
        (
            "anthropic/claude-3-5-haiku-20241022",
            ("request-id", "req_011"),
            json!({"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}}),
            "HTTP 400: Your credit balance is too low (invalid_request_error, request id req_011)",
        ),
        (
            "azure/gpt-4o",
            ("apim-request-id", "a-1"),
            json!({"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}}),
            "HTTP 400: The API deployment for this resource does not exist. (DeploymentNotFound, request id a-1)",
        ),
        (
            "gemini/gemini-2.5-flash",
            ("x-unused", ""),
            json!({"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}),
            "HTTP 400: API key not valid. (INVALID_ARGUMENT)",
        ),
        (
            "bedrock/amazon.titan-embed-text-v2:0",
            ("x-amzn-requestid", "r-1"),
            json!({"message": "The provided model identifier is invalid."}),
            "HTTP 400: The provided model identifier is invalid. (request id r-1)",
        ),
        (
            "cohere/command-r-08-2024",
            ("x-unused", ""),
            json!({"id": "e-1", "message": "invalid api token"}),
            "HTTP 400: invalid api token",
        ),
        (
            "groq/llama-3.1-8b-instant",
            ("x-request-id", "req_g"),
            json!({"error": {"message": "Please reduce\nthe length", "type": "invalid_request_error", "code": "context_length_exceeded"}}),
            "HTTP 400: Please reduce the length (context_length_exceeded, request id req_g)",
        ),
        (
            "hosted_vllm/m",
            ("x-unused", ""),
            json!({"object": "error", "message": "The model `m` does not exist.", "type": "NotFoundError", "code": 404}),
            "HTTP 400: The model `m` does not exist. (404)",
        ),
        (
            "mistral/mistral-small-latest",
            ("mistral-correlation-id", "c-1"),
            json!({"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "x"], "msg": "Extra inputs are not permitted"}]}, "type": "invalid_request_error"}),
            "HTTP 400: Extra inputs are not permitted (invalid_request_error, request id c-1)",
        ),
        (
            "ollama_chat/llama3.1",
            ("x-unused", ""),
            json!({"error": "model \"llama3.1\" not found, try pulling it first"}),
            "HTTP 400: model \"llama3.1\" not found, try pulling it first",
        ),
        (
            "watsonx/ibm/granite-3-8b-instruct",
            ("x-unused", ""),
            json!({"errors": [{"code": "model_not_supported", "message": "Model 'x' is not supported", "more_info": "https://"}], "trace": "t-1", "status_code": 400}),
            "HTTP 400: Model 'x' is not supported (model_not_supported, request id t-1)",
        ),
        (
            "voyage/voyage-3-large",
            ("x-unused", ""),
            json!({"detail": "Provided API key is invalid."}),
            "HTTP 400: Provided API key is invalid.",
        ),
    ];
    for (model, (name, id), body, expected) in cases {
        let params = json!({
            "model": model, "api_key": "sk-test-0123456789", "project_id": "p",
            "api_base": "https://upstream.example", "api_version": "2025-01-01-preview",
        });
        let yaml = json!({"model_list": [{"model_name": "m", "litellm_params": params}]}).to_string();
        let transport = ScriptedTransport::always(Reply::json(400, &body).header(name, id));
        let token = json!({"access_token": "token-0123456789", "expires_in": 3599});
        transport.on(TOKEN_HOSTS[1], Reply::json(200, &token));
        let checked = Fleet::new(&yaml, transport).check_one().await;
        assert_eq!(checked.outcome.failure.as_ref().unwrap().message, expected, "{model}");
    }
}
