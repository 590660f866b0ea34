//! What a provider refuses once is asked differently the next time, never twice for one verdict.

use llmhealth::domain::Status;
use serde_json::{Value, json};

use crate::support::fleet::{Fleet, chat_answer};
use crate::support::scripted::{Reply, ScriptedTransport};

/// A deployment whose provider refuses first and takes whatever comes after.
async fn refused_once(params: &str, message: &str) -> (Fleet, Vec<Value>) {
    let yaml = format!(
        "model_list:\n- model_name: m\n  litellm_params: {{model: openai/gpt-4o-mini, api_base: 'https://upstream/v1', \
         api_key: sk-test-0123456789{params}}}\n  model_info: {{id: a}}\n"
    );
    let fleet = Fleet::new(
        &yaml,
        ScriptedTransport::always(Reply::json(400, &json!({"error": {"message": message}}))),
    );
    assert_eq!(fleet.check_one().await.verdict.exception_status, Some(400));
    assert_eq!(fleet.transport.count(), 1, "one request for one verdict");
    fleet.transport.on("upstream", Reply::json(200, &chat_answer()));
    let second = fleet.check_one().await;
    assert_eq!(second.verdict.status, Status::Up);
    assert_eq!(second.outcome.notes.len(), 1, "{:?}", second.outcome.notes);
    let requests = fleet.transport.requests();
    let bodies = requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
    (fleet, bodies)
}

#[tokio::test(start_paused = true)]
async fn a_least_token_limit_is_respected() {
    let message =
        "Invalid 'max_tokens': integer below minimum value. Expected a value >= 32, but got 16 instead.";
    let (_, bodies) = refused_once("", message).await;
    assert_eq!(bodies[0]["max_tokens"], 16);
    assert_eq!(bodies[1]["max_tokens"], 32);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_parameter_is_left_out() {
    let (fleet, bodies) = refused_once(", my_param: 1", "Unknown parameter: 'my_param'.").await;
    assert_eq!(bodies[0]["my_param"], 1);
    assert_eq!(bodies[1].get("my_param"), None);
    let judged = fleet.board.latest("a").unwrap();
    assert_eq!(judged.outcome.notes, ["`my_param` is left out: the provider refused it"]);
}
