//! What calls do to `GET /metrics`.

use std::collections::HashSet;

use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::daemon::{Daemon, KEY};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Piece, Reply, ScriptedTransport};

use super::{call, chat, daemon, daemon_of, good, post, streamed};

/// A page of metrics.
struct Page(String);

impl Page {
    async fn of(daemon: &Daemon) -> Self {
        Self::seen_by(daemon, KEY).await
    }

    async fn seen_by(daemon: &Daemon, key: &str) -> Self {
        let answer = daemon.get_with(key, "/metrics").await;
        let page = Self(String::from_utf8(answer.body.to_vec()).unwrap());
        page.assert_sound();
        page
    }

    /// No series comes twice, and all of a family stand together under its head.
    fn assert_sound(&self) {
        let (mut families, mut series) = (HashSet::new(), HashSet::new());
        let mut family = "";
        for line in self.0.lines() {
            if let Some(head) = line.strip_prefix("# TYPE ") {
                family = head.split(' ').next().unwrap();
                assert!(families.insert(family), "{family} comes twice");
            } else if !line.starts_with('#') {
                assert!(line.starts_with(family), "{line} is not of {family}");
                assert!(series.insert(line.rsplit_once(' ').unwrap().0), "{line} comes twice");
            }
        }
    }

    /// The values of all samples with this name and these labels, added up; `None` if there is none.
    fn get(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let samples = self.0.lines().filter(|line| {
            line.split(['{', ' ']).next() == Some(name)
                && labels.iter().all(|label| {
                    let (label, value) = label.split_once('=').unwrap();
                    line.contains(&format!("{label}=\"{value}\""))
                })
        });
        let values: Vec<f64> =
            samples.map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }
}

fn usage() -> Value {
    json!({
        "prompt_tokens": 1000, "completion_tokens": 200,
        "prompt_tokens_details": {"cached_tokens": 10}, "completion_tokens_details": {"reasoning_tokens": 50},
    })
}

fn event(fields: &Value) -> Piece {
    Piece::text(&format!("data: {fields}\n\n"))
}

fn delta() -> Piece {
    event(&json!({"model": "x", "choices": [{"delta": {"content": "hi"}, "finish_reason": null}]}))
}

fn finish() -> Piece {
    event(&json!({"model": "x", "choices": [{"delta": {}, "finish_reason": "stop"}]}))
}

#[tokio::test]
async fn an_answer_is_counted_with_what_it_took() {
    let mut answer = chat_answer();
    answer["usage"] = usage();
    let daemon = daemon(Reply::json(200, &answer));
    assert_eq!(call(&daemon, &chat("a")).await.status, 200);
    assert_eq!(daemon.send(post("/chat/completions", &chat("m"), &[])).await.status, 200);

    let page = Page::of(&daemon).await;
    let deployment = ["model_id=a", "litellm_model_name=gpt-4o-mini", "api_provider=openai"];
    let asked = [&deployment[..], &["requested_model=m", "api_base=http://one/v1"]].concat();
    assert_eq!(page.get("litellm_deployment_success_responses_total", &asked), Some(2.0));
    assert_eq!(page.get("litellm_deployment_total_requests_total", &asked), Some(2.0));
    assert_eq!(page.get("litellm_deployment_latency_per_output_token_count", &deployment), Some(2.0));
    let model = ["model=gpt-4o-mini", "requested_model=m", "model_id=a", "api_provider=openai"];
    for (name, due) in [
        ("litellm_llm_api_latency_metric_count", Some(2.0)),
        ("litellm_request_total_latency_metric_count", Some(2.0)),
        ("litellm_llm_api_time_to_first_token_metric_count", None),
        ("litellm_input_tokens_metric_total", Some(2000.0)),
        ("litellm_output_tokens_metric_total", Some(400.0)),
        ("litellm_total_tokens_metric_total", Some(2400.0)),
        ("litellm_input_cached_tokens_metric_total", Some(20.0)),
        ("litellm_output_reasoning_tokens_metric_total", Some(100.0)),
    ] {
        assert_eq!(page.get(name, &model), due, "{name}");
    }
    // 0.15 and 0.60 dollars for a million tokens.
    let spent = page.get("litellm_spend_metric_total", &model).unwrap();
    assert!((spent - 2.0 * (1000.0 * 15e-8 + 200.0 * 6e-7)).abs() < 1e-12, "{spent}");
    for route in ["route=/v1/chat/completions", "route=/chat/completions"] {
        let labels = ["requested_model=m", "status_code=200", "model_id=a", route];
        assert_eq!(page.get("litellm_proxy_total_requests_metric_total", &labels), Some(1.0));
    }
    assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &[]), None);
    assert_eq!(page.get("llmhealth_deployment_calls_in_flight", &deployment), Some(0.0));
}

