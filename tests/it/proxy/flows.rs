//! Calls that take several requests: images that are fetched first, places that are looked up, jobs that are polled.

use std::net::SocketAddr;
use std::sync::Arc;

use llmhealth::app::{App, Transports};
use llmhealth::config::load_text;
use llmhealth::domain::Environment;
use llmhealth::reload::ConfigSource;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::daemon::{Answer, Daemon, KEY};
use crate::support::fleet::chat_answer;
use crate::support::loopback::{canned, json_reply, listen};
use crate::support::scripted::{Piece, Reply, ScriptedTransport};

use super::{call, chat, good, streamed};

/// A daemon with one deployment of these parameters, named `m`.
fn daemon(params: &Value, transport: Arc<ScriptedTransport>) -> Daemon {
    let config = json!({
        "model_list": [{"model_name": "m", "litellm_params": params}],
        "general_settings": {"master_key": KEY},
    });
    Daemon::new(&config.to_string(), transport)
}

/// Where each request went.
fn places(transport: &ScriptedTransport) -> Vec<String> {
    let place = |url: &url::Url| format!("{}{}", url.host_str().unwrap_or_default(), url.path());
    transport.requests().iter().map(|request| place(&request.url)).collect()
}

fn text(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{:?}", answer.told());
    answer.json()["choices"][0]["message"]["content"].clone()
}

const EVENTS: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n\
    data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

#[tokio::test]
async fn the_hub_is_asked_how_a_provider_calls_the_model() {
    let transport = ScriptedTransport::always(good());
    let mapping =
        json!({"inferenceProviderMapping": {"together": {"status": "live", "providerId": "mapped"}}});
    transport.on("huggingface.co/api/models", Reply::json(200, &mapping));
    let daemon =
        daemon(&json!({"model": "huggingface/together/meta/llama", "api_key": "k"}), transport.clone());
    assert_eq!(text(&call(&daemon, &chat("m")).await), chat_answer()["choices"][0]["message"]["content"]);
    let way = ["huggingface.co/api/models/meta/llama", "router.huggingface.co/together/v1/chat/completions"];
    assert_eq!(places(&transport), way);
    assert_eq!(super::sent(&transport)["model"], "mapped");

    transport.on("router.huggingface.co", Reply::events([Piece::text(EVENTS)]));
    let events = call(&daemon, &streamed("m")).await.told().1;
    assert!(
        events.contains("\"Hi\"")
            && events.ends_with(
                "data: [DONE]

"
            ),
        "{events}"
    );
    assert_eq!(places(&transport)[2..], way);
}

#[tokio::test]
async fn the_orchestration_is_looked_up_and_asked() {
    let transport = ScriptedTransport::always(Reply::json(200, &json!({"final_result": chat_answer()})));
    transport.on("/oauth/token", Reply::json(200, &json!({"access_token": "t", "expires_in": 3600})));
    let running = json!({"resources": [{
        "scenarioId": "orchestration", "status": "RUNNING", "createdAt": "2025-01-01T00:00:00Z",
        "deploymentUrl": "https://api.ai.example.com/v2/inference/deployments/d1",
    }]});
    transport.on("/v2/lm/deployments", Reply::json(200, &running));
    let key = json!({
        "clientid": "id", "clientsecret": "secret-0123456789", "url": "https://tokens.example.com",
        "serviceurls": {"AI_API_URL": "https://api.ai.example.com"},
    });
    let daemon = daemon(&json!({"model": "sap/gpt-4o", "service_key": key}), transport.clone());
    assert_eq!(text(&call(&daemon, &chat("m")).await), chat_answer()["choices"][0]["message"]["content"]);
    assert_eq!(
        places(&transport),
        [
            "tokens.example.com/oauth/token",
            "api.ai.example.com/v2/lm/deployments",
            "api.ai.example.com/v2/inference/deployments/d1/v2/completion",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_prediction_is_asked_after_until_it_is_there() {
    let prediction = |status: &str, output: &Value| {
        let get = "https://api.replicate.com/v1/predictions/p1";
        Reply::json(200, &json!({"id": "p1", "status": status, "output": output, "urls": {"get": get}}))
    };
    for is_streamed in [false, true] {
        let transport = ScriptedTransport::always(prediction("starting", &Value::Null));
        let polls = [
            prediction("processing", &json!(["Hel"])),
            prediction("processing", &json!(["Hel", "lo"])),
            prediction("succeeded", &json!(["Hel", "lo", "."])),
        ];
        transport.on("/v1/predictions/p1", Reply::in_turn(polls));
        let daemon = daemon(&json!({"model": "replicate/meta/llama", "api_key": "k"}), transport.clone());
        let body = if is_streamed { streamed("m") } else { chat("m") };
        let answer = call(&daemon, &body).await;
        if is_streamed {
            let events = answer.told().1;
            assert!(events.contains("\"Hello.\"") && events.ends_with("data: [DONE]\n\n"), "{events}");
        } else {
            assert_eq!(text(&answer), "Hello.");
        }
        assert_eq!(transport.count(), 4);
        assert!(transport.requests().iter().all(|request| request.headers["authorization"] == "Token k"));
    }
    let transport = ScriptedTransport::always(prediction("starting", &Value::Null));
    transport.on("/v1/predictions/p1", prediction("failed", &Value::Null));
    let daemon = daemon(&json!({"model": "replicate/meta/llama", "api_key": "k"}), transport);
    assert_eq!(call(&daemon, &streamed("m")).await.status, 502);
}

/// Runs a daemon on loopback.
async fn serve(yaml: String) -> SocketAddr {
    let loaded = load_text(yaml, "config.yaml".as_ref(), Environment::default()).unwrap();
    let source = ConfigSource::Text { name: "config.yaml".into(), text: Arc::from("") };
    let app = App::new(loaded.config, source, Transports::of_http().unwrap());
    let (listener, address) = listen().await;
    tokio::spawn(async move { app.serve(listener, std::future::pending()).await });
    address
}

async fn post(address: SocketAddr, body: &Value) -> String {
    let body = body.to_string();
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn images_are_fetched_and_put_into_the_request() {
    let picture = "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 3\r\n\r\nPNG";
    let said = json!({"candidates": [{"content": {"parts": [{"text": "A cat."}]}, "finishReason": "STOP"}]});
    let spoken = json!({"message": {"role": "assistant", "content": "A cat."}, "done": true});
    for (model, answer, place) in [
        ("gemini/gemini-2.5-flash", said, "/contents/0/parts/1/inline_data/data"),
        ("ollama_chat/llava", spoken, "/messages/0/images/0"),
    ] {
        let (pictures, _) = canned(picture).await;
        let (upstream, mut asked) = canned(json_reply(200, "", &answer.to_string())).await;
        let yaml = json!({
            "model_list": [{"model_name": "m", "litellm_params":
                {"model": model, "api_key": "k", "api_base": format!("http://{upstream}")}}],
            "llmhealth": {"proxy": {"private_images": true}},
        });
        let address = serve(yaml.to_string()).await;
        let mut body = chat("m");
        body["messages"][0]["content"] = json!([
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": format!("http://{pictures}/a")}},
        ]);
        let told = post(address, &body).await;
        assert!(told.starts_with("HTTP/1.1 200") && told.contains("A cat."), "{told}");
        let sent = asked.recv().await.unwrap();
        let sent: Value = serde_json::from_str(sent.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(sent.pointer(place), Some(&json!("UE5H")), "{sent}");
    }
}
