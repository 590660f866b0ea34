//! What one probe finds out.

use std::time::Duration;

use llmhealth::domain::{FailureKind, Status};
use serde_json::json;

use crate::support::fleet::{Fleet, chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

fn one(reply: Reply) -> Fleet {
    Fleet::new(&chat_fleet(&[("a", "upstream")], ""), ScriptedTransport::always(reply))
}

/// A single deployment with more keys in `model_info`.
fn one_with(info: &str, reply: Reply) -> Fleet {
    let yaml = format!(
        "model_list:\n- model_name: m\n  litellm_params: {{model: openai/gpt-4o-mini, api_base: 'https://upstream/v1', \
         api_key: sk-test-0123456789}}\n  model_info: {{id: a, {info}}}\n"
    );
    Fleet::new(&yaml, ScriptedTransport::always(reply))
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_is_up() {
    let fleet = one(Reply::json(200, &chat_answer())
        .header("x-ratelimit-remaining-requests", "59")
        .header("x-ms-region", "West Europe"));
    let checked = fleet.check_one().await;
    assert_eq!(checked.verdict.status, Status::Up);
    assert_eq!(checked.verdict.exception_status, None);
    assert_eq!(checked.outcome.failure, None);
    let told = checked.outcome.rate_limit.as_ref().unwrap();
    assert_eq!(told.remaining_requests.as_deref(), Some("59"));
    assert_eq!(told.region.as_deref(), Some("West Europe"));
    let requests = fleet.transport.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["authorization"], "Bearer sk-test-0123456789");
    assert_eq!(fleet.board.latest("a").unwrap().verdict.status, Status::Up);
}

#[tokio::test(start_paused = true)]
async fn a_slow_success_is_degraded() {
    let slow = Reply::json(200, &chat_answer()).after(Duration::from_millis(1500));
    let patient = one_with("llmhealth: {degraded_after: 2}", slow.clone()).check_one().await;
    assert_eq!(patient.verdict.status, Status::Up);
    assert_eq!(patient.outcome.latency, Duration::from_millis(1500));
    let strict = one_with("llmhealth: {degraded_after: 1}", slow).check_one().await;
    assert_eq!(strict.verdict.status, Status::Degraded);
    assert_eq!(strict.verdict.exception_status, None);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_upstream_is_given_up_at_the_deadline() {
    let checked = one_with("health_check_timeout: 5", Reply::Hang).check_one().await;
    assert_eq!(checked.verdict.status, Status::Down);
    assert_eq!(checked.verdict.exception_status, Some(408));
    assert_eq!(checked.outcome.latency, Duration::from_secs(5));
    let failure = checked.outcome.failure.as_ref().unwrap();
    assert_eq!(failure.message, "Timeout exceeded: not done within 5s while waiting for the answer");
    assert!(failure.hint.as_ref().unwrap().contains("health_check_timeout"));
}

#[tokio::test(start_paused = true)]
async fn reaching_the_output_limit_is_alive() {
    let mut cut = chat_answer();
    cut["choices"][0]["finish_reason"] = json!("length");
    cut["choices"][0]["message"]["content"] = json!("");
    assert_eq!(one(Reply::json(200, &cut)).check_one().await.verdict.status, Status::Up);
    let refusal = json!({"error": {
        "message": "Could not finish the message because max_tokens or model output limit was reached. Please try \
                    again with higher max_tokens.",
        "type": "invalid_request_error", "code": null,
    }});
    assert_eq!(one(Reply::json(400, &refusal)).check_one().await.verdict.status, Status::Up);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_echoed_back_is_taken_out() {
    let body = json!({"error": {
        "message": "Incorrect API key provided:\n sk-test-0123456789.", "type": "auth", "code": "invalid_api_key",
    }});
    let fleet = one(Reply::json(401, &body).header("x-request-id", "req_1"));
    let failure = fleet.check_one().await.outcome.failure.clone().unwrap();
    assert_eq!(
        failure.message,
        "HTTP 401: Incorrect API key provided: [redacted]. (invalid_api_key, request id req_1)"
    );
    assert_eq!(failure.status, Some(401));
    assert_eq!(failure.request_id.as_deref(), Some("req_1"));
    assert!(failure.hint.unwrap().contains("api_key"));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_is_kept() {
    let refusal = json!({"error": {"message": "slow down", "type": "rate_limit", "code": null}});
    let checked = one(Reply::json(429, &refusal).header("retry-after", "7")).check_one().await;
    assert_eq!(checked.verdict.status, Status::RateLimited);
    assert_eq!(checked.verdict.exception_status, Some(429));
    let told = checked.outcome.rate_limit.as_ref().unwrap();
    assert_eq!(told.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_sent_is_misconfigured_and_not_sent() {
    let yaml = "model_list:\n\
        - {model_name: m, litellm_params: {model: nonsense-model}, model_info: {id: provider}}\n\
        - {model_name: m, litellm_params: {model: openai/gpt-4o, api_key: os.environ/NOT_SET}, model_info: {id: variable}}\n\
        - {model_name: m, litellm_params: {model: openai/gpt-4o, api_key: k}, model_info: {id: mode, mode: moderation}}\n\
        - {model_name: m, litellm_params: {model: openai/gpt-4o}, model_info: {id: key}}\n";
    let fleet = Fleet::new(yaml, ScriptedTransport::always(Reply::Hang));
    let report = fleet.check().await;
    let words = ["nonsense-model", "NOT_SET", "moderation", "api_key"];
    for (checked, word) in report.checked.iter().zip(words) {
        assert_eq!(checked.verdict.status, Status::Misconfigured);
        assert_eq!(checked.verdict.exception_status, Some(500));
        let failure = checked.outcome.failure.as_ref().unwrap();
        assert!(failure.message.contains(word), "{}", failure.message);
    }
    assert_eq!(report.checked.len(), 4);
    assert_eq!(fleet.transport.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_defect_of_ours_stays_in_its_probe() {
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    transport.on("bad", Reply::Panic);
    let fleet = Fleet::new(&chat_fleet(&[("a", "good"), ("b", "bad"), ("c", "good")], ""), transport);
    let report = fleet.check().await;
    let states: Vec<_> = report.checked.iter().map(|checked| checked.verdict.status).collect();
    assert_eq!(states, [Status::Up, Status::Down, Status::Up]);
    let failure = report.checked[1].outcome.failure.as_ref().unwrap();
    assert_eq!(failure.kind, FailureKind::Internal);
    assert_eq!(fleet.checker.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_tcp_method_only_connects() {
    let fleet = one_with("llmhealth: {method: tcp}", Reply::text(500, "never seen"));
    assert_eq!(fleet.check_one().await.verdict.status, Status::Up);
    assert_eq!(fleet.transport.count(), 0);
    let refused = one_with("llmhealth: {method: tcp}", Reply::Refuse).check_one().await;
    assert_eq!(refused.verdict.exception_status, Some(500));
    assert_eq!(refused.outcome.failure.as_ref().unwrap().kind, FailureKind::Connect);
}

#[tokio::test(start_paused = true)]
async fn the_models_method_asks_for_the_list_with_the_key() {
    for (params, expected, header) in [
        ("model: openai/gpt-4o", "https://h/v1/models", "authorization"),
        ("model: mistral/mistral-small-latest", "https://h/v1/models", "authorization"),
        ("model: anthropic/claude-sonnet-4-5", "https://h/v1/models", "x-api-key"),
        (
            "model: azure/d, api_version: '2025-01-01'",
            "https://h/openai/models?api-version=2025-01-01",
            "api-key",
        ),
    ] {
        let base = if params.contains("azure") { "https://h" } else { "https://h/v1" };
        let yaml = format!(
            "model_list:\n- model_name: m\n  litellm_params: {{{params}, api_base: '{base}', api_key: k-0123456789}}\n  \
             model_info: {{id: a, llmhealth: {{method: models}}}}\n"
        );
        let fleet = Fleet::new(&yaml, ScriptedTransport::always(Reply::json(200, &json!({"data": []}))));
        let checked = fleet.check_one().await;
        assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
        let requests = fleet.transport.requests();
        assert_eq!((requests[0].method.as_str(), requests[0].url.as_str()), ("GET", expected));
        assert!(requests[0].headers[header].to_str().unwrap().ends_with("k-0123456789"));
        fleet.transport.on("", Reply::json(401, &json!({"error": {"message": "no"}})));
        assert_eq!(fleet.check_one().await.verdict.status, Status::Misconfigured);
    }
}

#[tokio::test(start_paused = true)]
async fn a_test_of_a_stranger_leaves_the_board_alone() {
    let fleet = one(Reply::json(200, &chat_answer()));
    let stranger = Fleet::new(&chat_fleet(&[("a", "elsewhere")], ""), ScriptedTransport::always(Reply::Hang));
    let deployment = stranger.config.load().fleet.all()[0].clone();
    let checked = fleet.checker.test(deployment, &fleet.config.load(), true).await;
    assert_eq!(checked.verdict.status, Status::Up);
    assert_eq!(fleet.transport.requests()[0].url.host_str(), Some("elsewhere"));
    assert!(fleet.board.latest("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_probe_costs_only_where_it_arrives() {
    let answered = one(Reply::json(200, &chat_answer())).check_one().await;
    assert!(answered.outcome.cost_usd.unwrap() > 0.0);
    let refused = one(Reply::Refuse).check_one().await;
    assert_eq!(refused.outcome.cost_usd, None);
}
