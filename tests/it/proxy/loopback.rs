//! What needs sockets: clients that leave, readers that are slow, draining.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use llmhealth::app::{App, Transports};
use llmhealth::config::load_text;
use llmhealth::domain::Environment;
use llmhealth::reload::ConfigSource;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::fleet::chat_answer;
use crate::support::loopback::{accepting, canned, json_reply, listen, read_request};

use super::{chat, streamed};

/// A daemon in front of an upstream whose connections the test holds in its hand.
pub(super) struct Line {
    pub(super) address: SocketAddr,
    pub(super) upstream: UnboundedReceiver<TcpStream>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

impl Line {
    async fn start() -> Self {
        Self::to(&["m"], "").await
    }

    /// A daemon with a deployment of each of these model names, and this further configuration.
    pub(super) async fn to(names: &[&str], rest: &str) -> Self {
        let (address, upstream) = accepting().await;
        Self::before(address, upstream, names, rest).await
    }

    /// A daemon in front of an upstream that answers by itself, always the same.
    async fn before_canned(body: &str) -> Self {
        let (address, _) = canned(json_reply(200, "connection: close\r\n", body)).await;
        Self::before(address, unbounded_channel().1, &["m"], "").await
    }

    async fn before(
        upstream_address: SocketAddr,
        upstream: UnboundedReceiver<TcpStream>,
        names: &[&str],
        rest: &str,
    ) -> Self {
        let params =
            format!("{{model: openai/gpt-4o, api_key: k, api_base: 'http://{upstream_address}/v1'}}");
        let entries: Vec<String> =
            names.iter().map(|name| format!("{{model_name: {name}, litellm_params: {params}}}")).collect();
        let yaml = format!("model_list: [{}]\n{rest}", entries.join(", "));
        let loaded = load_text(yaml, "config.yaml".as_ref(), Environment::default()).unwrap();
        let source = ConfigSource::Text { name: "config.yaml".into(), text: Arc::from("") };
        let app = App::new(loaded.config, source, Transports::of_http().unwrap());
        let (listener, address) = listen().await;
        let (stop, stopped) = oneshot::channel::<()>();
        let done = tokio::spawn(async move {
            let shutdown = async {
                stopped.await.ok();
            };
            app.serve(listener, shutdown).await;
        });
        Self { address, upstream, stop, done }
    }

    /// Sends a request, and takes it at the upstream.
    async fn ask(&mut self, body: &str) -> (TcpStream, TcpStream) {
        self.ask_by("1.1", body).await
    }

