//! The upstream: answers every chat completion after 50 ms, and notes who asked when.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

const ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"2"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":1,"total_tokens":13}}"#;
const DELAY: Duration = Duration::from_millis(50);

/// The number of each deployment that asked, and when.
type Arrivals = Arc<Mutex<Vec<(u32, Duration)>>>;

/// Serves on a free port, prints its URL, and never returns.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let (start, arrivals) = (Instant::now(), Arrivals::default());
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a TCP socket");
        let arrivals = Arc::clone(&arrivals);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, start, Arc::clone(&arrivals)));
            // An error here is a client that went away.
            drop(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    start: Instant,
    arrivals: Arrivals,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = match request.uri().path() {
        "/arrivals" => Bytes::from(told(&arrivals)),
        "/forget" => {
            arrivals.lock().expect("no panic before").clear();
            Bytes::new()
        }
        _ => {
            let key = request.headers().get("authorization").and_then(|value| value.to_str().ok());
            let number = key.and_then(|key| key.rsplit('-').next()?.parse().ok()).expect("a numbered key");
            arrivals.lock().expect("no panic before").push((number, start.elapsed()));
            drop(request.into_body().collect().await);
            tokio::time::sleep(DELAY).await;
            Bytes::from_static(ANSWER.as_bytes())
        }
    };
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    Ok(response)
}

fn told(arrivals: &Arrivals) -> String {
    let mut text = String::new();
    for (number, at) in &*arrivals.lock().expect("no panic before") {
        writeln!(text, "{number} {}", at.as_micros()).expect("writing to a string");
    }
    text
}
