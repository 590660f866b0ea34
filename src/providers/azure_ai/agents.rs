//! Agents of a Foundry project: a conversation, a message in it, and a run of the agent that is polled.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Body, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{FollowUp, ShapeError, Step, url as urls};

/// What stands before an agent's name.
pub(super) const PREFIX: &str = "agents/";

/// The fields of a thread, a message and a run that steer the flow.
#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    id: Option<String>,
    status: Option<String>,
    error: Kind,
    last_error: Value,
}

/// What comes after a step: a message into the new thread, a run of the agent on it, and a look at the run
/// until it is over. The address of each step says which one it was.
pub(super) fn follow_up(step: &Step<'_>) -> Option<FollowUp> {
    let agent = step.model.strip_prefix(PREFIX)?;
    let state: State = answer::read(step.response).ok()?;
    let path = step.request.url.path();
    let (project, steps) = path.rsplit_once("/threads")?;
    let steps: Vec<&str> = steps.split('/').filter(|segment| !segment.is_empty()).collect();
    let at = |path: String, method: Method, body: Body| {
        let mut url = step.request.url.clone();
        url.set_path(&format!("{project}/threads/{path}"));
        WireRequest { method, url, body, ..step.request.clone() }
    };
    let id = state.id.as_deref().map(urls::segment);
    match (steps.as_slice(), id) {
        ([], Some(thread)) => {
            let message = Body::Json(json!({"role": "user", "content": question(step)}));
            Some(FollowUp::now(at(format!("{thread}/messages"), Method::POST, message)))
        }
        ([thread, "messages"], _) => {
            let run = Body::Json(json!({"assistant_id": agent}));
            Some(FollowUp::now(at(format!("{thread}/runs"), Method::POST, run)))
        }
        ([thread, "runs"], Some(run)) => {
            Some(FollowUp::now(at(format!("{thread}/runs/{run}"), Method::GET, Body::Empty)))
        }
        ([_, "runs", _], _) if matches!(state.status.as_deref(), Some("queued" | "in_progress")) => {
            Some(FollowUp::poll(step.request.clone()))
        }
        _ => None,
    }
}

/// The removal of a thread that a step has made: nobody comes back to it.
pub(super) fn undo(step: &Step<'_>) -> Option<WireRequest> {
    step.model.strip_prefix(PREFIX)?;
    let path = step.request.url.path();
    if step.request.method != Method::POST || !path.ends_with("/threads") {
        return None;
    }
    let thread: State = answer::read(step.response).ok()?;
    let mut url = step.request.url.clone();
    url.set_path(&format!("{path}/{}", urls::segment(&thread.id?)));
    Some(WireRequest { method: Method::DELETE, url, body: Body::Empty, ..step.request.clone() })
}

/// What the user says last.
fn question(step: &Step<'_>) -> Value {
    let messages = step.call.payload.get("messages").and_then(Value::as_array);
    messages.and_then(|messages| messages.last()?.get("content")).cloned().unwrap_or_default()
}

/// Whether a run came to its end.
pub(super) fn verify(response: &WireResponse) -> Result<(), ShapeError> {
    let run: State = answer::read(response)?;
    answer::refuse_error(run.error, response)?;
    match run.status.as_deref() {
        Some("completed") => Ok(()),
        None => Err(ShapeError::Missing("status")),
        Some(status) => Err(ShapeError::Error(match run.last_error.get("message").and_then(Value::as_str) {
            Some(message) => answer::one_line(message),
            None => format!("the run ended as `{status}`"),
        })),
    }
}
