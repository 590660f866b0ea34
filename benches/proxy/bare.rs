//! The floor: what a call costs that is taken by axum and sent on by `reqwest`, and nothing else.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;

/// Serves on a free port, prints its address, and never returns.
#[tokio::main]
pub(crate) async fn run(upstream: &str) {
    rustls::crypto::ring::default_provider().install_default().expect("the first provider");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    let state = (reqwest::Client::new(), format!("http://{upstream}/v1/chat/completions"));
    let router = Router::new().route("/v1/chat/completions", post(pass_on)).with_state(state);
    axum::serve(listener, router).await.expect("serving");
}

async fn pass_on(State((client, url)): State<(reqwest::Client, String)>, body: Bytes) -> Response {
    let request =
        client.post(&url).bearer_auth("sk-bench-0123456789").header("content-type", "application/json");
    let answer = request.body(body).send().await.expect("an answer");
    let status = answer.status();
    let content_type = answer.headers()["content-type"].clone();
    let body = answer.bytes().await.expect("a body");
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(Body::from(body))
        .expect("a response")
}
