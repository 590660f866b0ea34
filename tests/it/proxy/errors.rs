//! Errors: the provider's status is kept, the envelope is `OpenAI`'s, the kinds have LiteLLM's names.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::scripted::Reply;

use super::{call, chat, daemon, daemon_of, good, post, streamed};

/// Status, type and message of an error.
async fn told(reply: Reply, body: &Value) -> (u16, String, String) {
    let answer = call(&daemon(reply), body).await;
    let error = &answer.json()["error"];
    assert_eq!(error["code"], answer.status.to_string());
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (answer.status, text("type"), text("message"))
}

fn openai_error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"message": message, "type": "t", "code": "c"}}))
}

#[tokio::test]
async fn a_providers_error_keeps_its_status_and_words() {
    let cases = [
        (400, "invalid_request_error", "BadRequestError"),
        (401, "authentication_error", "AuthenticationError"),
        (403, "permission_error", "PermissionDeniedError"),
        (404, "invalid_request_error", "NotFoundError"),
        (422, "invalid_request_error", "UnprocessableEntityError"),
        (429, "throttling_error", "RateLimitError"),
        (500, "internal_server_error", "InternalServerError"),
        (503, "service_unavailable_error", "ServiceUnavailableError"),
        (529, "internal_server_error", "APIError"),
    ];
    for (status, kind, class) in cases {
        for body in [chat("a"), streamed("a")] {
            let told = told(openai_error(status, "mock says no"), &body).await;
            assert_eq!(told, (status, kind.to_owned(), format!("litellm.{class}: openai: mock says no")));
        }
    }
}

#[tokio::test]
async fn kinds_that_clients_look_for_are_told_by_the_providers_words() {
    let (_, _, message) = told(openai_error(400, "maximum context length is 8192 tokens"), &chat("a")).await;
    assert!(message.starts_with("litellm.ContextWindowExceededError: "), "{message}");
    let (_, _, message) = told(openai_error(400, "content_policy_violation"), &chat("a")).await;
    assert!(message.starts_with("litellm.ContentPolicyViolationError: "), "{message}");
}

#[tokio::test]
async fn the_providers_own_code_and_its_patience_are_passed_on() {
    let reply = openai_error(429, "slow down").header("retry-after", "7");
    let answer = call(&daemon(reply), &chat("a")).await;
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.json()["error"]["provider_specific_fields"], json!({"code": "c", "type": "t"}));
}

#[tokio::test]
async fn the_parameter_that_a_provider_takes_offence_at_is_named() {
    let error =
        json!({"error": {"message": "too hot", "type": "invalid_request_error", "param": "temperature"}});
    for body in [chat("a"), streamed("a")] {
        let answer = call(&daemon(Reply::json(400, &error)), &body).await;
        assert_eq!(answer.json()["error"]["param"], "temperature");
    }
}

#[tokio::test]
async fn a_compressed_request_is_refused_with_a_reason() {
    let answer = daemon(good());
    let answer = answer.send(post("/chat/completions", &chat("a"), &[("content-encoding", "gzip")])).await;
    assert_eq!(answer.status, 415);
    let error = answer.json()["error"].clone();
    assert_eq!(error["type"], "invalid_request_error");
    assert!(error["message"].as_str().unwrap().contains("`content-encoding: gzip`"), "{error}");
}

