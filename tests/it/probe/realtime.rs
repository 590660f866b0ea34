//! Realtime sessions: what the server says first decides.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::{SinkExt, StreamExt};
use llmhealth::config::load_text;
use llmhealth::domain::{Environment, Status};
use llmhealth::probe::{Checked, Checker, Scope, Source};
use llmhealth::state::Board;
use llmhealth::transport::HttpTransport;
use serde_json::{Value, json};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::support::fleet::Fleet;
use crate::support::loopback::accepting;
use crate::support::scripted::{Reply, ScriptedTransport};

fn config(params: &Value) -> String {
    let entry = json!({"model_name": "m", "litellm_params": params, "model_info": {"mode": "realtime"}});
    json!({"model_list": [entry]}).to_string()
}

/// What becomes of a session that begins with this.
async fn begun(model: &str, first: &Value) -> Checked {
    let params = json!({"model": model, "api_key": "sk-test-0123456789", "api_base": "https://rt.example"});
    Fleet::new(&config(&params), ScriptedTransport::always(Reply::json(101, first))).check_one().await
}

#[tokio::test(start_paused = true)]
async fn a_session_that_begins_is_healthy() {
    for (model, event) in [
        ("openai/gpt-realtime", "session.created"),
        ("openai/gpt-4o-transcribe", "transcription_session.created"),
        ("azure/my-realtime", "session.created"),
        ("xai/grok-3", "conversation.created"),
    ] {
        let checked = begun(model, &json!({"type": event, "event_id": "e1"})).await;
        assert_eq!(checked.verdict.status, Status::Up, "{model}: {:?}", checked.outcome.failure);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_event_is_told_in_its_own_words() {
    let event = |kind: &str, code: &str, message: &str| json!({"type": "error", "event_id": "e1", "error": {"type": kind, "code": code, "message": message}});
    for (event, status, exception_status, words) in [
        (
            event("invalid_request_error", "invalid_model", "Model \"x\" is not supported in realtime mode."),
            Status::Misconfigured,
            404,
            "the session began with an error: Model \"x\" is not supported in realtime mode. (invalid_model)",
        ),
        (
            event("invalid_request_error", "invalid_request_error.invalid_api_key", "Incorrect API key"),
            Status::Misconfigured,
            401,
            "the session began with an error: Incorrect API key (invalid_request_error.invalid_api_key)",
        ),
        (
            event("insufficient_quota", "", "You exceeded your current quota"),
            Status::RateLimited,
            429,
            "the session began with an error: You exceeded your current quota (insufficient_quota)",
        ),
        (
            event("server_error", "", "The server had an error"),
            Status::Down,
            500,
            "the session began with an error: The server had an error (server_error)",
        ),
    ] {
        let checked = begun("openai/gpt-realtime", &event).await;
        assert_eq!(checked.outcome.failure.as_ref().unwrap().message, words);
        assert_eq!(checked.verdict.status, status, "{words}");
        assert_eq!(checked.verdict.exception_status, Some(exception_status), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn something_else_than_an_event_is_no_session() {
    for (first, words) in [
        (json!({"hello": 1}), "HTTP 101, but the answer has no `type`"),
        (json!("welcome"), "HTTP 101, but the answer is not JSON but a bare JSON value"),
    ] {
        let checked = begun("openai/gpt-realtime", &first).await;
        assert_eq!(checked.outcome.failure.as_ref().unwrap().message, words);
        assert_eq!(checked.verdict.status, Status::Down);
    }
}

#[tokio::test(start_paused = true)]
async fn googles_sessions_are_told_their_model_first() {
    let account =
        json!({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"});
    let params = json!({
        "model": "vertex_ai/gemini-live-2.5-flash", "vertex_project": "p", "vertex_location": "us-central1",
        "vertex_credentials": account.to_string(),
    });
    let fleet = |first: &Value| {
        let transport = ScriptedTransport::always(Reply::json(101, first));
        transport.on("oauth2", Reply::json(200, &json!({"access_token": "ya29.token", "expires_in": 3599})));
        Fleet::new(&config(&params), transport)
    };
    let good = fleet(&json!({"setupComplete": {}}));
    assert_eq!(good.check_one().await.verdict.status, Status::Up);
    let sent = good.transport.requests().pop().unwrap();
    let said: Value = serde_json::from_slice(&sent.body).unwrap();
    let model = "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash";
    assert_eq!(said["setup"]["model"], model);
    assert!(!sent.headers.contains_key("content-type"), "a handshake has no body");

    let checked = fleet(&json!({"serverContent": {}})).check_one().await;
    let message = &checked.outcome.failure.as_ref().unwrap().message;
    assert_eq!(message, "HTTP 101, but the answer has no `setupComplete`");
}

#[tokio::test]
async fn a_session_over_a_real_socket() {
    let (address, mut sockets) = accepting().await;
    let server = tokio::spawn(async move {
        let mut socket = accept_async(sockets.recv().await.unwrap()).await.unwrap();
        socket.send(Message::text(r#"{"type": "session.created"}"#)).await.unwrap();
        // The probe says goodbye and nothing else.
        matches!(socket.next().await, Some(Ok(Message::Close(_))))
    });
    let params = json!({
        "model": "openai/gpt-realtime", "api_key": "sk-test-0123456789", "api_base": format!("http://{address}/v1"),
    });
    let config = load_text(config(&params), Path::new("config.yaml"), Environment::default()).unwrap().config;
    let config = Arc::new(ArcSwap::from_pointee(config));
    let transport = Arc::new(HttpTransport::new().unwrap());
    let report =
        Checker::new(config, transport, Arc::new(Board::new())).check(Scope::All, Source::Http).await;
    let checked = &report.checked[0];
    assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
    assert!(server.await.unwrap());
}