#[tokio::test]
async fn a_deployments_own_prices_come_first() {
    let yaml = json!({"model_list": [{
        "model_name": "m",
        "litellm_params": {
            "model": "openai/own", "api_base": "http://one/v1", "api_key": "k",
            "input_cost_per_token": 0.25, "output_cost_per_token": 2,
        },
        "model_info": {"id": "a"},
    }]});
    let daemon = Daemon::new(&yaml.to_string(), ScriptedTransport::always(good()));
    call(&daemon, &chat("a")).await;
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("litellm_spend_metric_total", &["model_id=a"]), Some(9.0 * 0.25 + 2.0));

    let unpriced = yaml.to_string().replace("\"input_cost_per_token\":0.25,", "");
    daemon.fleet.reload(&unpriced);
    call(&daemon, &chat("a")).await;
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("litellm_spend_metric_total", &["model_id=a"]), Some(9.0 * 0.25 + 2.0));
    assert_eq!(page.get("litellm_input_tokens_metric_total", &["model_id=a"]), Some(18.0));
}

#[tokio::test]
async fn streams_tell_their_first_piece_and_their_usage() {
    let told = event(&json!({"model": "x", "choices": [], "usage": usage()}));
    let with_usage = daemon(Reply::events([delta(), finish(), told, Piece::text("data: [DONE]\n\n")]));
    assert_eq!(call(&with_usage, &streamed("a")).await.status, 200);
    let page = Page::of(&with_usage).await;
    assert_eq!(page.get("litellm_llm_api_time_to_first_token_metric_count", &["model_id=a"]), Some(1.0));
    assert_eq!(page.get("litellm_input_tokens_metric_total", &["model_id=a"]), Some(1000.0));
    assert_eq!(page.get("litellm_deployment_latency_per_output_token_count", &["model_id=a"]), Some(1.0));
    assert_eq!(page.get("llmhealth_deployment_streams_open", &["model_id=a"]), Some(0.0));

    let response =
        json!({"type": "response.completed", "response": {"usage": {"input_tokens": 3, "output_tokens": 4}}});
    let of_responses = daemon(Reply::events([event(&response)]));
    let body = json!({"model": "a", "input": "hi", "stream": true});
    assert_eq!(of_responses.send(post("/v1/responses", &body, &[])).await.status, 200);
    let page = Page::of(&of_responses).await;
    assert_eq!(page.get("litellm_total_tokens_metric_total", &["model_id=a"]), Some(7.0));
}

#[tokio::test]
async fn a_response_that_failed_in_its_own_words_is_counted_as_failed() {
    let error = json!({"code": "server_error", "message": "out of luck"});
    for last in [
        json!({"type": "response.failed", "response": {"status": "failed", "error": error}}),
        json!({"type": "error", "code": "server_error", "message": "out of luck", "param": null}),
    ] {
        let daemon = daemon(Reply::events([event(&json!({"type": "response.created"})), event(&last)]));
        let body = json!({"model": "a", "input": "hi", "stream": true});
        let answer = daemon.send(post("/v1/responses", &body, &[])).await;
        assert!(answer.told().1.ends_with(&format!("data: {last}\n\n")), "{:?}", answer.told());
        let page = Page::of(&daemon).await;
        assert_eq!(page.get("litellm_deployment_failure_responses_total", &["model_id=a"]), Some(1.0));
        assert_eq!(page.get("litellm_deployment_success_responses_total", &["model_id=a"]), Some(0.0));
    }
}

#[tokio::test]
async fn usage_of_translated_streams_is_counted_whether_the_client_wants_it_or_not() {
    let events = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":5,\"output_tokens\":1}}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}}\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );
    let yaml = json!({"model_list": [{
        "model_name": "m",
        "litellm_params": {"model": "anthropic/claude-3-5-haiku-20241022", "api_base": "http://one", "api_key": "k"},
        "model_info": {"id": "a"},
    }]});
    let daemon =
        Daemon::new(&yaml.to_string(), ScriptedTransport::always(Reply::events([Piece::text(events)])));
    let answer = call(&daemon, &streamed("a")).await;
    assert!(!answer.told().1.contains("usage"), "{:?}", answer.told());
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("litellm_input_tokens_metric_total", &["model_id=a"]), Some(5.0));
    assert_eq!(page.get("litellm_output_tokens_metric_total", &["model_id=a"]), Some(7.0));
}

