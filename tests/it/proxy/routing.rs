//! Who gets a request, and who gets it next.

use serde_json::json;

use llmhealth::state::Condition;

use crate::support::daemon::Daemon;
use crate::support::fleet::chat_fleet;
use crate::support::scripted::{Reply, ScriptedTransport};

use super::{call, chat, daemon_of, good, sent, streamed};

const TWO: [(&str, &str); 2] = [("a", "one"), ("b", "two")];

fn daemon(rest: &str, one: Reply, two: Reply) -> Daemon {
    let transport = ScriptedTransport::always(good());
    transport.on("one/", one);
    transport.on("two/", two);
    Daemon::new(&chat_fleet(&TWO, rest), transport)
}

fn hosts(daemon: &Daemon) -> Vec<String> {
    let requests = daemon.fleet.transport.requests();
    requests.iter().map(|request| request.url.host_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn equals_take_turns() {
    let daemon = daemon_of(&TWO, "", good());
    for _ in 0..6 {
        assert_eq!(call(&daemon, &chat("m")).await.status, 200);
    }
    assert_eq!(hosts(&daemon).iter().filter(|host| *host == "one").count(), 3);
}

#[tokio::test]
async fn another_deployment_is_asked_once_where_that_may_help() {
    let failures = [
        Reply::Refuse,
        Reply::Break,
        Reply::text(429, "{}"),
        Reply::text(500, "{}"),
        Reply::text(503, "{}"),
        Reply::text(401, "{}"),
        Reply::text(200, "<html>"),
    ];
    for failure in failures {
        for body in [chat("m"), streamed("m")] {
            let daemon = daemon(
                "router_settings: {disable_cooldowns: true}",
                failure.clone(),
                good().header("content-type", "application/json"),
            );
            for _ in 0..2 {
                let answer = call(&daemon, &body).await;
                assert_eq!(answer.status, 200, "{:?}", answer.told());
                assert_eq!(answer.header("x-litellm-model-id"), Some("b"));
            }
            let hosts = hosts(&daemon);
            assert_eq!(hosts.iter().filter(|host| *host == "two").count(), 2);
            assert!(hosts.contains(&"one".to_owned()), "{hosts:?}");
        }
    }
}

#[tokio::test]
async fn the_number_of_attempts_is_told() {
    let daemon = daemon("", Reply::text(500, "{}"), good());
    let retries = |answer: &crate::support::daemon::Answer| {
        answer.header("x-litellm-attempted-retries").unwrap().to_owned()
    };
    let told =
        [call(&daemon, &chat("m")).await, call(&daemon, &chat("m")).await].map(|answer| retries(&answer));
    assert!(told.contains(&"1".to_owned()), "{told:?}");
}

#[tokio::test]
async fn one_that_fails_is_not_asked_first_every_time() {
    let daemon = daemon("router_settings: {disable_cooldowns: true}", Reply::text(500, "{}"), good());
    let mut retries = Vec::new();
    for _ in 0..4 {
        let answer = call(&daemon, &chat("m")).await;
        retries.push(answer.header("x-litellm-attempted-retries").unwrap().to_owned());
    }
    retries.sort_unstable();
    assert_eq!(retries, ["0", "0", "1", "1"]);
}

#[tokio::test]
async fn a_request_at_fault_is_not_tried_again_and_neither_is_a_call_by_id() {
    for status in [400, 413, 422] {
        let daemon = daemon_of(&TWO, "", Reply::text(status, "{}"));
        assert_eq!(call(&daemon, &chat("m")).await.status, status);
        assert_eq!(daemon.fleet.transport.count(), 1);
    }
    let daemon = daemon("", Reply::text(500, "{}"), good());
    assert_eq!(call(&daemon, &chat("a")).await.status, 500);
    assert_eq!(hosts(&daemon), ["one"]);
}

#[tokio::test]
async fn two_failures_are_the_end() {
    let daemon = daemon_of(&[("a", "one"), ("b", "two"), ("c", "three")], "", Reply::text(500, "{}"));
    assert_eq!(call(&daemon, &chat("m")).await.status, 500);
    assert_eq!(daemon.fleet.transport.count(), 2);
}

#[tokio::test]
async fn what_cools_down_gets_nothing_by_name_and_everything_by_id() {
    let daemon = daemon("", Reply::text(429, "{}"), good());
    for _ in 0..4 {
        assert_eq!(call(&daemon, &chat("m")).await.status, 200);
    }
    assert_eq!(hosts(&daemon).iter().filter(|host| *host == "one").count(), 1, "one 429 is enough");
    assert_eq!(call(&daemon, &chat("a")).await.status, 429);
}

#[tokio::test]
async fn outcomes_of_calls_count_like_probes_only_if_the_settings_say_so() {
    for (rest, due) in [("llmhealth: {probe: {passive: true}}", Condition::Healthy), ("", Condition::Unknown)]
    {
        let daemon = daemon_of(&[("a", "one")], rest, good());
        assert_eq!(call(&daemon, &chat("a")).await.status, 200);
        assert_eq!(daemon.fleet.board.get("a").unwrap().condition, due);
    }
    let rest = "llmhealth: {probe: {passive: true}, thresholds: {fall: 1}}";
    let daemon = daemon_of(&[("a", "one")], rest, Reply::text(500, "{}"));
    assert_eq!(call(&daemon, &chat("a")).await.status, 500);
    assert_eq!(daemon.fleet.board.get("a").unwrap().condition, Condition::Unhealthy);
}

#[tokio::test]
async fn patterns_and_aliases_lead_to_deployments() {
    let yaml = json!({
        "model_list": [{
            "model_name": "openai/*",
            "litellm_params": {"model": "openai/*", "api_base": "http://one/v1", "api_key": "k"},
            "model_info": {"id": "wild"},
        }],
        "router_settings": {"model_group_alias": {
            "fast": "openai/gpt-4o-mini", "hidden": {"model": "openai/gpt-4o", "hidden": true},
        }},
    });
    let daemon = Daemon::new(&yaml.to_string(), ScriptedTransport::always(good()));
    for (model, upstream) in
        [("openai/gpt-4.1-nano", "gpt-4.1-nano"), ("fast", "gpt-4o-mini"), ("hidden", "gpt-4o")]
    {
        let answer = call(&daemon, &chat(model)).await;
        assert_eq!(answer.status, 200, "{:?}", answer.told());
        assert_eq!(answer.json()["model"], model);
        assert_eq!(answer.header("x-litellm-model-group"), Some("openai/*"));
        assert_eq!(sent(&daemon.fleet.transport)["model"], upstream);
    }
    let answer = call(&daemon, &chat("wild")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["param"], "model");
}
