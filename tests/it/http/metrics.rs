//! `GET /metrics`.

use std::fs;
use std::path::Path;

use crate::support::daemon::{Daemon, KEY, WITH_KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

/// Metrics whose values differ from run to run. Those of the process itself differ from machine to machine too.
const CHANGING: [&str; 5] = [
    "llmhealth_build_info",
    "llmhealth_config_last_success_timestamp_seconds",
    "llmhealth_deployment_check_age_seconds",
    "llmhealth_deployment_latency_seconds",
    "llmhealth_probe_duration_seconds",
];

/// A good deployment with limits, one that refuses connections, and one that was not checked. Its id and a path have
/// characters in them that have to be escaped, or hidden.
async fn daemon(rest: &str) -> Daemon {
    let limited = Reply::json(200, &chat_answer())
        .header("x-ratelimit-remaining-requests", "59")
        .header("x-ratelimit-remaining-tokens", "1999");
    let transport = ScriptedTransport::always(limited);
    transport.on("bad", Reply::Refuse);
    let mut fleet = chat_fleet(&[("a", "good"), ("b\\\"\n", "bad"), ("c", "idle")], rest);
    fleet = fleet.replacen("\"model\":", "\"rpm\": 60, \"tpm\": 2000.5, \"model\":", 1);
    fleet = fleet.replace("http://bad/v1", "http://bad/v1/sk-test-0123456789");
    let daemon = Daemon::new(&fleet, transport);
    for id in ["a", "b%5C%22%0A"] {
        daemon.get_as_admin(&format!("/health?model_id={id}")).await;
    }
    daemon
}

/// The page without what is different in every run.
fn steady(page: &str) -> String {
    let mut lines = String::new();
    for line in page.lines().filter(|line| !line.contains("process_")) {
        let name = line.split(['{', ' ']).next().unwrap();
        let is_changing = CHANGING.iter().any(|changing| name.starts_with(changing));
        match line.rsplit_once(' ') {
            Some((sample, _)) if is_changing && !line.starts_with('#') => {
                let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
                lines.push_str(&sample.replace(&version, "version=\"_\""));
                lines.push_str(" _");
            }
            _ => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}

#[tokio::test]
async fn the_page_is_what_it_was() {
    let daemon = daemon(WITH_KEY).await;
    let answer = daemon.get_as_admin("/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let page = steady(std::str::from_utf8(&answer.body).unwrap());
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/http/metrics.txt");
    assert_eq!(page, fs::read_to_string(golden).unwrap(), "{page}");
}

#[tokio::test]
async fn open_metrics_is_told_by_its_name_and_its_end() {
    let daemon = daemon(WITH_KEY).await;
    let accepted = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4";
    let headers = [("accept", accepted), ("x-litellm-api-key", KEY)];
    let answer = daemon.send(request("GET", "/metrics", &headers)).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let page = std::str::from_utf8(&answer.body).unwrap();
    assert!(page.ends_with("\n# EOF\n"), "{page}");
    assert!(page.contains("# TYPE llmhealth_probes counter\nllmhealth_probes_total{"), "{page}");
}

#[tokio::test]
async fn the_page_needs_a_key_unless_it_is_public() {
    let closed = daemon(WITH_KEY).await;
    assert_eq!(closed.get("/metrics").await.status, 401);

    let public = daemon(&format!("{WITH_KEY}\nllmhealth: {{metrics: {{public: true}}}}\n")).await;
    let answer = public.get("/metrics").await;
    assert_eq!(answer.status, 200);
    let page = std::str::from_utf8(&answer.body).unwrap();
    assert!(page.contains("model_id=\"a\",api_base=\"\",api_provider=\"openai\""), "{page}");
    assert!(!page.contains("good"), "{page}");
}

#[tokio::test]
async fn a_deployment_that_leaves_takes_its_series_along() {
    let daemon = daemon(WITH_KEY).await;
    daemon.fleet.reload(&chat_fleet(&[("c", "idle")], WITH_KEY));
    let answer = daemon.get_as_admin("/metrics").await;
    let page = std::str::from_utf8(&answer.body).unwrap();
    assert!(page.contains("model_id=\"c\""), "{page}");
    assert!(!page.contains("model_id=\"a\""), "{page}");
}
