//! Who gets a request, and who gets it next.

use serde_json::json;

use llmhealth::state::Condition;

use crate::support::daemon::{Daemon, request};
use crate::support::fleet::chat_fleet;
use crate::support::scripted::{Gate, Reply, ScriptedTransport};

use super::{call, chat, daemon_of, good, post, sent, streamed};

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

const THREE: [(&str, &str); 3] = [("a", "one"), ("b", "two"), ("c", "three")];

#[tokio::test]
async fn two_failures_are_the_end_and_the_last_one_is_told_with_its_headers() {
    let daemon = daemon_of(&THREE, "", Reply::text(500, "{}").header("x-request-id", "req-7"));
    for body in [chat("m"), streamed("m")] {
        let before = daemon.fleet.transport.count();
        let answer = call(&daemon, &body).await;
        assert_eq!(answer.status, 500);
        assert_eq!(daemon.fleet.transport.count() - before, 2);
        assert_eq!(answer.header("x-litellm-attempted-retries"), Some("1"));
        assert_eq!(answer.header("x-litellm-model-group"), Some("m"));
        let last = hosts(&daemon).pop().unwrap();
        assert_eq!(answer.header("x-litellm-model-api-base"), Some(&*format!("http://{last}/v1")));
        let id = THREE.iter().find(|(_, host)| *host == last).map(|(id, _)| *id);
        assert_eq!(answer.header("x-litellm-model-id"), id);
        assert_eq!(answer.header("llm_provider-x-request-id"), Some("req-7"));
        assert_eq!(answer.header("x-litellm-version"), Some("1.102.4"));
    }
}

#[tokio::test]
async fn the_settings_say_how_many_others_are_asked_and_the_client_says_it_better() {
    let cases = [
        ("router_settings: {num_retries: 0}", None, 1),
        ("router_settings: {num_retries: 2}", None, 3),
        ("litellm_settings: {num_retries: 2}", None, 3),
        ("router_settings: {num_retries: 1}\nlitellm_settings: {num_retries: 2}", None, 2),
        ("router_settings: {num_retries: 9}", None, 3),
        ("router_settings: {num_retries: 2}", Some(0), 1),
        ("", Some(2), 3),
    ];
    for (rest, retries, due) in cases {
        let daemon = daemon_of(&THREE, rest, Reply::text(500, "{}"));
        let mut body = chat("m");
        if let Some(retries) = retries {
            body["num_retries"] = json!(retries);
        }
        assert_eq!(call(&daemon, &body).await.status, 500);
        assert_eq!(daemon.fleet.transport.count(), due, "{rest} {retries:?}");
        let mut asked = hosts(&daemon);
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), due, "nobody is asked twice");
    }
    let daemon = daemon_of(&THREE, "", Reply::text(500, "{}"));
    let header = ("x-litellm-num-retries", "0");
    assert_eq!(daemon.send(post("/chat/completions", &chat("m"), &[header])).await.status, 500);
    assert_eq!(daemon.fleet.transport.count(), 1);
}

#[tokio::test]
async fn names_take_their_turns_apart() {
    let mut yaml = chat_fleet(&TWO, "");
    yaml = yaml.replace("\"m\"", "\"x\"").replace("}]\n", "},");
    let other = chat_fleet(&[("c", "three"), ("d", "four")], "");
    yaml.push_str(other.strip_prefix("model_list: [").unwrap());
    let daemon = Daemon::new(&yaml, ScriptedTransport::always(good()));
    for _ in 0..4 {
        assert_eq!(call(&daemon, &chat("x")).await.status, 200);
        assert_eq!(call(&daemon, &chat("m")).await.status, 200);
    }
    let hosts = hosts(&daemon);
    for host in ["one", "two", "three", "four"] {
        assert_eq!(hosts.iter().filter(|other| *other == host).count(), 2, "{hosts:?}");
    }
}

#[tokio::test]
async fn the_least_busy_of_equals_gets_the_next_call() {
    let gate = Gate::closed();
    let daemon = daemon("", good().behind(&gate), good());
    let body = chat("m");
    let first = call(&daemon, &body);
    let rest = async {
        daemon.fleet.transport.until_in_flight(1).await;
        for _ in 0..4 {
            assert_eq!(call(&daemon, &body).await.header("x-litellm-model-id"), Some("b"));
        }
        gate.open();
    };
    let (first, ()) = tokio::join!(first, rest);
    assert_eq!(first.header("x-litellm-model-id"), Some("a"));
    let again = [call(&daemon, &body).await, call(&daemon, &body).await];
    assert!(again.iter().any(|answer| answer.header("x-litellm-model-id") == Some("a")));
}

