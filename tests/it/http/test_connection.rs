//! `POST /health/test_connection`.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use crate::support::daemon::{Daemon, WITH_KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

const TARGET: &str = "/health/test_connection";

fn daemon(rest: &str, reply: Reply) -> Daemon {
    Daemon::new(&chat_fleet(&[("a", "h")], rest), ScriptedTransport::always(reply))
}

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

fn body(params: &Value) -> String {
    json!({"litellm_params": params}).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_of_the_request_is_probed() {
    let daemon = daemon(WITH_KEY, good());
    let params =
        json!({"model": "openai/gpt-4o-mini", "api_base": "http://new/v1", "api_key": "sk-new-0123456789"});
    let success = concat!(
        r#"{"status":"success","result":{"model":"openai/gpt-4o-mini","api_base":"http://new/v1","#,
        r#""latency_ms":0,"checked_at":"T","status":"up","probe_cost_usd":0.00001125}}"#,
    );
    assert_eq!(daemon.post_as_admin(TARGET, body(&params)).await.told(), (200, success.to_owned()));
    let sent = &daemon.fleet.transport.requests()[0];
    assert_eq!(sent.url.as_str(), "http://new/v1/chat/completions");
    assert_eq!(sent.headers["authorization"], "Bearer sk-new-0123456789");
    assert!(daemon.fleet.board.latest("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_with_200() {
    let daemon = daemon(WITH_KEY, Reply::json(401, &json!({"error": {"message": "wrong key"}})));
    let params =
        json!({"model": "openai/gpt-4o-mini", "api_base": "http://new/v1", "api_key": "sk-new-0123456789"});
    let answer = daemon.post_as_admin(TARGET, body(&params)).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["status"]), (200, &json!("error")));
    assert_eq!(told["result"]["exception_status"], json!(401));
    assert!(told["result"].get("model_id").is_none());
    let nonsense = daemon.post_as_admin(TARGET, body(&json!({"model": "nonsense-model"}))).await;
    assert_eq!((nonsense.status, &nonsense.json()["result"]["status"]), (200, &json!("misconfigured")));
}

#[tokio::test(start_paused = true)]
async fn the_mode_of_the_request_counts() {
    let daemon = daemon(WITH_KEY, good());
    let params =
        json!({"model": "openai/gpt-4o-mini", "api_base": "http://new/v1", "api_key": "sk-new-0123456789"});
    let request = json!({"mode": "embedding", "litellm_params": params, "model_info": {"mode": "chat"}});
    daemon.post_as_admin(TARGET, request.to_string()).await;
    assert_eq!(daemon.fleet.transport.requests()[0].url.path(), "/v1/embeddings");
}

#[tokio::test(start_paused = true)]
async fn values_reach_the_wire_as_json_has_them() {
    let daemon = daemon(WITH_KEY, good());
    let key = "k".repeat(2000);
    let params = json!({
        "model": "openai/gpt-4o-mini", "api_base": "http://new/v1", "api_key": "sk-new-0123456789",
        "temperature": 1e20, "extra_body": {"note": "a\u{85}b\u{2028}c 😀 yes", key.clone(): true, "<<": {"x": 1}},
    });
    daemon.post_as_admin(TARGET, body(&params)).await;
    let sent: Value = serde_json::from_slice(&daemon.fleet.transport.requests()[0].body).unwrap();
    assert_eq!(sent["temperature"], json!(1e20));
    assert_eq!(sent["note"], params["extra_body"]["note"]);
    assert_eq!((&sent[&key], &sent["<<"]), (&json!(true), &json!({"x": 1})));
}

#[tokio::test]
async fn the_environment_is_out_of_reach() {
    let daemon = daemon(WITH_KEY, good());
    let refusal =
        r#"{"detail":{"error":"Environment variable references are not permitted in request parameters."}}"#;
    for params in [
        json!({"model": "openai/x", "api_key": "os.environ/OPENAI_API_KEY"}),
        json!({"model": "openai/x", "extra_headers": {"a": ["os.environ/HOME"]}}),
        json!({"model": "openai/x", "os.environ/A": 1}),
    ] {
        assert_eq!(daemon.post_as_admin(TARGET, body(&params)).await.told(), (400, refusal.to_owned()));
    }
    assert_eq!(daemon.fleet.transport.count(), 0);
}

#[tokio::test]
async fn an_open_daemon_lends_nobody_its_own_credentials() {
    let yaml =
        format!("{}\nenvironment_variables: {{OPENAI_API_KEY: sk-own-0123456789}}", chat_fleet(&[], ""));
    let open = Daemon::new(&yaml, ScriptedTransport::always(good()));
    let send = |daemon: &Daemon, params: Value| {
        let mut request = request("POST", TARGET, &[]);
        *request.body_mut() = Body::from(body(&params));
        let router = daemon.router.clone();
        async move {
            use tower::ServiceExt;
            let answer = router.oneshot(request).await.unwrap();
            let bytes = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
            serde_json::from_slice::<Value>(&bytes).unwrap()
        }
    };
    for params in [
        json!({"model": "openai/gpt-4o-mini", "api_base": "http://thief/v1"}),
        json!({"model": "bedrock/anthropic.claude-3-haiku-20240307-v1:0", "aws_region_name": "us-east-1",
               "aws_bedrock_runtime_endpoint": "http://thief"}),
        json!({"model": "vertex_ai/gemini-2.5-flash", "vertex_project": "p", "vertex_location": "us-central1",
               "api_base": "http://thief", "vertex_credentials": "/etc/hostname"}),
    ] {
        let told = send(&open, params.clone()).await;
        assert_eq!(told["result"]["status"], json!("misconfigured"), "{params}: {told}");
    }
    assert_eq!(open.fleet.transport.count(), 0, "nothing was sent");
    let own =
        json!({"model": "openai/gpt-4o-mini", "api_base": "http://new/v1", "api_key": "sk-new-0123456789"});
    assert_eq!(send(&open, own).await["status"], json!("success"));

    let yaml = format!("{yaml}\n{WITH_KEY}");
    let admin = Daemon::new(&yaml, ScriptedTransport::always(good()));
    let params = json!({"model": "openai/gpt-4o-mini", "api_base": "http://new/v1"});
    assert_eq!(admin.post_as_admin(TARGET, body(&params)).await.json()["status"], json!("success"));
    assert_eq!(
        admin.fleet.transport.requests()[0].headers["authorization"],
        "Bearer sk-own-0123456789",
        "whoever has the master key may use them"
    );
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused() {
    let daemon = daemon(WITH_KEY, good());
    for (body, status, start) in [
        ("", 400, r#"{"detail":"the request body is not JSON: EOF"#),
        ("{", 400, r#"{"detail":"the request body is not JSON: EOF"#),
        ("\u{feff}{}", 400, r#"{"detail":"the request body is not JSON"#),
        ("[]", 422, r#"{"detail":[{"type":"model_attributes_type","loc":["body"],"#),
        (
            "{}",
            422,
            r#"{"detail":[{"type":"missing","loc":["body","litellm_params"],"msg":"Field required","#,
        ),
        (
            r#"{"litellm_params": "sk-misplaced-0123456789"}"#,
            422,
            r#"{"detail":[{"type":"dict_type","loc":["body","litellm_params"],"msg":"Input should be a valid dictionary","input":null}]}"#,
        ),
        (
            r#"{"litellm_params": {}, "mode": 5, "model_info": []}"#,
            422,
            r#"{"detail":[{"type":"string_type","loc":["body","mode"],"msg":"Input should be a valid string","input":null},{"type":"dict_type","loc":["body","model_info"],"#,
        ),
    ] {
        let told = daemon.post_as_admin(TARGET, body).await.told();
        assert_eq!(told.0, status, "{body}: {}", told.1);
        assert!(told.1.starts_with(start), "{body}: {}", told.1);
    }
    let nested = "[".repeat(100_000);
    assert_eq!(daemon.post_as_admin(TARGET, nested).await.status, 400);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let daemon = daemon(WITH_KEY, good());
    let refusal = (413, r#"{"detail":"the request body is larger than 1048576 bytes"}"#.to_owned());
    let padding = |length: usize| {
        let frame = json!({"litellm_params": {}, "x": ""}).to_string();
        frame.replace(r#""x":"""#, &format!(r#""x":"{}""#, "y".repeat(length - frame.len())))
    };
    let limit = 1024 * 1024;
    assert_eq!(daemon.post_as_admin(TARGET, padding(limit)).await.status, 200);
    assert_eq!(daemon.post_as_admin(TARGET, padding(limit + 1)).await.told(), refusal);
    let spaces = Bytes::from(vec![b' '; 65_536]);
    let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(spaces.clone()));
    assert_eq!(daemon.post_as_admin(TARGET, Body::from_stream(endless)).await.told(), refusal);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let daemon = daemon(WITH_KEY, good());
    let start = tokio::time::Instant::now();
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let told = daemon.post_as_admin(TARGET, never).await.told();
    assert_eq!(told, (408, r#"{"detail":"the request body did not arrive in time"}"#.to_owned()));
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
    let told = daemon.post_as_admin(TARGET, Body::from_stream(broken)).await.told();
    assert_eq!(told, (400, r#"{"detail":"the request body broke off"}"#.to_owned()));
}

#[tokio::test]
async fn a_stranger_that_borrows_an_id_teaches_nothing() {
    let refusal = json!({"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."}});
    let daemon = daemon(WITH_KEY, good());
    daemon.fleet.transport.on("new/", Reply::json(400, &refusal));
    let params =
        json!({"model": "openai/gpt-4o-mini", "api_base": "http://new/v1", "api_key": "sk-new-0123456789"});
    let request = json!({"litellm_params": params, "model_info": {"id": "a"}});
    assert_eq!(
        daemon.post_as_admin(TARGET, request.to_string()).await.json()["result"]["exception_status"],
        json!(400)
    );
    let entry = &daemon.get_as_admin("/health").await.json()["healthy_endpoints"][0];
    assert_eq!((&entry["model_id"], entry.get("notes")), (&json!("a"), None), "{entry}");
}
