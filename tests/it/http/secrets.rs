//! Secrets are planted everywhere; no answer and no log line may have one.

use std::collections::HashSet;
use std::path::Path;

use llmhealth::config::load_text;
use llmhealth::domain::Environment;
use serde_json::{Value, json};
use tracing::Level;

use crate::support::daemon::{Answer, Daemon, request};
use crate::support::log::Log;
use crate::support::scripted::{Piece, Reply, ScriptedTransport};

const MASTER: &str = "sk-planted-master-8d1f2a";
const VIEWER: &str = "planted-viewer-key-aa77bb";
const DRAIN: &str = "planted-drain-77aa01";
const REQUEST_KEY: &str = "sk-planted-request-5e0c9b";

/// Every secret of the configuration below.
const PLANTED: [&str; 14] = [
    MASTER,
    DRAIN,
    "sk-planted-openai-11aa22",
    "planted-azure-33bb44",
    "planted-header-55cc66",
    "planted-query-77dd88",
    "planted-password-99ee00",
    "AKIAPLANTED12345678",
    "planted-aws-secret/ab+cd==",
    "planted-session-token-aabb",
    "planted-variable-ccdd12",
    "planted-credential-list-ee34",
    "planted-env-key-ff5678",
    VIEWER,
];

const YAML: &str = r#"
model_list:
  - model_name: plain
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://one/v1", api_key: sk-planted-openai-11aa22}
  - model_name: azure
    litellm_params: {model: azure/gpt-4o, api_base: "https://two.openai.azure.com", api_key: planted-azure-33bb44, api_version: "2024-10-21"}
    model_info: {id: planted-by-name, base_model: azure/gpt-4o}
  - model_name: headers
    litellm_params:
      model: openai/gpt-4o-mini
      api_base: "http://user:planted-password-99ee00@three/v1?api-key=planted-query-77dd88"
      api_key: sk-planted-openai-11aa22
      extra_headers: {Authorization: Bearer planted-header-55cc66}
    model_info: {id: headers}
  - model_name: aws
    litellm_params:
      model: bedrock/anthropic.claude-3-haiku-20240307-v1:0
      aws_access_key_id: AKIAPLANTED12345678
      aws_secret_access_key: planted-aws-secret/ab+cd==
      aws_session_token: planted-session-token-aabb
      aws_region_name: us-east-1
      aws_bedrock_runtime_endpoint: "http://four"
    model_info: {id: aws}
  - model_name: named
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://five/v1", litellm_credential_name: c}
    model_info: {id: named}
  - model_name: from-env
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://six/v1", api_key: os.environ/PLANTED_API_KEY}
    model_info: {id: from-env}
credential_list:
  - credential_name: c
    credential_values: {api_key: planted-credential-list-ee34}
environment_variables: {GROQ_API_KEY: planted-variable-ccdd12}
general_settings:
  master_key: sk-planted-master-8d1f2a
  enable_drain_endpoint: true
  drain_endpoint_token: planted-drain-77aa01
litellm_settings: {success_callback: [langfuse]}
llmhealth: {keys: [{name: viewer, key: planted-viewer-key-aa77bb}]}
"#;

/// A daemon whose upstreams echo everything that is secret, in several spellings.
fn daemon(status: u16, planted: &[&str]) -> Daemon {
    let spellings: Vec<String> = planted
        .iter()
        .map(|secret| {
            let encoded = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
            format!("{secret} Bearer {secret} key={encoded}")
        })
        .collect();
    let words = spellings.join(", ");
    let reply =
        Reply::json(status, &json!({"error": {"message": words, "code": planted[2], "type": planted[3]}}))
            .header("x-ratelimit-remaining-requests", "sk-planted-openai-11aa22");
    let env: Environment = [("PLANTED_API_KEY", "planted-env-key-ff5678")].into_iter().collect();
    let daemon = Daemon::new("model_list: []", ScriptedTransport::always(reply));
    let config = load_text(YAML, Path::new("config.yaml"), env).unwrap().config;
    daemon.fleet.board.adopt(&config);
    daemon.fleet.config.store(config.into());
    daemon
}

fn assert_clean(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in {what}: {text}");
        let encoded = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
        assert!(!text.contains(&encoded.to_string()), "{secret}, encoded, is in {what}: {text}");
    }
}

