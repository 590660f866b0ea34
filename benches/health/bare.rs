//! The floor: the same requests in a plain loop over `reqwest`, with as many in flight.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::process::{Child, own_cpu};

/// What the bare loop took.
pub(crate) struct Floor {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

/// Runs the loop in a process of its own.
pub(crate) fn spawn(base: &str, requests: usize, concurrency: usize) -> Floor {
    let child = Child::this("bare", &[base, &requests.to_string(), &concurrency.to_string()]);
    let line = child.first_line();
    let mut micros = line.split_whitespace().map(|number| number.parse().expect("microseconds"));
    let mut next = || Duration::from_micros(micros.next().expect("two numbers"));
    Floor { wall: next(), cpu: next() }
}

/// Sends all requests twice, the first time to warm up, and prints wall and CPU microseconds.
#[tokio::main]
pub(crate) async fn run(base: &str, requests: usize, concurrency: usize) {
    rustls::crypto::ring::default_provider().install_default().expect("the first provider");
    let client = reqwest::Client::builder().build().expect("a client");
    send_all(&client, base, requests, concurrency).await;
    let (started, cpu) = (Instant::now(), own_cpu());
    send_all(&client, base, requests, concurrency).await;
    println!("{} {}", started.elapsed().as_micros(), own_cpu().saturating_sub(cpu).as_micros());
}

async fn send_all(client: &reqwest::Client, base: &str, requests: usize, concurrency: usize) {
    let url = format!("{base}/chat/completions");
    stream::iter(0..requests)
        .for_each_concurrent(concurrency, |number| {
            let body = json!({
                "model": "gpt-4o-mini",
                "messages": [{"role": "user", "content": "What's 1 + 1?"}],
                "max_tokens": 16,
            });
            let request = client
                .post(&url)
                .bearer_auth(format!("sk-{number:08}"))
                .header("content-type", "application/json")
                .body(body.to_string());
            async move {
                let response = request.send().await.expect("an answer");
                assert!(response.status().is_success());
                let body = response.bytes().await.expect("a body");
                let answer: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
                assert!(answer["choices"].is_array());
            }
        })
        .await;
}
