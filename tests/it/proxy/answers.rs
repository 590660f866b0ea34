//! Whole answers: what is sent, what comes back, and what the headers say.

use serde_json::json;

use crate::support::daemon::{Daemon, KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Piece, Reply, ScriptedTransport};

use super::{call, chat, daemon, good, post, sent, streamed};

#[tokio::test]
async fn a_deployment_is_called_by_its_id_and_answers_under_the_name_asked_for() {
    let daemon = daemon(good());
    for model in ["a", "m"] {
        let answer = call(&daemon, &chat(model)).await;
        assert_eq!(answer.status, 200, "{:?}", answer.told());
        let mut due = chat_answer();
        due["model"] = json!(model);
        assert_eq!(answer.json(), due);
        assert_eq!(answer.header("x-litellm-model-id"), Some("a"));
        assert_eq!(answer.header("x-litellm-model-group"), Some(model));
        assert_eq!(answer.header("x-litellm-attempted-retries"), Some("0"));
        assert_eq!(answer.header("x-litellm-version"), Some("1.102.4"));
        assert_eq!(answer.header("x-litellm-model-api-base"), Some("http://one/v1"));
        assert_eq!(answer.header("x-litellm-call-id").unwrap().len(), 36);
        let duration: f64 = answer.header("x-litellm-response-duration-ms").unwrap().parse().unwrap();
        assert!(duration > 0.0);
    }
    let sent = sent(&daemon.fleet.transport);
    assert_eq!(sent, json!({"messages": [{"role": "user", "content": "hi"}], "model": "gpt-4o-mini"}));
}

#[tokio::test]
async fn every_path_leads_to_its_endpoint() {
    let embedding = json!({"object": "list", "model": "x", "data": [{"index": 0, "embedding": [0.5]}]});
    let completion =
        json!({"id": "c", "object": "text_completion", "model": "x", "choices": [{"text": "hi"}]});
    let response = json!({"id": "r", "object": "response", "model": "x", "output": []});
    let transport = ScriptedTransport::always(good());
    transport.on("/embeddings", Reply::json(200, &embedding));
    transport.on("one/v1/completions", Reply::json(200, &completion));
    transport.on("/responses", Reply::json(200, &response));
    let yaml = chat_fleet(&[("a", "one")], "");
    let daemon = Daemon::new(&yaml, transport);
    let cases = [
        ("/chat/completions", chat("m"), "/v1/chat/completions"),
        ("/v1/chat/completions", chat("m"), "/v1/chat/completions"),
        ("/openai/deployments/m/chat/completions", chat("ignored"), "/v1/chat/completions"),
        ("/openai/deployments/m/chat/completions?api-version=2024-10-21", chat("m"), "/v1/chat/completions"),
        ("/engines/m/chat/completions", chat("ignored"), "/v1/chat/completions"),
        ("/embeddings", json!({"model": "m", "input": "x"}), "/v1/embeddings"),
        ("/v1/embeddings", json!({"model": "m", "input": "x"}), "/v1/embeddings"),
        ("/openai/deployments/m/embeddings", json!({"input": "x"}), "/v1/embeddings"),
        ("/completions", json!({"model": "m", "prompt": "x"}), "/v1/completions"),
        ("/v1/completions", json!({"model": "m", "prompt": "x"}), "/v1/completions"),
        ("/openai/deployments/m/completions", json!({"prompt": "x"}), "/v1/completions"),
        ("/responses", json!({"model": "m", "input": "x"}), "/v1/responses"),
        ("/v1/responses", json!({"model": "m", "input": "x"}), "/v1/responses"),
        ("/openai/responses?api-version=preview", json!({"model": "m", "input": "x"}), "/v1/responses"),
        ("/openai/v1/responses", json!({"model": "m", "input": "x"}), "/v1/responses"),
    ];
    for (path, body, upstream) in cases {
        let answer = daemon.send(post(path, &body, &[])).await;
        assert_eq!(answer.status, 200, "{path}: {:?}", answer.told());
        assert_eq!(answer.json()["model"], "m", "{path}");
        assert_eq!(daemon.fleet.transport.requests().last().unwrap().url.path(), upstream, "{path}");
    }
}

