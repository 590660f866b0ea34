//! Keys with a role and a scope: what a viewer sees, everywhere.

use serde_json::{Value, json};
use tracing::Level;

use crate::support::daemon::{Daemon, request};
use crate::support::fleet::chat_answer;
use crate::support::log::Log;
use crate::support::scripted::{Reply, ScriptedTransport};

const VIEWER: &str = "sk-viewer-0123456789";
const EVERYTHING: &str = "sk-viewer-of-everything";
const ADMIN: &str = "sk-admin-0123456789";

/// Three models, one of which is down and tells where it is.
const YAML: &str = r#"
model_list:
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://good.internal:8080/v1", api_key: sk-test-0123456789}
    model_info: {id: good}
  - model_name: gpt-bad
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://bad.internal/v1", api_key: sk-test-0123456789}
    model_info: {id: bad}
  - model_name: secret-project
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://good.internal:8080/v1", api_key: sk-test-0123456789}
    model_info: {id: secret}
llmhealth:
  keys:
    - {name: team-a, key: sk-viewer-0123456789, models: ["gpt-*"]}
    - {name: wall, key: sk-viewer-of-everything}
    - {name: ops, key: sk-admin-0123456789, role: admin}
"#;

fn daemon(rest: &str) -> Daemon {
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    let words = "no route from bad.internal to http://good.internal:8080/v1/chat";
    transport.on("bad", Reply::json(502, &json!({"error": {"message": words}})));
    Daemon::new(&format!("{YAML}{rest}"), transport)
}

fn ids(body: &Value) -> Vec<&str> {
    let lists = ["healthy_endpoints", "unhealthy_endpoints"];
    let entries = lists.iter().flat_map(|list| body[list].as_array().unwrap());
    entries.map(|entry| entry["model_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn keys_close_a_daemon_without_a_master_key() {
    let daemon = daemon("");
    assert_eq!(daemon.get("/health").await.status, 401);
    assert_eq!(daemon.get_with("sk-wrong-0123456789", "/health").await.status, 401);
    for key in [VIEWER, EVERYTHING, ADMIN] {
        assert_eq!(daemon.get_with(key, "/health").await.status, 200, "{key}");
    }
}

#[tokio::test]
async fn a_viewer_sees_its_models_only() {
    let daemon = daemon("");
    assert_eq!(ids(&daemon.get_with(VIEWER, "/health").await.json()), ["good", "bad"]);
    assert_eq!(ids(&daemon.get_with(EVERYTHING, "/health").await.json()), ["good", "secret", "bad"]);

    let models = daemon.get_with(VIEWER, "/v1/models").await.json();
    let names: Vec<&Value> = models["data"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(names, ["gpt-4o", "gpt-bad"]);
    assert_eq!(daemon.get_with(VIEWER, "/v1/models/secret-project").await.status, 404);

    let info = daemon.get_with(VIEWER, "/v1/model/info").await.json();
    assert_eq!(info["data"].as_array().unwrap().len(), 2);
    assert_eq!(daemon.get_with(VIEWER, "/v1/model/info?litellm_model_id=secret").await.status, 400);

    let state = daemon.get_with(VIEWER, "/routing/state").await.json();
    let names: Vec<&Value> =
        state["models"].as_array().unwrap().iter().map(|model| &model["model_name"]).collect();
    assert_eq!(names, ["gpt-4o", "gpt-bad"]);
    assert_eq!(daemon.get_with(VIEWER, "/routing/state?model=secret-project").await.status, 404);
}

#[tokio::test]
async fn a_target_out_of_scope_is_refused_in_litellms_words() {
    let daemon = daemon("");
    let refused =
        |what: &str| (403, format!(r#"{{"detail":{{"error":"key not allowed to health-check {what}"}}}}"#));
    let told = async |target: &str| daemon.get_with(VIEWER, target).await.told();
    assert_eq!(told("/health?model=secret-project").await, refused("model secret-project"));
    assert_eq!(told("/health?model=nope").await, refused("model nope"));
    assert_eq!(told("/health?model_id=secret").await, refused("model_id secret"));
    assert_eq!(told("/health?model_id=nope").await.0, 404);
    // Siblings by the provider's model: those in scope.
    let by_model = daemon.get_with(VIEWER, "/health?model=openai/gpt-4o-mini").await.json();
    assert_eq!(ids(&by_model), ["good", "bad"]);
    assert_eq!(daemon.get_with(ADMIN, "/health?model=nope").await.status, 503);
}

#[tokio::test]
async fn addresses_are_for_admins_also_in_what_upstreams_say() {
    let daemon = daemon("");
    for target in ["/health", "/v1/models", "/v1/model/info", "/routing/state", "/maintenance"] {
        let answer = daemon.get_with(VIEWER, target).await;
        assert_eq!(answer.status, 200, "{target}");
        let text = std::str::from_utf8(&answer.body).unwrap();
        assert!(!text.contains(".internal"), "{target}: {text}");
    }
    let answer = daemon.get_with(ADMIN, "/health").await;
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(text.contains("no route from bad.internal to http://good.internal:8080/v1/chat"), "{text}");
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_an_admin_is_logged_by_name() {
    let (log, _guard) = Log::start(Level::INFO);
    let daemon = daemon("");
    for (target, body) in [
        ("/-/reload", Value::Null),
        ("/maintenance", json!({"model": "gpt-4o", "duration": "1h"})),
        ("/health/test_connection", json!({"litellm_params": {"model": "openai/x", "api_base": "http://x"}})),
    ] {
        for (key, status) in [(VIEWER, 403), (EVERYTHING, 403), (ADMIN, 200)] {
            let mut request = request("POST", target, &[("x-litellm-api-key", key)]);
            *request.body_mut() = body.to_string().into();
            let answer = daemon.send(request).await;
            assert!(answer.status == status || (status == 200 && answer.status == 201), "{target} {key}");
        }
    }
    let text = log.own_text();
    assert!(text.contains("\"key\":\"ops\"") && text.contains("key `ops`"), "{text}");
    for key in [VIEWER, EVERYTHING, ADMIN] {
        assert!(!text.contains(key), "{text}");
    }
}

#[tokio::test]
async fn maintenance_out_of_scope_is_not_told() {
    let daemon = daemon("");
    for model in ["gpt-4o", "secret-project"] {
        let mut request = request("POST", "/maintenance", &[("x-litellm-api-key", ADMIN)]);
        *request.body_mut() = json!({"model": model, "duration": "1h"}).to_string().into();
        assert_eq!(daemon.send(request).await.status, 201);
    }
    let list = daemon.get_with(VIEWER, "/maintenance").await.json();
    assert_eq!(list["announced"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["deployments"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(daemon.get_with(ADMIN, "/maintenance").await.json()["announced"].as_array().unwrap().len(), 2);
}