#[tokio::test]
async fn failures_and_who_stepped_in_are_told_by_their_errors() {
    let transport = ScriptedTransport::always(good());
    transport.on("one/", Reply::text(429, "{}"));
    let daemon = Daemon::new(&chat_fleet(&[("a", "one"), ("b", "two")], ""), transport);
    for _ in 0..2 {
        assert_eq!(call(&daemon, &chat("m")).await.status, 200);
    }
    let page = Page::of(&daemon).await;
    let error = ["exception_status=429", "exception_class=Openai.RateLimitError"];
    let of = |id| [&error[..], &[id, "requested_model=m"]].concat();
    assert_eq!(page.get("litellm_deployment_failure_responses_total", &of("model_id=a")), Some(1.0));
    assert_eq!(page.get("litellm_deployment_total_requests_total", &["model_id=a"]), Some(1.0));
    assert_eq!(page.get("llmhealth_deployment_retries_total", &["model_id=a"]), Some(1.0));
    let fallback = [&of("model_id=b")[..], &["fallback_model=gpt-4o-mini"]].concat();
    assert_eq!(page.get("litellm_deployment_successful_fallbacks_total", &fallback), Some(1.0));
    assert_eq!(page.get("litellm_deployment_failed_fallbacks_total", &[]), None);
    assert_eq!(page.get("litellm_deployment_state", &["model_id=a"]), Some(2.0));
    let cooled = ["model_id=a", "exception_status=429"];
    assert_eq!(page.get("litellm_deployment_cooled_down_total", &cooled), Some(1.0));
    assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &[]), None, "nobody got an error");
    assert_eq!(page.get("litellm_proxy_total_requests_metric_total", &["model_id=b"]), Some(2.0));

    assert_eq!(call(&daemon, &chat("a")).await.status, 429);
    let page = Page::of(&daemon).await;
    let told = [&of("model_id=a")[..], &["route=/v1/chat/completions", "api_provider=openai"]].concat();
    assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &told), Some(1.0));
    let told = ["model_id=a", "status_code=429", "requested_model=m"];
    assert_eq!(page.get("litellm_proxy_total_requests_metric_total", &told), Some(1.0));
}

#[tokio::test]
async fn a_second_failure_is_a_failed_fallback() {
    let daemon = daemon_of(&[("a", "one"), ("b", "two")], "", Reply::text(500, "{}"));
    assert_eq!(call(&daemon, &chat("m")).await.status, 500);
    let page = Page::of(&daemon).await;
    let error = ["exception_status=500", "exception_class=Openai.InternalServerError"];
    assert_eq!(page.get("litellm_deployment_failed_fallbacks_total", &error), Some(1.0));
    assert_eq!(page.get("litellm_deployment_failure_responses_total", &error), Some(2.0));
    assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &error), Some(1.0));
}

#[tokio::test]
async fn errors_of_one_status_and_several_classes_make_one_series_of_requests() {
    let daemon = daemon(Reply::in_turn([
        Reply::text(400, r#"{"error":{"message":"maximum context length is 8"}}"#),
        Reply::text(400, "{}"),
    ]));
    for _ in 0..2 {
        assert_eq!(call(&daemon, &chat("a")).await.status, 400);
    }
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("litellm_proxy_total_requests_metric_total", &["status_code=400"]), Some(2.0));
    for class in ["ContextWindowExceededError", "BadRequestError"] {
        let class = format!("exception_class=Openai.{class}");
        assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &[&class]), Some(1.0), "{class}");
    }
}

#[tokio::test]
async fn calls_that_reach_no_deployment_are_counted_too() {
    let daemon = daemon(good());
    assert_eq!(call(&daemon, &chat("no-such-model")).await.status, 400);
    assert_eq!(daemon.post_as_admin("/v1/chat/completions", "{").await.status, 400);
    let page = Page::of(&daemon).await;
    let labels = ["requested_model=other", "exception_class=ProxyModelNotFoundError", "exception_status=400"];
    assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &labels), Some(1.0));
    let labels = ["requested_model=", "exception_class=ProxyException"];
    assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &labels), Some(1.0));
    assert_eq!(page.get("litellm_proxy_total_requests_metric_total", &["model_id="]), Some(2.0));
}

#[tokio::test]
async fn a_broken_stream_is_a_failure_with_the_status_of_its_error() {
    let daemon = daemon(Reply::events([delta(), Piece::Break]));
    assert_eq!(call(&daemon, &streamed("a")).await.status, 200);
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("llmhealth_deployment_streams_broken_total", &["model_id=a"]), Some(1.0));
    let error = ["exception_status=502", "exception_class=Openai.APIConnectionError"];
    assert_eq!(page.get("litellm_deployment_failure_responses_total", &error), Some(1.0));
    assert_eq!(page.get("litellm_proxy_failed_requests_metric_total", &error), Some(1.0));
    assert_eq!(page.get("litellm_deployment_success_responses_total", &["model_id=a"]), Some(0.0));
}

