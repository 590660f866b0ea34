//! Routes about things that this daemon does not have or only names.

use crate::support::daemon::Daemon;
use crate::support::fleet::chat_fleet;
use crate::support::scripted::{Reply, ScriptedTransport};

fn daemon(rest: &str) -> Daemon {
    Daemon::new(&chat_fleet(&[("a", "h")], rest), ScriptedTransport::always(Reply::Hang))
}

async fn told(target: &str) -> (u16, String) {
    daemon("").get(target).await.told()
}

#[tokio::test]
async fn history_checks_its_parameters_before_it_misses_its_store() {
    let missing = (500, r#"{"detail":{"error":"Database not initialized"}}"#.to_owned());
    for target in [
        "/health/history",
        "/health/latest",
        "/health/history?limit=1000&offset=0&model=m&status_filter=healthy",
        "/health/history?offset=99999999999999999999",
    ] {
        assert_eq!(told(target).await, missing, "{target}");
    }
    let least = r#"{"type":"greater_than_equal","loc":["query","limit"],"msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}}"#;
    assert_eq!(told("/health/history?limit=0").await, (422, format!(r#"{{"detail":[{least}]}}"#)));
    let negative = r#"{"type":"greater_than_equal","loc":["query","offset"],"msg":"Input should be greater than or equal to 0","input":"-1","ctx":{"ge":0}}"#;
    assert_eq!(
        told("/health/history?limit=0&offset=-1").await,
        (422, format!(r#"{{"detail":[{least},{negative}]}}"#))
    );
    let most = r#"{"detail":[{"type":"less_than_equal","loc":["query","limit"],"msg":"Input should be less than or equal to 1000","input":"1001","ctx":{"le":1000}}]}"#;
    assert_eq!(told("/health/history?limit=1001").await, (422, most.to_owned()));
    let text = r#"{"detail":[{"type":"int_parsing","loc":["query","limit"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"many"}]}"#;
    assert_eq!(told("/health/history?limit=many").await, (422, text.to_owned()));
}

#[tokio::test]
async fn sharing_is_off_and_there_is_no_license() {
    let off = r#"{"shared_health_check_enabled":false,"message":"Shared health check is not enabled"}"#;
    assert_eq!(told("/health/shared-status").await, (200, off.to_owned()));
    let license = r#"{"has_license":false,"license_type":"community","expiration_date":null,"allowed_features":[],"limits":{"max_users":null,"max_teams":null}}"#;
    assert_eq!(told("/health/license").await, (200, license.to_owned()));
}

#[tokio::test]
async fn services_are_refused_in_litellms_words() {
    let missing =
        r#"{"detail":[{"type":"missing","loc":["query","service"],"msg":"Field required","input":null}]}"#;
    assert_eq!(told("/health/services").await, (422, missing.to_owned()));
    let (status, body) = told("/health/services?service=foo").await;
    assert_eq!(status, 400);
    let start = r#"{"error":{"message":"{'error': \"Service must be in list. Service=foo not in ['slack_budget_alerts', "#;
    assert!(body.starts_with(start), "{body}");
    assert!(body.ends_with(r#"]\"}","type":"auth_error","param":"None","code":"400"}}"#), "{body}");
    let slack = r#"{"error":{"message":"{'error': '\"slack\" not in proxy config: general_settings. Unable to test this.'}","type":"auth_error","param":"None","code":"422"}}"#;
    assert_eq!(told("/health/services?service=slack").await, (422, slack.to_owned()));
    let (status, body) =
        daemon("general_settings: {alerting: [slack]}").get("/health/services?service=slack").await.told();
    assert_eq!(status, 422);
    assert!(body.contains("is in the config, but llmhealth does not send to it"), "{body}");
}

#[tokio::test]
async fn callbacks_are_told_as_python_lists() {
    let plain = concat!(
        r#"{"alerting":"None","litellm.callbacks":"[]","litellm.input_callback":"[]","litellm.failure_callback":"[]","#,
        r#""litellm.success_callback":"[]","litellm._async_success_callback":"[]","litellm._async_failure_callback":"[]","#,
        r#""litellm._async_input_callback":"[]","all_litellm_callbacks":"[]","num_callbacks":0,"num_alerting":0,"#,
        r#""litellm.request_timeout":6000.0}"#,
    );
    assert_eq!(told("/active/callbacks").await, (200, plain.to_owned()));
    let rest = "general_settings: {alerting: [slack]}\n\
                litellm_settings: {callbacks: [\"it's\"], success_callback: [langfuse, s3], failure_callback: [langfuse], request_timeout: 30}";
    let daemon = daemon(rest);
    let named = concat!(
        r#"{"alerting":"['slack']","litellm.callbacks":"[\"it's\"]","litellm.input_callback":"[]","#,
        r#""litellm.failure_callback":"['langfuse']","litellm.success_callback":"['langfuse', 's3']","#,
        r#""litellm._async_success_callback":"[]","litellm._async_failure_callback":"[]","#,
        r#""litellm._async_input_callback":"[]","all_litellm_callbacks":"[\"it's\", 'langfuse', 's3']","#,
        r#""num_callbacks":3,"num_alerting":1,"litellm.request_timeout":30.0}"#,
    );
    for target in ["/active/callbacks", "/settings"] {
        assert_eq!(daemon.get(target).await.told(), (200, named.to_owned()), "{target}");
    }
}
