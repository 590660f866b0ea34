//! Requests of the official clients, byte for byte as they came over the wire: `openai` 2.54.0 for Python, 6.49.0 for
//! Node, and curl.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::daemon::WITH_KEY;
use crate::support::fleet::chat_answer;
use crate::support::loopback::{json_reply, read_request};

use super::loopback::{Line, read_until};

/// A recorded request.
macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("../../fixtures/http/clients/", $name, ".http"))
    };
}

const STREAM: &str = "data: {\"model\":\"x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
                      data: [DONE]\n\n";

/// The end of a whole answer.
const WHOLE: &str = "\"total_tokens\":10}}";

/// What the upstream answers: chat, a stream, or embeddings in base64.
fn reply(sent: &Value) -> String {
    if sent.get("stream") == Some(&json!(true)) {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n";
        return format!("{head}content-length: {}\r\n\r\n{STREAM}", STREAM.len());
    }
    let body = if sent.get("input").is_some() {
        json!({"object": "list", "model": "x", "data": [{"index": 0, "embedding": "AAAAPwAAgL4="}]})
    } else {
        chat_answer()
    };
    json_reply(200, "connection: close\r\n", &body.to_string())
}

/// Answers one request at the upstream, and tells its path and body.
async fn answer(line: &mut Line) -> (String, Value) {
    let mut upstream = line.upstream.recv().await.unwrap();
    let request = read_request(&mut upstream).await;
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let sent: Value = serde_json::from_str(body).unwrap();
    upstream.write_all(reply(&sent).as_bytes()).await.unwrap();
    upstream.shutdown().await.unwrap();
    (path, sent)
}

#[tokio::test]
async fn they_are_served_one_after_the_other_on_one_connection() {
    let mut line = Line::to(&["m", "team/m"], WITH_KEY).await;
    let chat = json!({"messages": [{"role": "user", "content": "hi"}], "model": "gpt-4o"});
    let with = |name: &str, value: Value| {
        let mut body = chat.clone();
        body[name] = value;
        body
    };
    let (mut usage, streamed) = (with("stream", json!(true)), with("stream", json!(true)));
    usage["stream_options"] = json!({"include_usage": true});
    let base64 = |input: Value| json!({"input": input, "encoding_format": "base64", "model": "gpt-4o"});
    let (done, vectors) = ("[DONE]\n\n\r\n0\r\n\r\n", "\"AAAAPwAAgL4=\"}]}");
    let mut client = TcpStream::connect(line.address).await.unwrap();
    for (request, path, due, end) in [
        (recorded!("python-chat"), "/v1/chat/completions", chat.clone(), WHOLE),
        (recorded!("python-stream"), "/v1/chat/completions", usage, done),
        (recorded!("python-embeddings"), "/v1/embeddings", base64(json!(["a", "b"])), vectors),
        (recorded!("python-azure"), "/v1/chat/completions", chat.clone(), WHOLE),
        (recorded!("node-chat"), "/v1/chat/completions", chat.clone(), WHOLE),
        (recorded!("node-stream"), "/v1/chat/completions", streamed, done),
        (recorded!("node-embeddings"), "/v1/embeddings", base64(json!("a")), vectors),
        (recorded!("node-azure"), "/v1/chat/completions", chat.clone(), WHOLE),
    ] {
        client.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(answer(&mut line).await, (path.to_owned(), due));
        let seen = read_until(&mut client, end).await;
        assert!(seen.starts_with("HTTP/1.1 200 OK\r\n"), "{seen}");
        assert!(!seen.contains("content-encoding"), "{seen}");
    }
}

#[tokio::test]
async fn a_body_may_wait_until_it_is_wanted_or_come_in_chunks() {
    let mut line = Line::to(&["m"], WITH_KEY).await;
    let mut client = TcpStream::connect(line.address).await.unwrap();
    let (head, body) = recorded!("curl-expect").split_once("\r\n\r\n").unwrap();
    client.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    read_until(&mut client, "100 Continue\r\n\r\n").await;
    client.write_all(body.as_bytes()).await.unwrap();
    answer(&mut line).await;
    read_until(&mut client, WHOLE).await;

    let (head, body) = recorded!("node-chat").split_once("\r\n\r\n").unwrap();
    let head = head.replace("content-length: 57", "transfer-encoding: chunked");
    client.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    for piece in [&body[..7], &body[7..]] {
        client.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await.unwrap();
    }
    client.write_all(b"0\r\n\r\n").await.unwrap();
    assert_eq!(answer(&mut line).await.1["messages"][0]["content"], "hi");
    read_until(&mut client, WHOLE).await;
}

/// Node's client tells of a broken connection where it can't send everything, whatever the answer was.
#[tokio::test]
async fn a_refusal_comes_when_all_has_been_sent() {
    let line = Line::to(&["m"], WITH_KEY).await;
    for (path, key, due) in
        [("/v1/chat/completions", "sk-wrong", "401"), ("/engines/m/nothing", "sk-master-0123456789", "404")]
    {
        let (head, _) = recorded!("node-chat").split_once("\r\n\r\n").unwrap();
        let body = "x".repeat(16 * 1024 * 1024);
        let head = head.replace("/v1/chat/completions", path).replace("sk-master-0123456789", key);
        let head = head.replace("content-length: 57", &format!("content-length: {}", body.len()));
        let mut client = TcpStream::connect(line.address).await.unwrap();
        client.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
        let seen = read_until(&mut client, "\r\n\r\n").await;
        assert!(seen.starts_with(&format!("HTTP/1.1 {due} ")), "{seen}");
    }
}

#[tokio::test]
async fn who_waits_to_be_told_is_refused_without_a_body() {
    let line = Line::to(&["m"], WITH_KEY).await;
    let (head, _) = recorded!("curl-expect").split_once("\r\n\r\n").unwrap();
    let mut client = TcpStream::connect(line.address).await.unwrap();
    let head = head.replace("sk-master-0123456789", "sk-wrong");
    client.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    let seen = read_until(&mut client, "\r\n\r\n").await;
    assert!(seen.starts_with("HTTP/1.1 401 "), "{seen}");
}
