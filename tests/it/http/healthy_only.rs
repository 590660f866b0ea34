//! Listings of what is healthy only.

use serde_json::Value;

use crate::support::daemon::{Daemon, KEY, request};
use crate::support::fleet::chat_answer;
use crate::support::scripted::{Reply, ScriptedTransport};

const FLEET: &str = r"
model_list:
  - {model_name: dead, litellm_params: {model: openai/a, api_base: http://bad/v1, api_key: sk-test-0123456789}}
  - {model_name: dead, litellm_params: {model: openai/b, api_base: http://bad/v1, api_key: sk-test-0123456789}}
  - {model_name: half, litellm_params: {model: openai/c, api_base: http://bad/v1, api_key: sk-test-0123456789}}
  - {model_name: half, litellm_params: {model: openai/d, api_base: http://good/v1, api_key: sk-test-0123456789}}
";
const CHECKED: &str = "master_key: sk-master-0123456789, background_health_checks: true";

/// A daemon that has checked everything once.
async fn daemon(general: &str, rest: &str) -> Daemon {
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    transport.on("bad", Reply::Refuse);
    let thresholds = "llmhealth: {thresholds: {fall: 1}}";
    let yaml = format!("{FLEET}general_settings: {{{CHECKED}{general}}}\n{thresholds}\n{rest}");
    let daemon = Daemon::new(&yaml, transport);
    daemon.fleet.check().await;
    daemon
}

async fn names(daemon: &Daemon, target: &str) -> Vec<String> {
    let body = daemon.get_as_admin(target).await.json();
    let name =
        |entry: &Value| entry.get("id").or(entry.get("model_name")).unwrap().as_str().unwrap().to_owned();
    body["data"].as_array().unwrap().iter().map(name).collect()
}

const ALL: [&str; 2] = ["dead", "half"];

#[tokio::test]
async fn a_name_is_left_out_when_all_its_deployments_are_unhealthy() {
    let daemon = daemon("", "router_settings: {enable_health_check_routing: true}").await;
    for target in ["/v1/models", "/models", "/v1/models?healthy_only=false"] {
        assert_eq!(names(&daemon, target).await, ALL, "{target}");
    }
    for target in ["/v1/models?healthy_only=true", "/models?healthy_only=1"] {
        assert_eq!(names(&daemon, target).await, ["half"], "{target}");
    }
    assert_eq!(names(&daemon, "/v1/model/info").await.len(), 4);
    assert_eq!(names(&daemon, "/v1/model/info?healthy_only=true").await, ["half", "half"]);
    assert_eq!(daemon.get_as_admin("/v1/models/dead").await.status, 200);
    assert_eq!(daemon.get_as_admin("/v1/models/dead?healthy_only=yes").await.status, 404);
}

#[tokio::test]
async fn the_configuration_may_insist() {
    let daemon = daemon(", model_list_healthy_only: true", "").await;
    assert_eq!(names(&daemon, "/v1/models?healthy_only=false").await, ["half"]);
    assert_eq!(daemon.get_as_admin("/models/dead").await.status, 404);
    let id = daemon.fleet.config.load().fleet.all()[0].id.clone();
    let one = names(&daemon, &format!("/v1/model/info?litellm_model_id={id}")).await;
    assert_eq!(one, ["dead"], "whoever names a deployment sees it");
}

#[tokio::test]
async fn nothing_is_left_out_without_checks_or_by_a_policy() {
    let plain = daemon("", "").await;
    assert_eq!(names(&plain, "/v1/models?healthy_only=true").await, ALL);
    let policy = "router_settings: {enable_health_check_routing: true, allowed_fails_policy: {TimeoutErrorAllowedFails: 1}}";
    let policy = daemon(", model_list_healthy_only: true", policy).await;
    assert_eq!(names(&policy, "/v1/models").await, ALL);
}

#[tokio::test]
async fn what_is_no_truth_value_is_refused() {
    let daemon = daemon("", "").await;
    let refused = r#"{"detail":[{"type":"bool_parsing","loc":["query","healthy_only"],"msg":"Input should be a valid boolean, unable to interpret input","input":"perhaps"}]}"#;
    let answer = daemon.send(request("GET", "/v1/models?healthy_only=perhaps", &[("x-api-key", KEY)])).await;
    assert_eq!(answer.told(), (422, refused.to_owned()));
}
