//! What the proxy adds to a call, beside the same call straight to the upstream and beside a bare pass-through.
//!
//! `cargo bench --bench proxy` starts three kinds of process, so that none pays for another: a mock upstream, a plain
//! axum and `reqwest` pass-through (the floor of CPU time), and the daemon itself. One client asks all of them the same in
//! the same run. Linux only: CPU time and memory are read from `/proc`.
//!
//! `cargo bench --bench proxy -- quick` sends a tenth of the requests.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that can't go on has nobody to tell but its terminal"
)]

mod bare;
mod client;
mod mock;
#[path = "../health/process.rs"]
#[expect(dead_code, reason = "no process looks at its own CPU time here")]
mod process;
#[path = "../health/report.rs"]
mod report;

use std::path::Path;

use client::{Connection, Load};
use process::{Child, http_get};
use report::Row;

/// Connections of the client, where it asks as fast as it gets answers.
const CONNECTIONS: usize = 16;
/// Requests per second, where it does not.
const RATE: usize = 1_000;
/// Streams that are open at the same time.
const STREAMS: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["mock"] => mock::run(),
        ["bare", upstream] => bare::run(upstream),
        ["quick"] => bench(10),
        _ => bench(1),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn bench(scale: usize) {
    let mock = Child::this("mock", &[]);
    let upstream = mock.first_line();
    let bare = Child::this("bare", &[&upstream]);
    let folder = std::env::temp_dir().join(format!("llmhealth-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let daemon = Daemon::start(&folder, &upstream);
    let places = Places { direct: upstream, bare: bare.first_line(), proxied: daemon.address.clone() };

    let mut rows = Vec::new();
    rows.extend(latency(&places, 20_000 / scale).await);
    rows.extend(throughput(&places, &bare, &daemon.process, 200_000 / scale).await);
    rows.push(first_byte(&places, 5_000 / scale).await);
    rows.push(open_streams(&places, &daemon.process).await);
    report::print(&rows);

    std::fs::remove_dir_all(&folder).expect("removing the temporary folder");
}

/// Where the client can ask.
struct Places {
    direct: String,
    bare: String,
    proxied: String,
}

/// At a steady rate: what is added to half of the calls, and to all but one in a hundred.
async fn latency(places: &Places, requests: usize) -> Vec<Row> {
    let load = Load { connections: CONNECTIONS, requests, rate: Some(RATE) };
    let direct = load.run(&places.direct).await;
    let proxied = load.run(&places.proxied).await;
    let bare = load.run(&places.bare).await;
    let row = |percent: usize, most: f64| {
        let [direct, proxied, bare] = [&direct, &proxied, &bare].map(|times| times.percentile(percent));
        let what = format!("added latency, {RATE} requests/s, p{percent}");
        let note = format!("{proxied:?} against {direct:?}; bare pass-through {bare:?}");
        Row::milliseconds(&what, proxied.saturating_sub(direct), most, &note)
    };
    vec![row(50, 0.15), row(99, 1.0)]
}

/// As fast as answers come: calls per second, and CPU time per call.
async fn throughput(places: &Places, bare: &Child, daemon: &Child, requests: usize) -> Vec<Row> {
    let load = Load { connections: CONNECTIONS, requests, rate: None };
    let direct = load.run(&places.direct).await;
    let cpu = bare.cpu();
    let through_bare = load.run(&places.bare).await;
    let bare_cpu = bare.cpu().saturating_sub(cpu) / count(requests);
    let cpu = daemon.cpu();
    let proxied = load.run(&places.proxied).await;
    let daemon_cpu = daemon.cpu().saturating_sub(cpu) / count(requests);
    let [direct, through_bare, proxied] =
        [direct, through_bare, proxied].map(|times| times.per_second(requests));
    vec![
        Row::ratio(
            "CPU per call against a bare pass-through",
            daemon_cpu.as_secs_f64() / bare_cpu.as_secs_f64(),
            1.25,
            &format!("{daemon_cpu:?} against {bare_cpu:?}"),
        ),
        Row::ratio(
            &format!("time per call against direct, {CONNECTIONS} connections"),
            direct / proxied,
            1.0 / 0.3,
            &format!("{proxied:.0}/s against {direct:.0}/s; bare pass-through {through_bare:.0}/s"),
        ),
    ]
}

/// One stream after the other: what is added to the time to its first piece.
async fn first_byte(places: &Places, streams: usize) -> Row {
    let direct = client::first_bytes(&places.direct, streams).await.percentile(50);
    let proxied = client::first_bytes(&places.proxied, streams).await.percentile(50);
    let note = format!("{proxied:?} against {direct:?}");
    Row::milliseconds("first streamed byte added, p50", proxied.saturating_sub(direct), 0.3, &note)
}

/// Many streams at the same time, each with its first piece there and its second one to come.
async fn open_streams(places: &Places, daemon: &Child) -> Row {
    let before = daemon.memory();
    let mut open = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        let mut connection = Connection::open(&places.proxied).await;
        connection.begin_stream(client::HELD).await;
        open.push(connection);
    }
    let held = daemon.memory().saturating_sub(before);
    Row::megabytes(&format!("{STREAMS} open streams"), held, 40.0)
}

fn count(requests: usize) -> u32 {
    u32::try_from(requests).expect("a small number")
}

/// A daemon in front of the mock.
struct Daemon {
    process: Child,
    address: String,
}

impl Daemon {
    fn start(folder: &Path, upstream: &str) -> Self {
        let config = folder.join("config.yaml");
        let text = format!(
            "model_list:\n  - model_name: m\n    litellm_params:\n      model: openai/gpt-4o-mini\n      \
             api_base: http://{upstream}/v1\n      api_key: sk-bench-0123456789\n"
        );
        std::fs::write(&config, text).expect("writing the config");
        let path = config.to_str().expect("a path in UTF-8");
        let process = Child::llmhealth(&["serve", path, "--host", "127.0.0.1", "--port", "0"]);
        let line = process.first_line();
        let address = line.split("http://").nth(1).expect("the address").trim_end().to_owned();
        while http_get(&address, "/health/readiness", None).0 != 200 {}
        Self { process, address }
    }
}
