//! Who may ask.

use serde_json::json;

use crate::support::daemon::{Daemon, KEY, WITH_KEY, request};
use crate::support::fleet::chat_fleet;
use crate::support::scripted::{Reply, ScriptedTransport};

const GUARDED: [&str; 17] = [
    "/health",
    "/health/readiness/details",
    "/health/history",
    "/health/latest",
    "/health/shared-status",
    "/health/services",
    "/health/backlog",
    "/health/license",
    "/v1/models",
    "/models",
    "/v1/models/m",
    "/models/m",
    "/v1/model/info",
    "/model/info",
    "/active/callbacks",
    "/settings",
    "/health/services?service=slack",
];

const PUBLIC: [&str; 5] =
    ["/health/liveliness", "/health/liveness", "/health/readiness", "/test", "/openapi.json"];

fn daemon(rest: &str) -> Daemon {
    Daemon::new(&chat_fleet(&[("a", "h")], rest), ScriptedTransport::always(Reply::json(200, &json!({}))))
}

#[tokio::test]
async fn without_a_key_only_public_routes_answer() {
    let daemon = daemon(WITH_KEY);
    let body = r#"{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}"#;
    for target in GUARDED {
        assert_eq!(daemon.get(target).await.told(), (401, body.to_owned()), "{target}");
        assert_ne!(daemon.get_as_admin(target).await.status, 401, "{target}");
    }
    let connection = daemon.send(request("POST", "/health/test_connection", &[])).await;
    assert_eq!(connection.told(), (401, body.to_owned()));
    for target in PUBLIC {
        assert_eq!(daemon.get(target).await.status, 200, "{target}");
    }
    assert_eq!(daemon.fleet.transport.count(), 1, "nobody but the admin had deployments probed");
}

#[tokio::test]
async fn a_wrong_key_is_no_key() {
    let daemon = daemon(WITH_KEY);
    let told = |message: &str| {
        format!(
            r#"{{"error":{{"message":"Authentication Error, {message}","type":"auth_error","param":"None","code":"401"}}}}"#
        )
    };
    let wrong = "Invalid proxy server token passed.";
    let malformed = "Malformed API Key passed in. Ensure Key has `Bearer ` prefix.";
    let longer = format!("Bearer {KEY}0");
    for (name, value, message) in [
        ("authorization", "Bearer sk-wrong", wrong),
        ("authorization", &longer, wrong),
        ("authorization", "Bearer abc", wrong),
        ("authorization", KEY, malformed),
        ("authorization", "Bearer ", malformed),
        ("authorization", "Digest x", malformed),
        ("x-api-key", "sk-wrong", wrong),
    ] {
        let answer = daemon.send(request("GET", "/settings", &[(name, value)])).await;
        assert_eq!(answer.told(), (401, told(message)), "{name}: {value}");
    }
}

#[tokio::test]
async fn keys_are_taken_from_every_header_the_first_wins() {
    let daemon = daemon(WITH_KEY);
    let bearer = format!("Bearer {KEY}");
    let lower = format!("bearer {KEY}");
    let basic = format!("Basic {KEY}");
    for (name, value) in [
        ("authorization", bearer.as_str()),
        ("authorization", &lower),
        ("authorization", &basic),
        ("x-litellm-api-key", KEY),
        ("x-litellm-api-key", &bearer),
        ("api-key", KEY),
        ("x-api-key", KEY),
        ("x-goog-api-key", KEY),
        ("Ocp-Apim-Subscription-Key", KEY),
    ] {
        let answer = daemon.send(request("GET", "/settings", &[(name, value)])).await;
        assert_eq!(answer.status, 200, "{name}: {value}");
    }
    let both = [("x-litellm-api-key", "sk-wrong"), ("authorization", bearer.as_str())];
    assert_eq!(daemon.send(request("GET", "/settings", &both)).await.status, 401);
}

#[tokio::test]
async fn an_open_daemon_lets_everybody_in() {
    let daemon = daemon("");
    for target in GUARDED {
        assert_ne!(daemon.get(target).await.status, 401, "{target}");
        assert_ne!(daemon.get_as_admin(target).await.status, 401, "{target}");
    }
}
