//! How punctual and how light the background schedule of a very large fleet is.
//!
//! `cargo bench --bench schedule` watches 100,000 deployments at an interval of a minute, with an upstream that takes 50 ms,
//! for three minutes. The upstream notes when each probe arrives; when it was due follows from the deployment's id. CPU time is
//! set against that of a plain `reqwest` loop. Linux only: CPU time and memory are read from `/proc`.
//!
//! `cargo bench --bench schedule -- quick` watches a tenth of the fleet.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that can't go on has nobody to tell but its terminal"
)]

#[path = "../health/bare.rs"]
#[expect(dead_code, reason = "the other benchmark looks at its wall time too")]
mod bare;
mod mock;
#[path = "../health/process.rs"]
mod process;
mod punctuality;

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use process::{Child, http_get};

/// From one probe of a deployment to the next.
const INTERVAL: Duration = Duration::from_mins(1);
/// Probes in flight at most; at 1,667 a second that take 50 ms, 84 are on average.
const CONCURRENCY: usize = 400;
/// Requests of the bare loop, which has as many in flight as the schedule has on average.
const BARE: (usize, usize) = (20_000, 84);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["mock"] => mock::run(),
        ["bare", base, requests, concurrency] => {
            bare::run(base, requests.parse().expect("requests"), concurrency.parse().expect("concurrency"));
        }
        ["quick"] => bench(10_000),
        _ => bench(100_000),
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn bench(fleet: usize) {
    let mock = Child::this("mock", &[]);
    let upstream = mock.first_line();
    let base = format!("{upstream}/v1");
    let floor = bare::spawn(&base, BARE.0, BARE.1);
    let floor = floor.cpu.as_secs_f64() / BARE.0 as f64;

    let folder = std::env::temp_dir().join(format!("llmhealth-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let config = write_config(&folder, &base, fleet);
    let arguments = ["serve", config.to_str().expect("UTF-8"), "--host", "127.0.0.1", "--port", "0"];
    let daemon = Child::llmhealth(&arguments);

    let address = upstream.trim_start_matches("http://");
    // The first turns, and the growth of memory that they bring.
    sleep(INTERVAL + Duration::from_secs(5));
    let (cpu, _) = (daemon.cpu(), http_get(address, "/forget", None));
    sleep(2 * INTERVAL);
    let cpu = (daemon.cpu().saturating_sub(cpu) / 2).as_secs_f64();
    let memory = daemon.memory();
    let (_, arrivals) = http_get(address, "/arrivals", None);
    drop(daemon);
    std::fs::remove_dir_all(&folder).expect("removing the temporary folder");

    let found = punctuality::of(&arrivals, fleet, INTERVAL);
    let beyond = (cpu - floor * fleet as f64) / INTERVAL.as_secs_f64();
    println!("| what | measured | goal |\n|---|---|---|");
    println!("| probes of {fleet} deployments in two intervals | {} | {} |", found.probes, 2 * fleet);
    println!("| started within 1 s of their due time | {:.3} % | 99.9 % |", found.within_a_second * 100.0);
    println!("| 99.9th percentile of the delay | {:.1} ms | 1000 ms |", found.delay.as_secs_f64() * 1e3);
    println!("| CPU beyond the bare loop, of one core | {:.1} % | 15 % |", beyond * 100.0);
    println!("| CPU per probe | {:.0} us | ({:.0} us bare) |", cpu / fleet as f64 * 1e6, floor * 1e6);
    println!("| resident memory per deployment, all included | {} B | 2048 B |", memory / fleet as u64);
}

fn write_config(folder: &Path, base: &str, fleet: usize) -> PathBuf {
    use std::fmt::Write;
    let mut text = format!(
        "general_settings:\n  background_health_checks: true\n  health_check_interval: {}\n  \
         health_check_concurrency: {CONCURRENCY}\nllmhealth:\n  probe:\n    per_host: {CONCURRENCY}\nmodel_list:\n",
        INTERVAL.as_secs()
    );
    for number in 0..fleet {
        write!(
            text,
            "  - model_name: model-{number}\n    litellm_params:\n      model: openai/gpt-4o-mini\n      \
             api_base: {base}\n      api_key: sk-{number:08}\n    model_info: {{id: {}}}\n",
            punctuality::id(number)
        )
        .expect("writing to a string");
    }
    let path = folder.join("config.yaml");
    std::fs::write(&path, text).expect("writing the config");
    path
}
