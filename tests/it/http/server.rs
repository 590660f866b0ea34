//! The server loop over real sockets: limits and the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use llmhealth::config::ServerSettings;
use llmhealth::http::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::support::daemon::{Daemon, KEY, WITH_KEY};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::loopback::listen;
use crate::support::scripted::{Gate, Reply, ScriptedTransport};

/// A daemon with a socket.
struct Server {
    daemon: Daemon,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

impl Server {
    async fn start(settings: ServerSettings, reply: Reply, grace: Duration) -> Self {
        let yaml = chat_fleet(&[("a", "h")], WITH_KEY);
        let daemon = Daemon::new(&yaml, ScriptedTransport::always(reply));
        let (listener, address) = listen().await;
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            stopped.await.ok();
        };
        let done = tokio::spawn(serve(listener, daemon.router.clone(), settings, shutdown, grace));
        Self { daemon, address, stop, done }
    }

    async fn with_defaults(reply: Reply) -> Self {
        Self::start(ServerSettings::default(), reply, Duration::from_secs(30)).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

/// One answer: its head and as much of its body as `content-length` says.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let seen = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = seen.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.is_none_or(|length| body.len() >= length.parse().unwrap()) {
                return seen;
            }
        }
        if stream.read_buf(&mut text).await.unwrap() == 0 {
            return String::from_utf8(text).unwrap();
        }
    }
}

async fn ask(stream: &mut TcpStream, target: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nhost: h\r\nx-api-key: {KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    answer(stream).await
}

fn status(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

const OK: &str = "HTTP/1.1 200 OK";

#[tokio::test]
async fn a_connection_serves_several_requests() {
    let server = Server::with_defaults(good()).await;
    let mut stream = server.connect().await;
    for target in ["/health/liveliness", "/health", "/v1/models"] {
        assert_eq!(status(&ask(&mut stream, target).await), OK, "{target}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_finish_its_head_is_cut_off() {
    let server = Server::with_defaults(good()).await;
    for sent in ["", "GET /health HTTP/1.1\r\nhost: h\r\nx-slow"] {
        let start = Instant::now();
        let mut stream = server.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        assert!(!answer(&mut stream).await.starts_with(OK));
        assert_eq!(start.elapsed().as_secs(), 10, "after {sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_408() {
    let server = Server::with_defaults(good()).await;
    let mut stream = server.connect().await;
    let head = format!(
        "POST /health/test_connection HTTP/1.1\r\nhost: h\r\nx-api-key: {KEY}\r\ncontent-length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let told = answer(&mut stream).await;
    assert_eq!(status(&told), "HTTP/1.1 408 Request Timeout");
}

#[tokio::test]
async fn whoever_sends_too_much_still_gets_the_answer() {
    let server = Server::with_defaults(good()).await;
    let mut stream = server.connect().await;
    let length = 4 * 1024 * 1024;
    let head = format!(
        "POST /health/test_connection HTTP/1.1\r\nhost: h\r\nx-api-key: {KEY}\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; length]).await.unwrap();
    let told = answer(&mut stream).await;
    assert_eq!(status(&told), "HTTP/1.1 413 Payload Too Large");
    assert!(told.ends_with(r#"{"detail":"the request body is larger than 1048576 bytes"}"#), "{told}");
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let server = Server::with_defaults(good()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\r\n\r\n").await.unwrap();
    assert_eq!(status(&answer(&mut stream).await), "HTTP/1.1 400 Bad Request");
    let mut stream = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: h\r\nx-large: {}\r\n\r\n", "y".repeat(1024 * 1024));
    // The server may be gone before everything is written.
    stream.write_all(head.as_bytes()).await.ok();
    let mut told = Vec::new();
    stream.read_to_end(&mut told).await.ok();
    assert!(!told.starts_with(OK.as_bytes()));
    assert_eq!(status(&ask(&mut server.connect().await, "/health/liveliness").await), OK);
}

#[tokio::test]
async fn beyond_the_limit_connections_wait_for_their_turn() {
    let settings = ServerSettings { max_connections: 2, ..ServerSettings::default() };
    let server = Server::start(settings, good(), Duration::from_secs(30)).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    for stream in [&mut first, &mut second] {
        assert_eq!(status(&ask(stream, "/health/liveliness").await), OK);
    }
    let mut third = server.connect().await;
    third.write_all(b"GET /health/liveliness HTTP/1.1\r\nhost: h\r\n\r\n").await.unwrap();
    assert_eq!(status(&ask(&mut first, "/health").await), OK);
    let early = third.try_read(&mut [0; 1]);
    assert_eq!(early.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(second);
    assert_eq!(status(&answer(&mut third).await), OK);
}

#[tokio::test]
async fn a_stop_lets_requests_finish_and_closes_the_rest() {
    let gate = Gate::closed();
    let server = Server::with_defaults(good().behind(&gate)).await;
    let mut idle = server.connect().await;
    assert_eq!(status(&ask(&mut idle, "/test").await), OK);
    let mut busy = server.connect().await;
    let transport = Arc::clone(&server.daemon.fleet.transport);
    let (told, ()) = tokio::join!(ask(&mut busy, "/health"), async {
        transport.until_in_flight(1).await;
        server.stop.send(()).unwrap();
        assert_eq!(idle.read(&mut [0; 1]).await.unwrap(), 0, "an idle connection is closed at once");
        gate.open();
    });
    assert_eq!(status(&told), OK);
    server.done.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let server = Server::start(ServerSettings::default(), Reply::Hang, Duration::from_secs(7)).await;
    let mut busy = server.connect().await;
    let request = format!("GET /health HTTP/1.1\r\nhost: h\r\nx-api-key: {KEY}\r\n\r\n");
    busy.write_all(request.as_bytes()).await.unwrap();
    server.daemon.fleet.transport.until_in_flight(1).await;
    let start = Instant::now();
    server.stop.send(()).unwrap();
    server.done.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(7));
}
