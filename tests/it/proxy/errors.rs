//! Errors: the provider's status is kept, the envelope is `OpenAI`'s, the kinds have LiteLLM's names.

use std::time::Duration;

use llmhealth::state::Condition;
use serde_json::{Value, json};

use crate::support::daemon::{Daemon, KEY, request};
use crate::support::scripted::{Piece, Reply, ScriptedTransport};

use super::{call, chat, daemon, daemon_of, good, post, sent, streamed};

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

#[tokio::test(start_paused = true)]
async fn time_limits_count_in_litellms_order() {
    let all = "router_settings: {timeout: 7, stream_timeout: 5}\nlitellm_settings: {request_timeout: 6}";
    let router = "router_settings: {timeout: 7}";
    let cases = [
        (json!({}), all, 6, 5),
        (json!({}), router, 7, 7),
        (json!({"timeout": 4}), all, 4, 5),
        (json!({"timeout": 4}), router, 4, 4),
        (json!({"timeout": "4"}), router, 4, 4),
        (json!({"request_timeout": 3}), all, 3, 5),
        (json!({"timeout": 4, "request_timeout": 3, "stream_timeout": 2}), all, 4, 2),
        (json!({}), "", 600, 600),
    ];
    for (params, rest, whole, first_piece) in cases {
        let mut entry = json!({"model": "openai/gpt-4o", "api_base": "http://one/v1", "api_key": "k"});
        entry.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        let list = json!([{"model_name": "m", "litellm_params": entry}]);
        let transport = ScriptedTransport::always(Reply::Hang);
        let daemon = Daemon::new(&format!("model_list: {list}\n{rest}"), transport);
        for (body, limit) in [(chat("m"), whole), (streamed("m"), first_piece)] {
            let start = tokio::time::Instant::now();
            assert_eq!(call(&daemon, &body).await.status, 408);
            assert_eq!(start.elapsed().as_secs(), limit, "{params} {rest} {body}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_clients_own_limit_holds_for_the_whole_call_and_says_nothing_of_a_deployment() {
    let rest = "llmhealth: {probe: {passive: true}, thresholds: {fall: 1}}";
    let daemon = daemon_of(&[("a", "one"), ("b", "two")], rest, Reply::Hang);
    let start = tokio::time::Instant::now();
    let answer = daemon.send(post("/chat/completions", &chat("m"), &[("x-litellm-timeout", "2")])).await;
    assert_eq!((answer.status, start.elapsed().as_secs()), (408, 2));
    assert_eq!(daemon.fleet.transport.count(), 1);
    assert!(daemon.fleet.board.get("a").is_none_or(|standing| standing.condition == Condition::Unknown));
    let start = tokio::time::Instant::now();
    assert_eq!(call(&daemon, &chat("m")).await.status, 408);
    assert_eq!(start.elapsed().as_secs(), 1200, "twice the configured one");
}

#[tokio::test]
async fn calls_are_posts() {
    let daemon = daemon(good());
    for path in ["/chat/completions", "/v1/embeddings", "/v1/responses"] {
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
            let answer = daemon.send(request(method, path, &[("x-api-key", KEY)])).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_limit_that_is_none_is_refused() {
    let daemon = daemon(good());
    for (headers, param) in [
        (&[("x-litellm-timeout", "soon")][..], "x-litellm-timeout"),
        (&[("x-litellm-timeout", "inf")], "x-litellm-timeout"),
        (&[("x-litellm-stream-timeout", "-1")], "x-litellm-stream-timeout"),
        (&[("x-litellm-num-retries", "many")], "x-litellm-num-retries"),
    ] {
        let answer = daemon.send(post("/chat/completions", &streamed("a"), headers)).await;
        assert_eq!((answer.status, &answer.json()["error"]["param"]), (400, &json!(param)));
    }
    let answer = daemon.send(post("/chat/completions", &chat("a"), &[("x-litellm-timeout", "1e18")])).await;
    assert_eq!(answer.status, 200, "longer than any clock can tell");
}

#[tokio::test]
async fn what_only_litellm_does_is_refused_with_its_name() {
    let daemon = daemon(good());
    for (name, value) in [("fallbacks", json!(["b"])), ("mock_response", json!("hi"))] {
        let mut body = chat("a");
        body[name] = value;
        let answer = call(&daemon, &body).await;
        assert_eq!((answer.status, &answer.json()["error"]["param"]), (400, &json!(name)));
    }
    assert_eq!(daemon.fleet.transport.count(), 0);
}

#[tokio::test]
async fn what_only_litellm_knows_is_not_sent() {
    let daemon = daemon(good());
    let mut body = chat("a");
    let fields = json!({
        "metadata": {"a": "b"}, "tags": ["x"], "cache": {"no-cache": true}, "guardrails": ["g"],
        "litellm_session_id": "s", "num_retries": 0, "fallbacks": [], "timeout": 5, "stream_timeout": 5,
        "user": "u", "seed": u64::MAX, "vendors_own": {"x": 1.0}, "extra_body": {"more": 1, "stream": true},
    });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    assert_eq!(call(&daemon, &body).await.status, 200);
    let due = json!({
        "messages": [{"role": "user", "content": "hi"}], "user": "u", "seed": u64::MAX,
        "vendors_own": {"x": 1.0}, "more": 1, "model": "gpt-4o-mini",
    });
    assert_eq!(sent(&daemon.fleet.transport), due);
}

#[tokio::test]
async fn the_status_of_an_error_counts_even_if_its_words_are_cut_off() {
    let head = Reply::events([Piece::text("{\"error\":"), Piece::Break]).with_status(429);
    let answer = call(&daemon(head), &chat("a")).await;
    assert_eq!(answer.status, 429);
    let huge = Reply::text(429, &"x".repeat(3 * 1024 * 1024));
    assert_eq!(call(&daemon(huge), &chat("a")).await.status, 429);
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_kept() {
    let rest = "llmhealth: {proxy: {max_answer_bytes: 1000}}";
    let text = "x".repeat(1000);
    let daemon = daemon_of(&[("a", "one")], rest, Reply::json(200, &json!({"choices": [{"message": text}]})));
    let answer = call(&daemon, &chat("a")).await;
    assert_eq!(answer.status, 502);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("1000 bytes"), "{message}");
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
        ("", 400, "not a JSON object"),
        (r#"{"model": "a", "temperature": NaN}"#, 400, "not a JSON object"),
        (r#"{"model": "a", "user": "\ud83d"}"#, 400, "not a JSON object"),
        (&format!("{{\"model\": {}", "[".repeat(90)), 400, "not a JSON object"),
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
    for body in [&b"{\"model\": \"\xff\"}"[..], b"\xef\xbb\xbf{}", &[b'['; 100]] {
        assert_eq!(daemon.post_as_admin("/chat/completions", body.to_vec()).await.status, 400);
    }
    assert_eq!(daemon.fleet.transport.count(), 0);
}

#[tokio::test]
async fn a_request_of_more_values_than_anybody_needs_is_not_read() {
    let daemon = daemon(good());
    let numbers = |count: usize| format!("{{\"model\": \"a\", \"messages\": [{}0]}}", "0,".repeat(count));
    let answer = daemon.post_as_admin("/chat/completions", numbers(1_000_000)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.told().1.contains("more than 1000000 values"));
    assert_eq!(daemon.fleet.transport.count(), 0);
    let long = json!({"model": "a", "messages": [{"role": "user", "content": ",".repeat(2_000_000)}]});
    assert_eq!(call(&daemon, &long).await.status, 200);
}

#[tokio::test]
async fn what_is_nested_too_deeply_is_refused_and_the_last_of_equal_keys_counts() {
    let daemon = daemon(good());
    let nested = format!(
        "{{\"model\": \"a\", \"messages\": [], \"x\": {}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let answer = daemon.post_as_admin("/chat/completions", nested).await;
    assert_eq!(answer.status, 400);
    let twice = r#"{"model": "nope", "messages": [], "seed": 1, "model": "a", "seed": 2}"#;
    assert_eq!(daemon.post_as_admin("/chat/completions", twice).await.status, 200);
    assert_eq!(sent(&daemon.fleet.transport)["seed"], 2);
}

#[tokio::test]
async fn what_a_provider_does_not_have_is_refused_with_its_name() {
    let yaml = "model_list: [{model_name: m, litellm_params: {model: anthropic/claude-3-5-haiku-latest, api_key: k}}]";
    let transport = ScriptedTransport::always(good());
    let daemon = Daemon::new(yaml, transport);
    let answer = daemon.send(post("/v1/embeddings", &json!({"model": "m", "input": "x"}), &[])).await;
    assert_eq!(answer.status, 400);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("provider `anthropic` has no embedding endpoint"), "{message}");
}

/// `OpenAI`'s client always asks for an encoding, which these do not have either.
#[tokio::test]
async fn what_can_only_be_probed_is_refused_before_its_parameters_are() {
    for (model, path, body) in [
        ("gemini/text-embedding-004", "embeddings", json!({"input": "x", "encoding_format": "base64"})),
        ("databricks/llama", "responses", json!({"input": "x"})),
    ] {
        let yaml = json!({"model_list": [{"model_name": "m", "litellm_params": {
            "model": model, "api_key": "k", "api_base": "http://one",
        }}]});
        let transport = ScriptedTransport::always(good());
        let daemon = Daemon::new(&yaml.to_string(), transport);
        let mut body = body;
        body["model"] = json!("m");
        let answer = daemon.send(post(&format!("/v1/{path}"), &body, &[])).await;
        assert_eq!(answer.status, 400, "{:?}", answer.told());
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("can't be called for"), "{message}");
        assert_eq!(daemon.fleet.transport.count(), 0);
    }
}

#[tokio::test]
async fn a_broken_entry_says_what_is_wrong_with_it() {
    let yaml = "model_list: [{model_name: m, litellm_params: {model: openai/gpt-4o}}]";
    let transport = ScriptedTransport::always(good());
    let daemon = Daemon::new(yaml, transport);
    let answer = daemon.send(post("/chat/completions", &chat("m"), &[])).await;
    assert_eq!(answer.status, 500);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("litellm_params.api_key"), "{message}");
}