#[tokio::test]
async fn a_client_that_leaves_is_no_failure() {
    let daemon = daemon(Reply::events([delta(), Piece::Hang]));
    let response = daemon.router.clone().oneshot(post("/chat/completions", &streamed("a"), &[])).await;
    let mut body = response.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("llmhealth_deployment_streams_open", &["model_id=a"]), Some(1.0));
    assert_eq!(page.get("llmhealth_deployment_calls_in_flight", &["model_id=a"]), Some(1.0));
    drop(body);
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("llmhealth_deployment_streams_open", &["model_id=a"]), Some(0.0));
    assert_eq!(page.get("llmhealth_deployment_calls_in_flight", &["model_id=a"]), Some(0.0));
    assert_eq!(page.get("llmhealth_deployment_calls_abandoned_total", &["model_id=a"]), Some(1.0));
    assert_eq!(page.get("litellm_proxy_total_requests_metric_total", &["status_code=499"]), Some(1.0));
    assert_eq!(page.get("litellm_deployment_failure_responses_total", &[]), None);
    assert!(daemon.fleet.board.get("a").unwrap().last_error.is_none());
}

#[tokio::test]
async fn a_stream_that_was_read_to_its_last_byte_is_no_abandoned_one() {
    let daemon = daemon(Reply::events([delta(), finish(), Piece::text("data: [DONE]\n\n")]));
    let response = daemon.router.clone().oneshot(post("/chat/completions", &streamed("a"), &[])).await;
    let mut body = response.unwrap().into_body();
    let mut read = Vec::new();
    while !read.ends_with(b"[DONE]\n\n") {
        read.extend_from_slice(body.frame().await.unwrap().unwrap().data_ref().unwrap());
    }
    drop(body);
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("litellm_deployment_success_responses_total", &["model_id=a"]), Some(1.0));
    assert_eq!(page.get("llmhealth_deployment_calls_abandoned_total", &["model_id=a"]), Some(0.0));
}

#[tokio::test]
async fn counts_go_with_their_deployment() {
    let daemon = daemon(good());
    call(&daemon, &chat("a")).await;
    let rest = format!("general_settings: {{master_key: {KEY}}}");
    let with = |ids: &[(&str, &str)]| chat_fleet(ids, &rest);
    daemon.fleet.reload(&with(&[("a", "one"), ("b", "two")]));
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("litellm_deployment_success_responses_total", &["model_id=a"]), Some(1.0));
    daemon.fleet.reload(&with(&[("b", "two")]));
    assert!(!Page::of(&daemon).await.0.contains("model_id=\"a\""));
    daemon.fleet.reload(&with(&[("a", "one")]));
    let page = Page::of(&daemon).await;
    assert_eq!(page.get("litellm_deployment_success_responses_total", &["model_id=a"]), None, "a new one");
}

#[tokio::test]
async fn a_key_for_some_models_sees_their_series_alone() {
    const SCOPED: &str = "scoped-key-0123456789";
    const VIEWER: &str = "viewer-key-0123456789";
    let rest = format!(
        "general_settings: {{master_key: {KEY}}}\nllmhealth: {{keys: [{{name: s, key: {SCOPED}, models: [m]}}, {{name: v, key: {VIEWER}}}]}}"
    );
    let fleet = chat_fleet(&[("a", "one"), ("b", "two")], &rest);
    let fleet = fleet.replacen("\"model_name\":\"m\"", "\"model_name\":\"secret\"", 1);
    let daemon = Daemon::new(&fleet, ScriptedTransport::always(good()));
    daemon.get_as_admin("/health").await;
    for model in ["a", "b", "nope"] {
        call(&daemon, &chat(model)).await;
    }
    let page = Page::seen_by(&daemon, SCOPED).await;
    assert_eq!(page.get("litellm_deployment_success_responses_total", &["model_id=b"]), Some(1.0));
    assert_eq!(page.get("llmhealth_deployments", &[]), Some(1.0));
    let mut about: HashSet<&str> = HashSet::new();
    for line in page.0.lines().filter(|line| !line.starts_with('#')) {
        assert!(!line.contains("model_id=\"a\"") && !line.contains("secret"), "{line}");
        if !line.contains("model_id=\"b\"") {
            about.insert(line.split(['{', ' ']).next().unwrap());
        }
    }
    let of_none = ["llmhealth_build_info", "llmhealth_deployments", "llmhealth_suspended"];
    assert_eq!(about, HashSet::from(of_none), "nothing else is of no deployment");

    let page = Page::seen_by(&daemon, VIEWER).await;
    assert_eq!(page.get("llmhealth_probes_total", &["api_provider=openai"]), Some(2.0));
    assert_eq!(page.get("litellm_proxy_total_requests_metric_total", &["requested_model=other"]), Some(1.0));
    assert!(!page.0.contains("http://"), "{}", page.0);
}