#[tokio::test]
async fn an_upstream_that_makes_no_sense_is_a_bad_gateway() {
    for (reply, word) in [
        (Reply::Refuse, "connection refused"),
        (Reply::Break, "connection reset"),
        (Reply::text(200, "<html><title>Hello</title></html>"), "HTML page titled `Hello`"),
        (Reply::text(200, ""), "empty"),
        (Reply::json(200, &json!({"choices": []})), "no `choices`"),
        (Reply::json(200, &json!({"error": {"message": "overloaded"}})), "overloaded"),
    ] {
        let (status, _, message) = told(reply, &chat("a")).await;
        assert_eq!(status, 502, "{message}");
        assert!(message.contains(word), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_provider_is_given_up_in_time() {
    let yaml = "router_settings: {timeout: 20, stream_timeout: 5}";
    let daemon = daemon_of(&[("a", "one")], yaml, Reply::Hang);
    for (body, headers, limit) in [
        (chat("a"), &[][..], 20),
        (streamed("a"), &[], 5),
        (chat("a"), &[("x-litellm-timeout", "2")], 2),
        (streamed("a"), &[("x-litellm-timeout", "3")], 3),
    ] {
        let start = tokio::time::Instant::now();
        let answer = daemon.send(post("/v1/chat/completions", &body, headers)).await;
        assert_eq!(answer.status, 408);
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(message, format!("litellm.Timeout: openai: no answer within {limit}s"));
        assert_eq!(start.elapsed().as_secs(), Duration::from_secs(limit).as_secs());
    }
}

#[tokio::test]
async fn an_unknown_model_is_told_in_litellms_words() {
    let answer = call(&daemon(good()), &chat("nope")).await;
    let words = "/v1/chat/completions: Invalid model name passed in model=nope. Call `/v1/models` to view available \
                 models for your key.";
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({"error": {
            "message": words, "type": "invalid_request_error", "param": null, "code": "400",
            "provider_specific_fields": {"error": words},
        }})
    );
}

#[tokio::test]
async fn a_request_that_is_none_is_refused_before_anybody_is_asked() {
    let daemon = daemon_of(&[("a", "one")], "llmhealth: {proxy: {max_body_bytes: 100}}", good());
    let large = json!({"model": "a", "messages": ["x".repeat(100)]}).to_string();
    for (body, status, word) in [
        ("{", 400, "not a JSON object"),
        ("[]", 400, "not a JSON object"),
        ("{}", 400, "`model` is missing"),
        (r#"{"model": null}"#, 400, "`model` is missing"),
        (r#"{"model": 1}"#, 400, "`model` has to be a text"),
        (r#"{"model": "a"}"#, 400, "`messages` is missing"),
        (r#"{"model": "a", "messages": null}"#, 400, "`messages` is missing"),
        (r#"{"model": "a", "stream": "yes"}"#, 400, "`stream`"),
        (&large, 413, "larger than 100 bytes"),
    ] {
        let answer = daemon.post_as_admin("/chat/completions", body.to_owned()).await;
        assert_eq!(answer.status, status, "{body}");
        let error = answer.json()["error"].clone();
        assert_eq!(error["type"], "invalid_request_error");
        assert!(error["message"].as_str().unwrap().contains(word), "{error}");
    }
    assert_eq!(daemon.fleet.transport.count(), 0);
}

#[tokio::test]
async fn what_a_provider_does_not_have_is_refused_with_its_name() {
    let yaml = "model_list: [{model_name: m, litellm_params: {model: anthropic/claude-3-5-haiku-latest, api_key: k}}]";
    let transport = crate::support::scripted::ScriptedTransport::always(good());
    let daemon = crate::support::daemon::Daemon::new(yaml, transport);
    let answer = daemon.send(post("/v1/embeddings", &json!({"model": "m", "input": "x"}), &[])).await;
    assert_eq!(answer.status, 400);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("provider `anthropic` has no embedding endpoint"), "{message}");
}

#[tokio::test]
async fn a_broken_entry_says_what_is_wrong_with_it() {
    let yaml = "model_list: [{model_name: m, litellm_params: {model: openai/gpt-4o}}]";
    let transport = crate::support::scripted::ScriptedTransport::always(good());
    let daemon = crate::support::daemon::Daemon::new(yaml, transport);
    let answer = daemon.send(post("/chat/completions", &chat("m"), &[])).await;
    assert_eq!(answer.status, 500);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("litellm_params.api_key"), "{message}");
}