fn assert_clean_answer(target: &str, answer: &Answer, secrets: &[&str]) {
    assert_clean(target, std::str::from_utf8(&answer.body).unwrap(), secrets);
    assert_clean(target, &format!("{:?}", answer.headers), secrets);
}

#[tokio::test]
async fn no_route_and_no_log_line_tells_a_secret() {
    let (log, _guard) = Log::start(Level::TRACE);
    for status in [401, 200, 429] {
        let daemon = daemon(status, &PLANTED);
        let document = daemon.get("/openapi.json").await.json();
        let mut targets: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
        targets.retain(|target| target != "/health/drain");
        targets.push("/health?model=headers".to_owned());
        for secret in PLANTED {
            let secret = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
            for prefix in [
                "/health?model_id=",
                "/health?model=",
                "/v1/models/",
                "/v1/model/info?litellm_model_id=",
                "/health/services?service=",
                "/health/history?limit=",
            ] {
                targets.push(format!("{prefix}{secret}"));
            }
        }
        for target in &targets {
            let answer = daemon.send(request("GET", target, &[("x-api-key", MASTER)])).await;
            assert_ne!(answer.status, 401, "{target}");
            assert_clean_answer(target, &answer, &PLANTED);
            assert_clean_answer(target, &daemon.get(target).await, &PLANTED);
            assert_clean_answer(target, &daemon.get_with(VIEWER, target).await, &PLANTED);
        }
        let reload = request("POST", "/-/reload", &[("x-api-key", MASTER)]);
        assert_clean_answer("/-/reload", &daemon.send(reload).await, &PLANTED);
        let drain = request("GET", "/health/drain", &[("x-drain-token", DRAIN)]);
        assert_clean_answer("/health/drain", &daemon.send(drain).await, &PLANTED);
    }
    // Dependencies log more; what they say is cleaned where lines are written.
    let text = log.own_text();
    assert!(text.contains("health_check_cycle_complete"), "logs were captured");
    assert_clean("the log", &text, &PLANTED);
}

/// The endpoints that call a deployment, with the path for a model and what a request has besides.
fn calls(model: &str) -> Vec<(String, Value)> {
    let messages = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
    let input = json!({"model": model, "input": "hi"});
    let prompt = json!({"model": model, "prompt": "hi"});
    let encoded = percent_encoding::utf8_percent_encode(model, percent_encoding::NON_ALPHANUMERIC);
    vec![
        ("/chat/completions".to_owned(), messages.clone()),
        (format!("/openai/deployments/{encoded}/chat/completions"), messages.clone()),
        (format!("/engines/{encoded}/chat/completions"), messages),
        ("/v1/embeddings".to_owned(), input.clone()),
        ("/v1/completions".to_owned(), prompt),
        ("/v1/responses".to_owned(), input),
    ]
}

/// What upstreams make of the secrets that they were told: errors, answers, and streams that begin well or not at all, or end
/// with an error. All have secrets in their headers too.
fn echoes() -> Vec<(&'static str, Reply)> {
    let echo = PLANTED.join(" ");
    let answer = json!({
        "model": "x", "id": echo, "object": "response", "output": [{"content": echo}],
        "choices": [{"message": {"content": echo}, "text": echo, "finish_reason": "stop"}],
        "data": [{"embedding": [0.5], "object": echo}],
    });
    let chunk = json!({"model": "x", "choices": [{"delta": {"content": echo}, "finish_reason": "stop"}]});
    let delta = json!({"model": "x", "choices": [{"delta": {"content": "hi"}}]});
    let told = json!({"error": {"message": echo, "code": PLANTED[2], "type": PLANTED[3], "param": echo}});
    let failed = json!({"type": "response.failed", "response": {"error": {"message": echo, "code": echo}}});
    let event = |data: &Value| Piece::text(&format!("data: {data}\n\n"));
    // Cut in the midst of a secret.
    let text = format!("data: {chunk}\n\n");
    let (one, other) = text.split_at(text.find(PLANTED[2]).unwrap() + 8);
    let replies = [
        ("a refusal", Reply::json(401, &told)),
        ("a refusal of the request", Reply::json(400, &told)),
        ("a failure", Reply::json(503, &told)),
        ("no JSON", Reply::text(500, &echo)),
        ("an answer", Reply::json(200, &answer).header("content-type", "application/json")),
        ("an error that is no error", Reply::json(200, &told).header("content-type", "application/json")),
        ("a page", Reply::text(200, &format!("<html><title>{echo}</title>"))),
        ("a stream", Reply::events([Piece::text(one), Piece::text(other)])),
        ("a stream that begins with an error", Reply::events([event(&told)])),
        ("a stream that ends with an error", Reply::events([event(&delta), event(&told)])),
        ("a stream of responses", Reply::events([event(&failed)])),
        (
            "a stream of something else",
            Reply::events([event(&delta), Piece::text(&format!("data: {echo}\n\n"))]),
        ),
    ];
    let headers = ["x-request-id", "x-ratelimit-remaining-requests", "retry-after", "location", "x-own"];
    let with_headers = |reply: Reply| headers.iter().fold(reply, |reply, name| reply.header(name, &echo));
    replies.map(|(name, reply)| (name, with_headers(reply))).into()
}

