//! The log line of a call.

use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use tracing::Level;

use crate::support::log::Log;
use crate::support::scripted::{Piece, Reply};

use super::{call, chat, daemon, daemon_of, good, post, streamed};

/// The events about calls, without what changes from run to run.
fn events(log: &Log) -> Vec<Value> {
    let text = log.text();
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_calls = events.filter(|event| {
        event["message"].as_str().is_some_and(|message| message.starts_with("call_"))
            && event["target"].as_str().is_some_and(|target| target.starts_with("llmhealth"))
    });
    of_calls
        .map(|mut event| {
            let fields = event.as_object_mut().unwrap();
            for field in ["timestamp", "target"] {
                fields.remove(field);
            }
            for field in ["duration_ms", "first_piece_ms"] {
                if let Some(value) = fields.get_mut(field) {
                    assert!(value.as_f64().is_some_and(|milliseconds| milliseconds >= 0.0), "{value}");
                    *value = json!("?");
                }
            }
            event
        })
        .collect()
}

#[tokio::test]
async fn a_served_call_tells_who_called_whom_and_what_it_took() {
    let (log, _guard) = Log::start(Level::DEBUG);
    let daemon = daemon(good());
    let mut body = chat("m");
    body["messages"][0]["content"] = json!("a secret prompt");
    let headers = [("x-litellm-call-id", "my-id")];
    let answer = daemon.send(post("/chat/completions", &body, &headers)).await;
    assert_eq!(answer.header("x-litellm-call-id"), Some("my-id"));
    let due = json!({
        "level": "DEBUG", "message": "call_complete", "call_id": "my-id", "caller": "master_key",
        "route": "/chat/completions", "model_id": "a", "model_group": "m", "status": 200, "duration_ms": "?",
        "input_tokens": 9, "output_tokens": 1, "retries": 0,
    });
    assert_eq!(events(&log), [due]);
    assert!(!log.own_text().contains("secret prompt"));
}

#[tokio::test]
async fn a_failed_call_and_the_one_in_its_place_have_one_id() {
    let (log, _guard) = Log::start(Level::DEBUG);
    let daemon = daemon_of(&[("a", "one"), ("b", "two")], "", Reply::text(503, "{}"));
    let answer = call(&daemon, &chat("m")).await;
    let events = events(&log);
    let of: Vec<_> = events.iter().map(|event| (&event["level"], &event["message"])).collect();
    assert_eq!(of, [(&json!("INFO"), &json!("call_failed")); 2]);
    for (retries, event) in events.iter().enumerate() {
        assert_eq!(event["call_id"], answer.header("x-litellm-call-id").unwrap());
        assert_eq!((&event["status"], &event["class"]), (&json!(503), &json!("ServiceUnavailableError")));
        assert_eq!(event["retries"], retries);
    }
}

#[tokio::test]
async fn what_a_provider_says_of_a_clients_request_is_not_logged() {
    let (log, _guard) = Log::start(Level::TRACE);
    let words = r#"{"error":{"message":"I do not like: a secret prompt"}}"#;
    for status in [400, 500] {
        let answer = call(&daemon(Reply::text(status, words)), &chat("a")).await;
        assert_eq!(answer.status, status);
    }
    let events = events(&log);
    assert!(events[0].get("error").is_none(), "{}", events[0]);
    assert!(events[1]["error"].as_str().is_some_and(|error| error.contains("do not like")), "{}", events[1]);
}

#[tokio::test]
async fn streams_tell_their_end() {
    let (log, _guard) = Log::start(Level::DEBUG);
    let delta = "data: {\"model\":\"x\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n";
    let broken = daemon(Reply::events([Piece::text(delta), Piece::Break]));
    call(&broken, &streamed("a")).await;
    let silent = daemon(Reply::events([Piece::text(delta), Piece::Hang]));
    let response = silent.router.clone().oneshot(post("/chat/completions", &streamed("a"), &[])).await;
    let mut body = response.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    call(&silent, &chat("no-such-model")).await;
    let events = events(&log);
    let of: Vec<_> = events.iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(of, ["call_failed", "call_abandoned", "call_refused"]);
    assert!(events[..2].iter().all(|event| event["first_piece_ms"] == "?"));
    assert!(!log.own_text().contains("no-such-model"));
}
