//! `GET /health` of a large fleet that is watched in the background: how long one answer takes, and what many of them do to
//! liveness.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Daemon;
use super::process::http_get;
use super::report::Row;

/// Requests a second, and for how long.
const RATE: u32 = 500;
const TIME: Duration = Duration::from_secs(5);
/// Clients that share the rate.
const CLIENTS: u32 = 4;

/// Measures a fleet whose deployments have all been probed once.
pub(super) fn rows(upstream: &str, folder: &Path, fleet: usize) -> Vec<Row> {
    let background = "  background_health_checks: true\n  health_check_interval: 3600\n";
    let daemon = Daemon::start_with(folder, &format!("{upstream}/delay/0/v1"), fleet, background);
    let (status, _) = http_get(&daemon.address, "/health?fresh=true", Some(super::KEY));
    assert_eq!(status, 200);
    // What is asked for first is made anew.
    std::thread::sleep(Duration::from_secs(2));
    let made = time(&daemon, "");
    let mut plain: Vec<Duration> = (0..20).map(|_| time(&daemon, "").0).collect();
    plain.sort_unstable();
    let (_, zipped) = time(&daemon, "accept-encoding: gzip\r\n");
    let (liveness, answers) = under_load(&daemon);
    let note =
        format!("{} MB, made in {} ms; gzip: {} kB", made.1 / 1_000_000, made.0.as_millis(), zipped / 1000);
    vec![
        Row::milliseconds(
            &format!("GET /health of {fleet} watched deployments, median"),
            plain[10],
            10.0,
            &note,
        ),
        Row::milliseconds(
            "liveness p99 meanwhile",
            liveness,
            2.0,
            &format!("{answers} gzip answers in {} s", TIME.as_secs()),
        ),
    ]
}

/// How long an answer takes to the last byte, and its size.
fn time(daemon: &Daemon, headers: &str) -> (Duration, usize) {
    let mut stream = TcpStream::connect(&daemon.address).expect("connecting");
    let request = format!(
        "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n{headers}\r\n",
        super::KEY
    );
    let started = Instant::now();
    stream.write_all(request.as_bytes()).expect("sending");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..100]));
    (started.elapsed(), answer.len())
}

/// The 99th percentile of liveness while clients ask at the rate, and how many answers they got.
fn under_load(daemon: &Daemon) -> (Duration, usize) {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| ask_at_rate(daemon, &is_over))).collect();
        let started = Instant::now();
        let mut times = Vec::new();
        while started.elapsed() < TIME {
            let asked = Instant::now();
            let (status, _) = http_get(&daemon.address, "/health/liveliness", None);
            assert_eq!(status, 200);
            times.push(asked.elapsed());
            std::thread::sleep(Duration::from_millis(5));
        }
        is_over.store(true, Ordering::Relaxed);
        let answers = clients.into_iter().map(|client| client.join().expect("a client")).sum();
        times.sort_unstable();
        (times[times.len() * 99 / 100], answers)
    })
}

fn ask_at_rate(daemon: &Daemon, is_over: &AtomicBool) -> usize {
    let pause = Duration::from_secs(1) * CLIENTS / RATE;
    let started = Instant::now();
    let mut answers = 0;
    while !is_over.load(Ordering::Relaxed) {
        time(daemon, "accept-encoding: gzip\r\n");
        answers += 1;
        let due = pause * u32::try_from(answers).expect("few answers");
        std::thread::sleep(due.saturating_sub(started.elapsed()));
    }
    answers
}