#[tokio::test]
async fn no_call_tells_a_secret_that_its_provider_repeats() {
    let (log, _guard) = Log::start(Level::TRACE);
    let mut redacted = HashSet::new();
    for (name, reply) in echoes() {
        let daemon = daemon(401, &PLANTED);
        daemon.fleet.transport.on("", reply);
        for model in ["plain", "azure", "headers", "aws", "named", "from-env", MASTER] {
            for (path, mut body) in calls(model) {
                for stream in [false, true] {
                    body["stream"] = json!(stream);
                    let mut request = request("POST", &path, &[("x-api-key", MASTER)]);
                    *request.body_mut() = body.to_string().into();
                    let answer = daemon.send(request).await;
                    let what = format!("{name} for {model} at {path}, streamed: {stream}");
                    assert_clean_answer(&what, &answer, &PLANTED);
                    if answer.told().1.contains("[redacted]") {
                        redacted.insert((name, stream));
                    }
                }
            }
        }
        for target in ["/metrics", "/routing/state", "/health"] {
            for key in [MASTER, VIEWER] {
                let answer = daemon.get_with(key, target).await;
                assert_clean_answer(&format!("{target} after {name}"), &answer, &PLANTED);
            }
        }
    }
    // The secrets were there, and were taken out.
    for (name, is_streamed) in [
        ("a refusal", false),
        ("a failure", true),
        ("an answer", false),
        ("an answer", true),
        ("a stream", true),
        ("a stream that begins with an error", true),
        ("a stream that ends with an error", true),
        ("a stream of responses", true),
    ] {
        assert!(redacted.contains(&(name, is_streamed)), "{name}: {redacted:?}");
    }
    let text = log.own_text();
    assert!(text.contains("call_failed") && text.contains("call_complete"), "logs were captured");
    assert_clean("the log", &text, &PLANTED);
}

#[tokio::test]
async fn a_report_on_echoing_upstreams_says_what_was_cut() {
    let daemon = daemon(401, &PLANTED);
    let body = daemon.send(request("GET", "/health", &[("x-api-key", MASTER)])).await.json();
    assert_eq!(body["unhealthy_count"], json!(6), "{body}");
    let errors: Vec<&str> = body["unhealthy_endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["error"].as_str().unwrap())
        .collect();
    assert!(errors.iter().all(|error| error.contains("[redacted]")), "{errors:?}");
}

#[tokio::test]
async fn secrets_of_a_request_are_not_echoed_either() {
    let (log, _guard) = Log::start(Level::TRACE);
    let mut secrets = PLANTED.to_vec();
    secrets.push(REQUEST_KEY);
    secrets.push("planted-request-header-0a1b");
    let params = json!({
        "model": "openai/gpt-4o-mini", "api_key": REQUEST_KEY, "api_base": "http://seven/v1",
        "extra_headers": {"x-api-key": "planted-request-header-0a1b"},
    });
    for status in [200, 401] {
        let daemon = daemon(status, &secrets);
        for body in [
            json!({"litellm_params": params}),
            json!({"litellm_params": params, "mode": "foo"}),
            json!({"litellm_params": params, "mode": [REQUEST_KEY]}),
            json!({"litellm_params": params, "model_info": REQUEST_KEY}),
            json!({"litellm_params": REQUEST_KEY}),
            Value::from(REQUEST_KEY),
        ] {
            let mut request = request("POST", "/health/test_connection", &[("x-api-key", MASTER)]);
            *request.body_mut() = body.to_string().into();
            let answer = daemon.send(request).await;
            assert_clean_answer("/health/test_connection", &answer, &secrets);
        }
    }
    assert_clean("the log", &log.own_text(), &secrets);
}
