//! What bounds probes besides time: keys, requests per minute, money, and what providers ask for.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use llmhealth::probe::{Scope, Source};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::fleet::{Fleet, chat_answer};
use crate::support::scripted::{Reply, ScriptedTransport};

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

fn deployment(id: &str, key: &str, info: &Value) -> Value {
    let mut model_info = json!({"id": id});
    model_info.as_object_mut().unwrap().extend(info.as_object().unwrap().clone());
    json!({
        "model_name": "m",
        "litellm_params": {
            "model": "openai/gpt-4o-mini", "api_base": format!("http://{id}/v1"), "api_key": key,
        },
        "model_info": model_info,
    })
}

fn fleet(deployments: &[Value], ours: &Value, transport: &Arc<ScriptedTransport>) -> Fleet {
    let config = json!({
        "model_list": deployments,
        "general_settings": {"background_health_checks": true, "health_check_interval": 10},
        "llmhealth": ours,
    });
    Fleet::new(&config.to_string(), Arc::clone(transport))
}

fn asked(transport: &ScriptedTransport, method: &Method) -> usize {
    transport.requests().iter().filter(|request| request.method == *method).count()
}

#[tokio::test(start_paused = true)]
async fn no_more_than_its_share_go_with_one_key() {
    let transport = ScriptedTransport::always(good().after(Duration::from_millis(50)));
    let deployments: Vec<_> = (0..30)
        .map(|number| deployment(&format!("host-{number}"), "sk-the-same-for-all", &json!({})))
        .collect();
    let fleet = fleet(&deployments, &json!({"probe": {"per_key": 3}}), &transport);
    assert_eq!(fleet.check().await.checked.len(), 30);
    assert_eq!((transport.count(), transport.peak()), (30, 3));
    fleet.checker.watch();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(transport.peak(), 3, "the schedule keeps to it as well");
}

#[tokio::test(start_paused = true)]
async fn requests_per_minute_are_never_exceeded() {
    for rpm in [1, 2, 5, 7] {
        let transport = ScriptedTransport::always(Reply::text(500, "down"));
        let fleet = fleet(&[deployment("a", "sk-0123456789", &json!({"rpm": rpm}))], &json!({}), &transport);
        fleet.checker.watch();
        let start = Instant::now();
        let mut before = Vec::new();
        while start.elapsed() < Duration::from_mins(10) {
            // Somebody asks every second, besides the schedule and its quick looks.
            fleet.checker.check(Scope::All, Source::Http).await;
            sleep(Duration::from_secs(1)).await;
            before.push((start.elapsed(), transport.count()));
            let a_minute_ago = start.elapsed().saturating_sub(Duration::from_mins(1));
            let count = before.iter().rfind(|(at, _)| *at <= a_minute_ago).map_or(0, |(_, count)| *count);
            assert!(transport.count() - count <= rpm, "{} in a minute", transport.count() - count);
        }
        assert!(transport.count() >= 9, "{} in all", transport.count());
    }
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_leaves_the_list_of_models() {
    let transport = ScriptedTransport::always(good());
    let ours = json!({"daily_budget_usd": 0.000_03});
    let fleet =
        fleet(&[deployment("a", "sk-0123456789", &json!({"llmhealth": ours}))], &json!({}), &transport);
    let mut last = fleet.check_one().await;
    assert!(last.outcome.notes.is_empty());
    let cost = last.outcome.cost_usd.unwrap();
    for _ in 0..9 {
        last = fleet.check_one().await;
    }
    assert_eq!(asked(&transport, &Method::POST), 2);
    assert_eq!(asked(&transport, &Method::GET), 8);
    assert!(last.outcome.notes[0].contains("the daily budget is spent"));
    assert!((fleet.checker.spent_usd_by("a") - 2.0 * cost).abs() < 1e-12);
    assert!((fleet.checker.spent_usd() - 2.0 * cost).abs() < 1e-12);
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_of_the_fleet_passes_over_who_has_no_list() {
    let transport = ScriptedTransport::always(good());
    let mut without_list = deployment("b", "sk-0123456789", &json!({}));
    without_list["litellm_params"]["model"] = "bedrock/anthropic.claude-3-haiku-20240307-v1:0".into();
    without_list["litellm_params"]["aws_region_name"] = "us-east-1".into();
    without_list["litellm_params"]["aws_access_key_id"] = "AKIA0123456789".into();
    without_list["litellm_params"]["aws_secret_access_key"] = "secret-0123456789".into();
    let fleet = fleet(&[without_list], &json!({"probe": {"daily_budget_usd": 0}}), &transport);
    let report = fleet.check().await;
    assert!(report.checked.is_empty());
    assert!(report.skipped[0].reason.contains("the daily budget is spent"));
    assert_eq!(transport.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_costs_nothing() {
    let transport = ScriptedTransport::always(Reply::Refuse);
    let ours = json!({"probe": {"daily_budget_usd": 0.000_03}});
    let fleet = fleet(&[deployment("a", "sk-0123456789", &json!({}))], &ours, &transport);
    for _ in 0..10 {
        fleet.check_one().await;
    }
    assert_eq!(asked(&transport, &Method::POST), 10);
    assert!(fleet.checker.spent_usd().abs() < 1e-12);
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_be_left_alone_is_heeded_up_to_ten_minutes() {
    for (wait, expected) in [("95", 95), ("86400", 600)] {
        let transport = ScriptedTransport::always(Reply::text(429, "slow down").header("retry-after", wait));
        let fleet = fleet(&[deployment("a", "sk-0123456789", &json!({}))], &json!({}), &transport);
        fleet.checker.watch();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(transport.count(), 1);
        sleep(Duration::from_secs(expected - 2)).await;
        assert_eq!(transport.count(), 1, "not before its time");
        sleep(Duration::from_secs(12)).await;
        assert_eq!(transport.count(), 2, "at its next turn");
        assert_eq!(fleet.checker.deferrals(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_tells_somebody_else_counts_for_the_schedule() {
    let transport = ScriptedTransport::always(good());
    let fleet = fleet(&[deployment("a", "sk-0123456789", &json!({}))], &json!({}), &transport);
    fleet.checker.watch();
    sleep(Duration::from_secs(1)).await;
    let reset =
        good().header("x-ratelimit-remaining-requests", "0").header("x-ratelimit-reset-requests", "3m0s");
    transport.on("", reset);
    fleet.check_one().await;
    let count = transport.count();
    sleep(Duration::from_secs(179)).await;
    assert_eq!(transport.count(), count);
    sleep(Duration::from_secs(12)).await;
    assert_eq!(transport.count(), count + 1);
}