/// The official clients put names into the path as they are.
#[tokio::test]
async fn a_model_in_the_path_may_have_slashes() {
    let daemon = super::daemon_of(&[("team/one/a", "one")], "", good());
    for (path, status) in [
        ("/openai/deployments/team/one/a/chat/completions", 200),
        ("/openai/deployments/team%2Fone%2Fa/chat/completions", 200),
        ("/engines/team/one/a/chat/completions", 200),
        ("/openai/deployments/team/one/a", 404),
        ("/openai/deployments//chat/completions", 404),
        ("/openai/deployments/team/one/a/audio/speech", 404),
    ] {
        let answer = daemon.send(post(path, &chat("ignored"), &[])).await;
        assert_eq!(answer.status, status, "{path}: {:?}", answer.told());
    }
    let nobody = daemon.send(request("POST", "/openai/deployments/x/images", &[])).await;
    assert_eq!(nobody.told(), (404, r#"{"detail":"Not Found"}"#.to_owned()), "whoever asks");
}

#[tokio::test]
async fn what_steers_the_program_is_not_the_clients_to_say() {
    let daemon = daemon(good());
    let mut body = chat("a");
    body["api_base"] = json!("http://evil");
    body["api_key"] = json!("sk-evil");
    body["extra_headers"] = json!({"x": "y"});
    body["temperature"] = json!(0.5);
    body["seed"] = json!(null);
    assert_eq!(call(&daemon, &body).await.status, 200);
    let sent = sent(&daemon.fleet.transport);
    assert_eq!(
        sent,
        json!({"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "model": "gpt-4o-mini"})
    );
    let request = daemon.fleet.transport.requests().pop().unwrap();
    assert_eq!(request.url.host_str(), Some("one"));
    assert_eq!(request.headers["authorization"], "Bearer sk-test-0123456789");
    assert!(!request.headers.contains_key("x"));
}

#[tokio::test]
async fn metadata_is_kept_where_the_api_keeps_it() {
    let response = json!({"id": "r", "object": "response", "model": "x", "output": []});
    let daemon = daemon(Reply::json(200, &response));
    let body = json!({"model": "a", "input": "x", "metadata": {"topic": "demo"}});
    assert_eq!(daemon.send(post("/v1/responses", &body, &[])).await.status, 200);
    assert_eq!(sent(&daemon.fleet.transport)["metadata"], json!({"topic": "demo"}));
    let mut body = chat("a");
    body["metadata"] = json!({"tags": ["demo"]});
    call(&daemon, &body).await;
    assert!(sent(&daemon.fleet.transport).get("metadata").is_none(), "LiteLLM's clients tag their calls so");
}

#[tokio::test]
async fn a_clients_id_of_the_call_is_kept_and_addresses_are_for_admins() {
    let transport = ScriptedTransport::always(good());
    let daemon = Daemon::new(&chat_fleet(&[("a", "one")], ""), transport);
    let answer = daemon.send(post("/chat/completions", &chat("a"), &[("x-litellm-call-id", "mine")])).await;
    assert_eq!(answer.header("x-litellm-call-id"), Some("mine"));
    assert_eq!(answer.header("x-litellm-model-api-base"), None, "without a master key nobody is an admin");
}

#[tokio::test]
async fn a_clients_id_is_kept_only_if_it_is_harmless() {
    let daemon = daemon(good());
    let ask = async |id: &str| {
        let answer = daemon.send(post("/chat/completions", &chat("a"), &[("x-litellm-call-id", id)])).await;
        answer.header("x-litellm-call-id").unwrap().to_owned()
    };
    let longest = "x".repeat(256);
    assert_eq!(ask(&longest).await, longest);
    for id in [&*"x".repeat(257), "", "two words", "a\tb"] {
        let given = ask(id).await;
        assert!(given != id && given.len() == 36, "{given}");
    }
}

#[tokio::test]
async fn what_a_provider_says_of_limits_is_passed_on_and_nothing_else() {
    let headers = [
        ("x-ratelimit-remaining-requests", "59"),
        ("x-ratelimit-reset-tokens", "1s"),
        ("anthropic-ratelimit-tokens-remaining", "7"),
        ("retry-after", "7"),
        ("x-request-id", "req-1"),
        ("set-cookie", "a=b"),
        ("connection", "close"),
        ("openai-organization", "org"),
        ("x-litellm-model-id", "spoofed"),
        ("authorization", "Bearer x"),
        ("server", "nginx"),
    ];
    let with = |reply: Reply| headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value));
    let done =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    for (reply, body) in [
        (good(), chat("a")),
        (Reply::text(429, "{}"), chat("a")),
        (Reply::events([Piece::text(done)]), streamed("a")),
    ] {
        let answer = call(&daemon(with(reply)), &body).await;
        for (name, value) in &headers[..5] {
            assert_eq!(answer.header(&format!("llm_provider-{name}")), Some(*value), "{name}");
            let is_limit = name.starts_with("x-ratelimit-");
            let is_wait = *name == "retry-after" && answer.status == 429;
            assert_eq!(answer.header(name), (is_limit || is_wait).then_some(*value), "{name}");
        }
        for (name, _) in &headers[5..] {
            assert_eq!(answer.header(&format!("llm_provider-{name}")), None);
        }
        for name in ["set-cookie", "connection", "openai-organization", "authorization", "server"] {
            assert_eq!(answer.header(name), None);
        }
        assert_eq!(answer.header("x-litellm-model-id"), Some("a"));
    }
}

#[tokio::test]
async fn a_scoped_key_calls_what_it_may_see() {
    let rest = "llmhealth: {keys: [{name: team, key: sk-team-0123456789, role: viewer, models: [m]}]}";
    let yaml = format!("{}\n{rest}", chat_fleet(&[("a", "one")], ""));
    let other = yaml.replace("models: [m]", "models: [other]");
    for (yaml, status) in [(yaml, 200), (other, 403)] {
        let daemon = Daemon::new(&yaml, ScriptedTransport::always(good()));
        for model in ["m", "a"] {
            let key = ("authorization", "Bearer sk-team-0123456789");
            let mut request = request("POST", "/v1/chat/completions", &[key]);
            *request.body_mut() = chat(model).to_string().into();
            let answer = daemon.send(request).await;
            assert_eq!(answer.status, status, "{:?}", answer.told());
            assert_eq!(answer.header("x-litellm-model-api-base"), None);
        }
    }
}

#[tokio::test]
async fn a_key_is_needed() {
    let daemon = daemon(good());
    let mut request = request("POST", "/v1/chat/completions", &[("authorization", "Bearer sk-wrong")]);
    *request.body_mut() = chat("a").to_string().into();
    let answer = daemon.send(request).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"]["type"], "auth_error");
    assert_eq!(daemon.fleet.transport.count(), 0);
    assert_ne!(KEY, "sk-wrong");
}