#[tokio::test]
async fn traffic_is_shared_out_by_weight() {
    let yaml = chat_fleet(&TWO, "").replacen("\"api_key\"", "\"weight\": 3, \"api_key\"", 1);
    let yaml = yaml.replace("\"http://two/v1\"", "\"http://two/v1\", \"weight\": 1");
    let daemon = Daemon::new(&yaml, ScriptedTransport::always(good()));
    for _ in 0..40 {
        assert_eq!(call(&daemon, &chat("m")).await.status, 200);
    }
    let ones = hosts(&daemon).iter().filter(|host| *host == "one").count();
    assert!((29..=31).contains(&ones), "{ones}");
}

#[tokio::test]
async fn a_deployment_in_maintenance_gets_nothing_by_name_even_if_it_is_the_only_one() {
    let daemon = daemon_of(&[("a", "one")], "", good());
    let body = r#"{"model_id": "a", "duration": "1h", "routable": false}"#;
    assert!(daemon.post_as_admin("/maintenance", body).await.status < 300);
    let answer = call(&daemon, &chat("m")).await;
    assert_eq!((answer.status, daemon.fleet.transport.count()), (503, 0));
    assert_eq!(answer.json()["error"]["type"], "service_unavailable_error");
    assert_eq!(call(&daemon, &chat("a")).await.status, 200, "by its id");
}

#[tokio::test]
async fn what_one_provider_does_not_have_is_asked_of_another() {
    let yaml = json!({"model_list": [
        {
            "model_name": "m",
            "litellm_params": {"model": "anthropic/claude-3-5-haiku-latest", "api_key": "k"},
            "model_info": {"id": "a"},
        },
        {
            "model_name": "m",
            "litellm_params": {"model": "openai/gpt-4o", "api_base": "http://two/v1", "api_key": "k"},
            "model_info": {"id": "b"},
        },
    ]});
    let daemon = Daemon::new(&yaml.to_string(), ScriptedTransport::always(good()));
    let mut body = chat("m");
    body["logit_bias"] = json!({"1": 1});
    for _ in 0..2 {
        let answer = call(&daemon, &body).await;
        assert_eq!(
            (answer.status, answer.header("x-litellm-model-id")),
            (200, Some("b")),
            "{:?}",
            answer.told()
        );
        assert_eq!(answer.header("x-litellm-attempted-retries"), Some("0"), "nobody else was asked");
    }
}

#[tokio::test]
async fn a_key_opens_what_its_patterns_name() {
    const TEAM: &str = "sk-team-0123456789";
    let yaml = |models: &str| {
        json!({
            "model_list": [
                {
                    "model_name": "m",
                    "litellm_params": {"model": "openai/gpt-4o", "api_base": "http://one/v1", "api_key": "k"},
                    "model_info": {"id": "a"},
                },
                {
                    "model_name": "openai/*",
                    "litellm_params": {"model": "openai/*", "api_base": "http://one/v1", "api_key": "k"},
                },
            ],
            "router_settings": {"model_group_alias": {"fast": "m"}},
            "llmhealth": {"keys": [{"name": "team", "key": TEAM, "models": [models]}]},
        })
    };
    let cases = [
        ("m", &["m", "a", "fast"][..], &["openai/gpt-4o", "gpt-4o", "nope"][..]),
        ("fast", &["fast"], &["m", "a"]),
        ("openai/gpt-4*", &["openai/gpt-4o"], &["openai/o3", "m", "a"]),
        ("openai/*", &["openai/o3", "gpt-4o"], &["m"]),
    ];
    for (models, open, closed) in cases {
        let daemon = Daemon::new(&yaml(models).to_string(), ScriptedTransport::always(good()));
        let ask = async |model: &str| {
            let mut request = request("POST", "/v1/chat/completions", &[("api-key", TEAM)]);
            *request.body_mut() = chat(model).to_string().into();
            daemon.send(request).await
        };
        for model in open {
            assert_eq!(ask(model).await.status, 200, "{models} opens {model}");
        }
        for model in closed {
            let answer = ask(model).await;
            let message = format!(
                "key not allowed to access model. This key can only access models=['{models}']. Tried to access {model}"
            );
            let error = json!({
                "message": message, "type": "key_model_access_denied", "param": "model", "code": "403",
            });
            assert_eq!((answer.status, answer.json()), (403, json!({"error": error})));
        }
        assert_eq!(daemon.fleet.transport.count(), open.len());
    }
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
    for (model, upstream) in [
        ("openai/gpt-4.1-nano", "gpt-4.1-nano"),
        ("gpt-4o", "gpt-4o"),
        ("fast", "gpt-4o-mini"),
        ("hidden", "gpt-4o"),
    ] {
        let answer = call(&daemon, &chat(model)).await;
        assert_eq!(answer.status, 200, "{:?}", answer.told());
        assert_eq!(answer.json()["model"], model);
        assert_eq!(answer.header("x-litellm-model-id"), Some("wild"));
        assert_eq!(answer.header("x-litellm-model-group"), Some(model));
        assert_eq!(sent(&daemon.fleet.transport)["model"], upstream);
    }
    let answer = call(&daemon, &chat("wild")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["param"], "model");
}
