//! `demo`: the whole product in one command.

use serde_json::Value;

use super::ConfigFile;
use super::process::{Daemon, run};

/// What the tour has to show, by the name of the deployment.
const VERDICTS: [(&str, &str); 12] = [
    ("claude", "up"),
    ("embeddings", "up"),
    ("transcription", "up"),
    ("slow", "degraded"),
    ("hanging", "down"),
    ("rate-limited", "rate_limited"),
    ("wrong-key", "misconfigured"),
    ("unset-variable", "misconfigured"),
    ("failing", "down"),
    ("garbage", "down"),
    ("refused", "down"),
    ("unknown-certificate", "down"),
];

#[tokio::test]
async fn a_tour_without_any_account() {
    let mut demo = Daemon::start(&["demo"]).await;
    let tour = demo.printed_until("Ctrl-C ends it.").await;
    for (name, verdict) in VERDICTS {
        let row = tour.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
        assert_eq!(row.and_then(|line| line.split_whitespace().next()), Some(verdict), "{name} in {tour}");
    }
    assert!(tour.contains("HTTP 401: Incorrect API key provided: [redacted]"), "{tour}");
    assert!(!tour.contains("sk-mock"), "{tour}");

    let key = tour.split("The master key is ").nth(1).unwrap().split(". ").next().unwrap();
    let health = run(&["health", "--url", &demo.url(), "--key", key]).await;
    assert_eq!(health.code, 1);
    assert!(health.stdout.contains("9 healthy, 10 unhealthy"), "{}", health.stdout);
    demo.signal("INT").await;
    // A verdict is no error of the daemon's: leaving is the first thing that it logs.
    assert!(demo.logged("").await.contains("stopping"));
    assert_eq!(demo.exit().await, 0);
}

#[tokio::test]
async fn the_configuration_can_be_used_while_the_demo_runs() {
    let demo = Daemon::start(&["demo", "--print-config"]).await;
    let config = ConfigFile::new(&demo.preface);
    let done = run(&["check", &config.path(), "--model", "chat", "--format", "json"]).await;
    let body: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &body["healthy_count"]), (0, &Value::from(2)), "{}", done.stdout);
    // Ends also while it shows the way.
    demo.signal("TERM").await;
    assert_eq!(demo.exit().await, 0);
}
