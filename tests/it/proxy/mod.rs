//! Calls of deployments through the real router.

mod answers;
mod clients;
mod counts;
mod errors;
mod flows;
mod garbage;
mod images;
mod logs;
mod loopback;
mod routing;
mod settings;
mod streams;

use std::sync::Arc;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::support::daemon::{Answer, Daemon, KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

/// A daemon with one deployment `a` of the model name `m`.
fn daemon(reply: Reply) -> Daemon {
    daemon_of(&[("a", "one")], "", reply)
}

/// A daemon with these deployments of the model name `m`, all of which answer the same way.
fn daemon_of(deployments: &[(&str, &str)], rest: &str, reply: Reply) -> Daemon {
    let rest = format!("general_settings: {{master_key: {KEY}}}\n{rest}");
    Daemon::new(&chat_fleet(deployments, &rest), ScriptedTransport::always(reply))
}

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

/// A chat request of this model.
fn chat(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "hi"}]})
}

/// The same request, to be answered in pieces.
fn streamed(model: &str) -> Value {
    let mut body = chat(model);
    body["stream"] = json!(true);
    body
}

fn post(path: &str, body: &Value, headers: &[(&str, &str)]) -> Request<Body> {
    let mut headers = headers.to_vec();
    headers.push(("x-litellm-api-key", KEY));
    let mut request = request("POST", path, &headers);
    *request.body_mut() = Body::from(body.to_string());
    request
}

async fn call(daemon: &Daemon, body: &Value) -> Answer {
    daemon.send(post("/v1/chat/completions", body, &[])).await
}

/// What the upstream was sent last.
fn sent(transport: &Arc<ScriptedTransport>) -> Value {
    serde_json::from_slice(&transport.requests().last().unwrap().body).unwrap()
}
