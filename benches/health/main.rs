//! How fast and how light a health check of a large fleet is, beside a bare `reqwest` loop.
//!
//! `cargo bench --bench health` starts three kinds of process, so that none pays for another: a mock
//! upstream, a client that sends the same requests in a plain bounded loop (the floor), and the
//! daemon itself. Wall time and CPU time of floor and daemon come from the same run, and the ratio is
//! what counts. Linux only: CPU time and memory are read from `/proc`.
//!
//! `cargo bench --bench health -- quick` runs a tenth of the fleet, `-- cached` only what background checks have found.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that can't go on has nobody to tell but its terminal"
)]

mod bare;
mod cached;
mod mock;
mod process;
mod report;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use process::{Child, http_get};
use report::Row;

/// Probes in flight, for floor and daemon alike.
const CONCURRENCY: usize = 100;
/// The master key of the daemon under test.
const KEY: &str = "sk-bench";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["mock"] => mock::run(),
        ["bare", base, requests, concurrency] => {
            bare::run(base, requests.parse().expect("requests"), concurrency.parse().expect("concurrency"));
        }
        ["quick"] => bench(10),
        ["cached"] => with_upstream(|upstream, folder| cached::rows(upstream, folder, 10_000)),
        _ => bench(1),
    }
}

/// Runs everything with fleets divided by `scale` and prints the table.
fn bench(scale: usize) {
    with_upstream(|upstream, folder| {
        let mut rows = vec![wall_time(upstream, folder, 1_000 / scale)];
        rows.extend(cpu_and_liveness(upstream, folder, 10_000 / scale));
        rows.extend(cached::rows(upstream, folder, 10_000 / scale));
        rows.push(idle_memory(upstream, folder));
        rows.push(binary_size());
        rows
    });
}

/// Starts the mock upstream, measures, and prints the table.
fn with_upstream(measure: impl FnOnce(&str, &std::path::Path) -> Vec<Row>) {
    let mock = Child::this("mock", &[]);
    let folder = std::env::temp_dir().join(format!("llmhealth-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    report::print(&measure(&mock.first_line(), &folder));
    std::fs::remove_dir_all(&folder).expect("removing the temporary folder");
}

/// On-demand `GET /health` with a slow upstream: wall time against the bare loop.
fn wall_time(upstream: &str, folder: &std::path::Path, fleet: usize) -> Row {
    let base = format!("{upstream}/delay/50/v1");
    let floor = bare::spawn(&base, fleet, CONCURRENCY);
    let daemon = Daemon::start(folder, &base, fleet);
    daemon.health();
    let started = Instant::now();
    daemon.health();
    let wall = started.elapsed();
    Row::ratio(
        &format!("wall, {fleet} deployments, upstream 50 ms"),
        wall.as_secs_f64() / floor.wall.as_secs_f64(),
        1.05,
        &format!("{:.3} s against {:.3} s", wall.as_secs_f64(), floor.wall.as_secs_f64()),
    )
}

/// A large fleet with an upstream that answers at once: CPU per probe, memory, start, and how
/// long liveness takes meanwhile.
fn cpu_and_liveness(upstream: &str, folder: &std::path::Path, fleet: usize) -> Vec<Row> {
    let base = format!("{upstream}/delay/0/v1");
    let floor = bare::spawn(&base, fleet, CONCURRENCY);
    let started = Instant::now();
    let daemon = Daemon::start(folder, &base, fleet);
    let ready = started.elapsed();
    daemon.health();
    let after = daemon.process.memory();

    let before = daemon.process.cpu();
    daemon.health();
    let per_probe =
        daemon.process.cpu().saturating_sub(before) / u32::try_from(fleet).expect("a small fleet");
    let floor_per_probe = floor.cpu / u32::try_from(fleet).expect("a small fleet");

    let liveness = daemon.liveness_while_probing();
    vec![
        Row::ratio(
            &format!("CPU per probe, {fleet} deployments"),
            per_probe.as_secs_f64() / floor_per_probe.as_secs_f64(),
            1.3,
            &format!("{} us against {} us", per_probe.as_micros(), floor_per_probe.as_micros()),
        ),
        Row::milliseconds("/health/liveliness p99 meanwhile", liveness, 2.0, ""),
        Row::milliseconds(&format!("start to ready, {fleet} deployments"), ready, 100.0, ""),
        Row::megabytes(&format!("resident after probing {fleet}"), after, 60.0),
    ]
}

fn idle_memory(upstream: &str, folder: &std::path::Path) -> Row {
    let daemon = Daemon::start(folder, &format!("{upstream}/delay/0/v1"), 10);
    Row::megabytes("resident, idle, 10 deployments", daemon.process.memory(), 12.0)
}

fn binary_size() -> Row {
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_llmhealth")).expect("the binary").len();
    Row::megabytes("release binary", size, 15.0)
}

/// A daemon that serves a fleet.
struct Daemon {
    process: Child,
    address: String,
}

impl Daemon {
    /// Returns when the daemon has printed where it listens and says that it is ready.
    fn start(folder: &std::path::Path, base: &str, fleet: usize) -> Self {
        Self::start_with(folder, base, fleet, "")
    }

    /// The same with more of `general_settings`.
    fn start_with(folder: &std::path::Path, base: &str, fleet: usize, general: &str) -> Self {
        let config = write_config(folder, base, fleet, general);
        let process = Child::llmhealth(&[
            "serve",
            config.to_str().expect("a path in UTF-8"),
            "--host",
            "127.0.0.1",
            "--port",
            "0",
        ]);
        let line = process.first_line();
        let address = line.split("http://").nth(1).expect("the address").trim_end().to_owned();
        while http_get(&address, "/health/readiness", None).0 != 200 {}
        Self { process, address }
    }

    /// Checks the whole fleet once.
    fn health(&self) {
        let (status, body) = http_get(&self.address, "/health", Some(KEY));
        assert_eq!(status, 200);
        assert!(
            body.contains("\"unhealthy_count\":0"),
            "every deployment should be healthy: {}",
            &body[..200]
        );
    }

    /// The 99th percentile of liveness while fan-outs run one after another.
    fn liveness_while_probing(&self) -> Duration {
        std::thread::scope(|scope| {
            let fan_outs = scope.spawn(|| (0..3).for_each(|_| self.health()));
            let mut times = Vec::new();
            while !fan_outs.is_finished() {
                let started = Instant::now();
                let (status, _) = http_get(&self.address, "/health/liveliness", None);
                assert_eq!(status, 200);
                times.push(started.elapsed());
            }
            times.sort_unstable();
            times[times.len() * 99 / 100]
        })
    }
}

fn write_config(folder: &std::path::Path, base: &str, fleet: usize, general: &str) -> PathBuf {
    use std::fmt::Write;
    let mut text = format!(
        "general_settings:\n  master_key: {KEY}\n  health_check_concurrency: {CONCURRENCY}\n{general}\
         llmhealth:\n  probe:\n    per_host: {CONCURRENCY}\nmodel_list:\n"
    );
    for number in 0..fleet {
        write!(
            text,
            "  - model_name: model-{number}\n    litellm_params:\n      model: openai/gpt-4o-mini\n      \
             api_base: {base}\n      api_key: sk-{number:08}\n"
        )
        .expect("writing to a string");
    }
    let path = folder.join(format!("{fleet}.yaml"));
    std::fs::write(&path, text).expect("writing the config");
    path
}
