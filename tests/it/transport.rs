//! The real transport against servers on loopback.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::USER_AGENT;
use http::{HeaderMap, Method};
use llmhealth::domain::{SignedRequest, WireResponse};
use llmhealth::transport::{BODY_LIMIT, HttpTransport, Transport, TransportError};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, accept_async};
use url::Url;

use crate::support::loopback::{Authority, accepting, canned, canned_tls, json_reply, listen, read_request};

fn get(url: &str) -> SignedRequest {
    SignedRequest {
        method: Method::GET,
        url: Url::parse(url).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        credential: None,
        verify_tls: true,
    }
}

fn post(url: &str, body: &'static str) -> SignedRequest {
    SignedRequest { method: Method::POST, body: Bytes::from_static(body.as_bytes()), ..get(url) }
}

/// A transport that needs no roots of the operating system.
fn transport(authority: &Authority) -> HttpTransport {
    HttpTransport::with_extra_roots([authority.root()]).unwrap()
}

async fn error_of(url: &str) -> TransportError {
    transport(&Authority::new("ours")).send(get(url)).await.unwrap_err()
}

#[tokio::test]
async fn a_request_and_its_answer_come_through_whole() {
    let (address, mut requests) = canned(json_reply(201, "x-request-id: r1\r\n", "{\"ok\":true}")).await;
    let transport = transport(&Authority::new("ours"));
    let answer = transport.send(post(&format!("http://{address}/v1/x?a=b"), "{\"q\":1}")).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (201, &b"{\"ok\":true}"[..]));
    assert_eq!(answer.header("x-request-id"), Some("r1"));
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST /v1/x?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"q\":1}"), "{request}");
    let agent = format!("{USER_AGENT}: llmhealth/{}", env!("CARGO_PKG_VERSION"));
    assert!(request.contains(&agent), "{request}");
    assert!(requests.try_recv().is_err(), "one request only");
}

#[tokio::test]
async fn errors_and_redirects_are_answers() {
    let transport = transport(&Authority::new("ours"));
    for status in [302, 404, 429, 500, 503] {
        let reply = json_reply(status, "location: /elsewhere\r\nretry-after: 0\r\n", "{}");
        let (address, mut requests) = canned(reply).await;
        let answer = transport.send(get(&format!("http://{address}/v1"))).await.unwrap();
        assert_eq!(answer.status, status);
        requests.recv().await.unwrap();
        assert!(requests.try_recv().is_err(), "{status} was asked for again");
    }
}

#[tokio::test]
async fn a_closed_port_is_refused() {
    let (listener, address) = listen().await;
    drop(listener);
    let error = error_of(&format!("http://{address}/v1?key=secret")).await;
    assert_eq!(error.to_string(), format!("cannot connect to {address}: connection refused"));
    assert!(error.hint().unwrap().contains("listens on this port"));
}

