//! Images that are fetched for providers which take them only within a request.

use serde_json::{Value, json};

use crate::support::daemon::Daemon;
use crate::support::scripted::{Reply, ScriptedTransport};

use super::{post, sent};

fn daemon(rest: &str, image: Reply) -> Daemon {
    let answer =
        json!({"message": {"role": "assistant", "content": "a cat"}, "done": true, "done_reason": "stop"});
    let transport = ScriptedTransport::always(Reply::json(200, &answer));
    transport.on("pictures", image);
    let yaml =
        "model_list: [{model_name: m, litellm_params: {model: ollama_chat/llava, api_base: 'http://one'}}]";
    Daemon::new(&format!("{yaml}\n{rest}"), transport)
}

fn about(images: &[&str]) -> Value {
    let parts = images.iter().map(|url| json!({"type": "image_url", "image_url": {"url": url}}));
    json!({"model": "m", "messages": [{"role": "user", "content": parts.collect::<Vec<_>>()}]})
}

fn picture(bytes: usize) -> Reply {
    Reply::text(200, &"x".repeat(bytes)).header("content-type", "image/png")
}

/// The status and the message of a call that fails.
async fn refused(daemon: &Daemon, body: &Value) -> (u16, String) {
    let answer = daemon.send(post("/chat/completions", body, &[("x-litellm-timeout", "2")])).await;
    let error = answer.json()["error"].clone();
    assert_eq!(error["param"], "messages");
    (answer.status, error["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_image_is_fetched_and_put_into_the_request() {
    let daemon = daemon("", picture(3));
    let answer = daemon.send(post("/chat/completions", &about(&["https://pictures/1.png"]), &[])).await;
    assert_eq!(answer.status, 200, "{:?}", answer.told());
    assert_eq!(sent(&daemon.fleet.transport)["messages"][0]["images"], json!(["eHh4"]));
    let fetch = &daemon.fleet.transport.requests()[0];
    assert!(fetch.headers.is_empty() && fetch.credential.is_none(), "nothing of ours goes along");
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_fetched_is_the_clients_fault() {
    let one = ["https://pictures/1.png"];
    for (image, word) in [
        (Reply::text(404, ""), "HTTP 404"),
        (Reply::text(302, ""), "HTTP 302"),
        (Reply::Refuse, "connection refused"),
        (picture(21 * 1024 * 1024), "20971520 bytes"),
        (Reply::Hang, "within 2s"),
    ] {
        let daemon = daemon("", image);
        let (status, message) = refused(&daemon, &about(&one)).await;
        assert_eq!((status, daemon.fleet.transport.count()), (400, 1));
        assert!(message.contains(word), "{message}");
    }
    let daemon = daemon("", picture(3));
    assert_eq!(refused(&daemon, &about(&["http://pictures/1.png"])).await.0, 400);
    assert_eq!(daemon.fleet.transport.count(), 0);
}

#[tokio::test]
async fn all_images_of_a_call_together_are_no_larger_than_a_request_may_be() {
    let daemon = daemon("llmhealth: {proxy: {max_body_bytes: 1000}}", picture(600));
    let two = ["https://pictures/1.png", "https://pictures/2.png"];
    let (status, message) = refused(&daemon, &about(&two)).await;
    assert_eq!((status, daemon.fleet.transport.count()), (400, 2));
    assert!(message.contains("400 bytes"), "{message}");
    let answer = daemon.send(post("/chat/completions", &about(&two[..1]), &[])).await;
    assert_eq!(answer.status, 200);
}
