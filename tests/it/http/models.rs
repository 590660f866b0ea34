//! The lists of models.

use serde_json::{Value, json};

use crate::support::daemon::{Daemon, WITH_KEY};
use crate::support::scripted::{Reply, ScriptedTransport};

const YAML: &str = r#"
model_list:
  - model_name: gpt
    litellm_params:
      model: openai/gpt-4o-mini
      api_base: http://h/v1
      api_key: sk-test-0123456789
      rpm: 60
      aws_session_token: session-0123456789
      extra_headers: {Authorization: Bearer header-0123456789, x-team: blue}
    model_info: {id: a, owner: me, webhook_url: "https://hooks.example/T0/secret-0123456789"}
  - model_name: org/own-model
    litellm_params: {model: openai/own-model, api_base: "http://h/v1", api_key: sk-test-0123456789}
    model_info: {id: b, mode: embedding}
  - model_name: gpt
    litellm_params: {model: azure/other, api_base: "http://h", api_key: 12345678901234}
    model_info: {id: c}
  - model_name: "openai/*"
    litellm_params: {model: "openai/*", api_key: sk-test-0123456789, use_in_pass_through: true}
    model_info: {id: d}
"#;

fn daemon() -> Daemon {
    Daemon::new(&format!("{YAML}{WITH_KEY}"), ScriptedTransport::always(Reply::Hang))
}

const GPT: &str = r#"{"id":"gpt","object":"model","created":1677610602,"owned_by":"openai","mode":"chat"}"#;
const OWN: &str =
    r#"{"id":"org/own-model","object":"model","created":1677610602,"owned_by":"openai","mode":"embedding"}"#;
const WILD: &str = r#"{"id":"openai/*","object":"model","created":1677610602,"owned_by":"openai"}"#;

#[tokio::test]
async fn every_public_name_is_listed_once_in_config_order() {
    let daemon = daemon();
    let expected = format!(r#"{{"data":[{GPT},{OWN},{WILD}],"object":"list"}}"#);
    for target in ["/v1/models", "/models", "/v1/models?healthy_only=true"] {
        assert_eq!(daemon.get_as_admin(target).await.told(), (200, expected.clone()), "{target}");
    }
}

#[tokio::test]
async fn aliases_are_listed_first_unless_they_are_hidden_or_closed() {
    const FAST: &str = r#"{"id":"fast","object":"model","created":1677610602,"owned_by":"openai"}"#;
    let aliases = "{fast: gpt, quiet: {model: gpt, hidden: true}, own: {model: org/own-model}}";
    let key = "llmhealth: {keys: [{name: t, key: sk-team-0123456789, models: [gpt]}]}";
    let yaml = format!("{YAML}router_settings: {{model_group_alias: {aliases}}}\n{key}");
    let daemon = Daemon::new(&yaml, ScriptedTransport::always(Reply::Hang));
    let answer = daemon.get_with("sk-team-0123456789", "/v1/models").await;
    assert_eq!(answer.told(), (200, format!(r#"{{"data":[{FAST},{GPT}],"object":"list"}}"#)));
    for (name, status) in [("fast", 200), ("quiet", 404), ("own", 404)] {
        let answer = daemon.get_with("sk-team-0123456789", &format!("/v1/models/{name}")).await;
        assert_eq!(answer.status, status, "{name}");
    }
}

#[tokio::test]
async fn names_with_slashes_are_found_however_they_are_written() {
    let daemon = daemon();
    for (target, expected) in [
        ("/v1/models/gpt", GPT),
        ("/models/gpt", GPT),
        ("/v1/models/org/own-model", OWN),
        ("/v1/models/org%2Fown-model", OWN),
        ("/models/org/own-model", OWN),
        ("/v1/models/openai/*", WILD),
    ] {
        assert_eq!(daemon.get_as_admin(target).await.told(), (200, expected.to_owned()), "{target}");
    }
}

#[tokio::test]
async fn an_unknown_name_is_404() {
    let daemon = daemon();
    let detail = |name: &str| {
        (404, format!(r#"{{"detail":"The model `{name}` does not exist or is not accessible"}}"#))
    };
    for (target, name) in [
        ("/v1/models/nope", "nope"),
        ("/models/openai/gpt-4o", "openai/gpt-4o"),
        ("/v1/models/gpt/", "gpt/"),
        ("/v1/models/%FF", "\u{fffd}"),
    ] {
        assert_eq!(daemon.get_as_admin(target).await.told(), detail(name), "{target}");
    }
}

#[tokio::test]
async fn model_info_shows_every_deployment_without_its_credentials() {
    let daemon = daemon();
    for target in ["/v1/model/info", "/model/info"] {
        let answer = daemon.get_as_admin(target).await;
        assert_eq!(answer.status, 200);
        let body = answer.json();
        let data = body["data"].as_array().unwrap();
        assert_eq!(data.len(), 4);
        let first = json!({
            "model_name": "gpt",
            "litellm_params": {
                "model": "openai/gpt-4o-mini", "api_base": "http://h/v1", "rpm": 60,
                "aws_session_token": "sess****6789",
                "extra_headers": {"Authorization": "Bear****6789", "x-team": "blue"},
                "allow_client_keepalive_override": false, "use_in_pass_through": false,
                "use_litellm_proxy": false, "use_xai_oauth": false, "merge_reasoning_content_in_choices": false,
            },
            "model_info": {
                "id": "a", "db_model": false, "owner": "me", "webhook_url": "http****6789",
                "mode": "chat", "key": "gpt-4o-mini", "litellm_provider": "openai",
                "input_cost_per_token": 1.5e-7, "output_cost_per_token": 6e-7, "supports_reasoning": false,
            },
        });
        assert_eq!(data[0], first);
        assert_eq!(data[1]["model_info"], json!({"id": "b", "db_model": false, "mode": "embedding"}));
        assert_eq!(data[2]["litellm_params"].get("api_key"), None);
        assert_eq!(data[3]["litellm_params"]["use_in_pass_through"], json!(true));
    }
}

#[tokio::test]
async fn model_info_of_one_deployment() {
    let daemon = daemon();
    let body = daemon.get_as_admin("/v1/model/info?litellm_model_id=b").await.json();
    let names: Vec<&Value> =
        body["data"].as_array().unwrap().iter().map(|entry| &entry["model_info"]["id"]).collect();
    assert_eq!(names, [&json!("b")]);
    let unknown = r#"{"detail":{"error":"Model id = nope not found on litellm proxy"}}"#;
    assert_eq!(
        daemon.get_as_admin("/model/info?litellm_model_id=nope").await.told(),
        (400, unknown.to_owned())
    );
}