    /// The same by this version of HTTP.
    async fn ask_by(&mut self, version: &str, body: &str) -> (TcpStream, TcpStream) {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(request(version, body).as_bytes()).await.unwrap();
        let mut upstream = self.upstream.recv().await.unwrap();
        read_request(&mut upstream).await;
        (client, upstream)
    }
}

fn request(version: &str, body: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/{version}\r\nhost: h\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const FIRST: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}\n\n";
const LAST: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn chunked(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

pub(super) async fn read_until(client: &mut TcpStream, word: &str) -> String {
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains(word) {
        assert!(client.read_buf(&mut text).await.unwrap() > 0, "{}", String::from_utf8_lossy(&text));
    }
    String::from_utf8(text).unwrap()
}

/// Waits for the end of a connection.
async fn closed(upstream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end too.
    drop(upstream.read_to_end(&mut rest).await);
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_along() {
    let mut line = Line::start().await;
    let (client, mut upstream) = line.ask(&chat("m").to_string()).await;
    drop(client);
    closed(&mut upstream).await;

    let (client, mut upstream) = line.ask(&streamed("m").to_string()).await;
    drop(client);
    closed(&mut upstream).await;

    let (mut client, mut upstream) = line.ask(&streamed("m").to_string()).await;
    upstream.write_all(format!("{HEAD}{}", chunked(FIRST)).as_bytes()).await.unwrap();
    read_until(&mut client, "\"x\"").await;
    drop(client);
    closed(&mut upstream).await;
}

#[tokio::test]
async fn a_piece_reaches_the_client_before_the_next_one_is_there() {
    let mut line = Line::start().await;
    let (mut client, mut upstream) = line.ask(&streamed("m").to_string()).await;
    upstream.write_all(format!("{HEAD}{}", chunked(FIRST)).as_bytes()).await.unwrap();
    let seen = read_until(&mut client, "\"x\"").await;
    assert!(seen.contains("content-type: text/event-stream") && !seen.contains("[DONE]"), "{seen}");
    upstream.write_all(format!("{}0\r\n\r\n", chunked(LAST)).as_bytes()).await.unwrap();
    read_until(&mut client, "[DONE]").await;
}

#[tokio::test]
async fn a_slow_reader_slows_the_provider_down() {
    let mut line = Line::start().await;
    let (_client, mut upstream) = line.ask(&streamed("m").to_string()).await;
    upstream.write_all(HEAD.as_bytes()).await.unwrap();
    let text = "x".repeat(64 * 1024);
    let piece = chunked(&FIRST.replace("\"x\"", &format!("\"{text}\"")));
    // The client does not read, so that what is sent is stuck somewhere: in the kernel's buffers, some megabytes of
    // them, and nowhere else.
    let most = 64 * 1024 * 1024;
    let mut taken = 0;
    while taken < most {
        let sent = tokio::time::timeout(Duration::from_secs(2), upstream.write_all(piece.as_bytes())).await;
        match sent {
            Ok(sent) => sent.unwrap(),
            Err(_) => break,
        }
        taken += piece.len();
    }
    assert!(taken < most, "{taken} bytes were taken from the provider for a client that reads none");
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_a_stream_that_ends_with_its_connection() {
    let mut line = Line::start().await;
    let (mut client, mut upstream) = line.ask_by("1.0", &streamed("m").to_string()).await;
    upstream
        .write_all(format!("{HEAD}{}{}0\r\n\r\n", chunked(FIRST), chunked(LAST)).as_bytes())
        .await
        .unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
    assert!(body.starts_with("data: {") && body.ends_with("data: [DONE]\n\n"), "{body}");
}

#[tokio::test]
async fn a_request_in_chunks_is_read_after_the_client_was_told_to_go_on() {
    let line = Line::before_canned(&chat_answer().to_string()).await;
    let mut client = TcpStream::connect(line.address).await.unwrap();
    let head = "POST /chat/completions HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut client, "100 Continue\r\n\r\n").await;
    let body = chat("m").to_string();
    let (one, two) = body.split_at(7);
    client.write_all(format!("{}{}0\r\n\r\n", chunked(one), chunked(two)).as_bytes()).await.unwrap();
    let answer = read_until(&mut client, "\"usage\"").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_their_order() {
    let line = Line::before_canned(&chat_answer().to_string()).await;
    let mut client = TcpStream::connect(line.address).await.unwrap();
    let requests =
        [chat("m"), chat("nope"), chat("m")].map(|body| request("1.1", &body.to_string())).concat();
    client.write_all(format!("{requests}GET /test HTTP/1.1\r\nhost: h\r\n\r\n").as_bytes()).await.unwrap();
    let answers = read_until(&mut client, "/test").await;
    let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "400", "200", "200"]);
}

#[tokio::test]
async fn a_stream_that_its_provider_cuts_off_ends_in_order_with_an_error() {
    let mut line = Line::start().await;
    let (mut client, mut upstream) = line.ask(&streamed("m").to_string()).await;
    upstream.write_all(format!("{HEAD}{}", chunked(FIRST)).as_bytes()).await.unwrap();
    read_until(&mut client, "\"x\"").await;
    drop(upstream);
    let end = read_until(&mut client, "0\r\n\r\n").await;
    assert!(end.contains("data: {\"error\":") && !end.contains("[DONE]"), "{end}");
}

#[tokio::test]
async fn draining_waits_for_streams() {
    let mut line = Line::start().await;
    let (mut client, mut upstream) = line.ask(&streamed("m").to_string()).await;
    upstream.write_all(format!("{HEAD}{}", chunked(FIRST)).as_bytes()).await.unwrap();
    read_until(&mut client, "\"x\"").await;
    line.stop.send(()).unwrap();
    let mut probe = TcpStream::connect(line.address).await.unwrap();
    probe.write_all(b"GET /health/readiness HTTP/1.1\r\nhost: h\r\n\r\n").await.unwrap();
    read_until(&mut probe, "503").await;
    assert!(!line.done.is_finished());
    upstream.write_all(format!("{}0\r\n\r\n", chunked(LAST)).as_bytes()).await.unwrap();
    read_until(&mut client, "[DONE]").await;
    drop((client, probe));
    line.done.await.unwrap();
}