#[tokio::test]
async fn an_unknown_host_is_told_as_such() {
    // A label of more than 63 characters is refused by the resolver itself: nothing is asked of a server.
    let host = format!("{}.invalid", "a".repeat(70));
    for scheme in ["http", "ws"] {
        let error = error_of(&format!("{scheme}://{host}/v1")).await;
        assert_eq!(error.to_string(), format!("cannot connect to {host}:80: host not found"));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_no_answer() {
    let (address, mut sockets) = accepting().await;
    let server = tokio::spawn(async move {
        let mut socket = sockets.recv().await.unwrap();
        read_request(&mut socket).await;
        socket.set_zero_linger().unwrap();
        drop(socket);
        sockets
    });
    let error = error_of(&format!("http://{address}/v1?key=secret")).await;
    assert_eq!(
        error.to_string(),
        format!("the connection to {address} broke: connection reset by the server")
    );
    assert!(server.await.unwrap().try_recv().is_err(), "no second attempt");
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_no_answer() {
    let (address, _requests) = canned("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":").await;
    let error = error_of(&format!("http://{address}/v1")).await;
    assert!(matches!(error, TransportError::Broken { .. }), "{error}");
}

#[tokio::test]
async fn garbage_is_no_answer() {
    let (address, _requests) = canned("SSH-2.0-OpenSSH_9.6\r\n").await;
    let error = error_of(&format!("http://{address}/v1")).await;
    assert!(matches!(error, TransportError::Broken { .. }), "{error}");
    assert!(error.to_string().starts_with(&format!("the connection to {address} broke: ")), "{error}");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let (address, mut sockets) = accepting().await;
    tokio::spawn(async move {
        let mut socket = sockets.recv().await.unwrap();
        read_request(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok();
        while socket.write_all(&[b'x'; 8 * 1024]).await.is_ok() {}
    });
    let error = error_of(&format!("http://{address}/v1")).await;
    assert!(matches!(error, TransportError::TooLarge { limit: BODY_LIMIT, .. }), "{error}");
}

#[tokio::test]
async fn certificates_are_verified_and_faults_are_told_apart() {
    let authority = Authority::new("ours");
    let transport = transport(&authority);
    let ask = async |identity| {
        let address = canned_tls("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", identity).await;
        let url = format!("https://localhost:{}/v1", address.port());
        let outcome = transport.send(get(&url)).await;
        let blindly = transport.send(SignedRequest { verify_tls: false, ..get(&url) }).await;
        assert_eq!(blindly.unwrap().status, 200, "ssl_verify: false takes any certificate");
        let connected = transport.connect(&Url::parse(&url).unwrap(), true).await;
        assert_eq!(outcome.is_ok(), connected.is_ok());
        outcome.map(|answer| answer.status).map_err(|error| {
            assert!(error.hint().is_some(), "{error}");
            error.to_string().split_once(": ").unwrap().1.to_owned()
        })
    };
    assert_eq!(ask(authority.issue("localhost", 2999)).await, Ok(200));
    assert_eq!(
        ask(Authority::new("theirs").issue("localhost", 2999)).await,
        Err("TLS: the certificate is from an unknown issuer".to_owned())
    );
    assert_eq!(
        ask(authority.issue("localhost", 2001)).await,
        Err("TLS: the certificate has expired".to_owned())
    );
    assert_eq!(
        ask(authority.issue("other.example", 2999)).await,
        Err("TLS: the certificate is for another host name".to_owned())
    );
}

#[tokio::test]
async fn plain_http_behind_https_is_told_as_such() {
    let (address, mut sockets) = accepting().await;
    tokio::spawn(async move {
        let mut socket = sockets.recv().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
    });
    let error = error_of(&format!("https://{address}/v1")).await;
    assert_eq!(error.to_string(), format!("cannot connect to {address}: TLS: the server does not speak TLS"));
}

/// Opens a session with a server that does this, and says something first if there is something to say.
async fn greeted<F: Future<Output = ()> + Send + 'static>(
    said: &'static str,
    serve: impl FnOnce(WebSocketStream<TcpStream>) -> F + Send + 'static,
) -> Result<WireResponse, TransportError> {
    let (address, mut sockets) = accepting().await;
    tokio::spawn(async move { serve(accept_async(sockets.recv().await.unwrap()).await.unwrap()).await });
    let mut request = get(&format!("ws://{address}/v1/realtime"));
    request.body = Bytes::from_static(said.as_bytes());
    transport(&Authority::new("ours")).send(request).await
}

#[tokio::test]
async fn the_first_message_of_a_websocket_session_is_the_answer() {
    let answer = greeted("", async |mut socket| {
        socket.send(Message::Ping(Bytes::from_static(b"?"))).await.unwrap();
        socket.send(Message::text("hello")).await.unwrap();
        while socket.next().await.is_some_and(|message| message.is_ok()) {}
    });
    let answer = answer.await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (101, &b"hello"[..]));
}

#[tokio::test]
async fn what_is_to_be_said_first_is_said() {
    let answer = greeted(r#"{"setup":{}}"#, async |mut socket| {
        let heard = socket.next().await.unwrap().unwrap();
        socket.send(Message::binary(heard.into_text().unwrap().to_uppercase())).await.unwrap();
        while socket.next().await.is_some_and(|message| message.is_ok()) {}
    });
    assert_eq!(&answer.await.unwrap().body[..], br#"{"SETUP":{}}"#);
}

#[tokio::test]
async fn a_session_that_is_closed_at_once_tells_why() {
    let closed = greeted("", async |mut socket| {
        let frame = CloseFrame { code: CloseCode::Policy, reason: "API key not valid".into() };
        socket.close(Some(frame)).await.unwrap();
        while socket.next().await.is_some_and(|message| message.is_ok()) {}
    });
    let error = closed.await.unwrap_err().to_string();
    assert!(error.ends_with("closed the session at once: API key not valid (close code 1008)"), "{error}");

    let silent = greeted("", async |mut socket| socket.close(None).await.unwrap());
    let error = silent.await.unwrap_err().to_string();
    assert!(error.ends_with("closed the session at once: no reason given"), "{error}");
}

#[tokio::test]
async fn a_first_message_without_end_is_not_read() {
    let endless = greeted("", async |mut socket| {
        socket.send(Message::text("x".repeat(1024 * 1024 + 1))).await.ok();
    });
    assert!(matches!(endless.await, Err(TransportError::TooLarge { limit: 1_048_576, .. })));
}

#[tokio::test]
async fn a_refused_websocket_handshake_is_an_answer_too() {
    let (address, mut requests) = canned(json_reply(401, "", "{\"error\":{\"message\":\"no\"}}")).await;
    let mut request = get(&format!("ws://{address}/v1/realtime?model=m"));
    request.headers.insert("authorization", "Bearer k".parse().unwrap());
    let answer = transport(&Authority::new("ours")).send(request).await.unwrap();
    assert_eq!(answer.status, 401);
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("GET /v1/realtime?model=m HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer k\r\n"), "{request}");
}
