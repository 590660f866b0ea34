//! Probes that clients' calls make needless.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use llmhealth::state::Condition;
use serde_json::json;
use tokio::time::sleep;

use crate::support::daemon::{Daemon, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

const MINUTELY: &str = "general_settings: {background_health_checks: true, health_check_interval: 60}";
const PASSIVE: &str = "\nllmhealth: {probe: {passive: true}}";

/// A daemon that probes every minute, and clients that call.
struct Line {
    daemon: Daemon,
    transport: Arc<ScriptedTransport>,
    calls: usize,
}

impl Line {
    async fn start(rest: &str, reply: Reply) -> Self {
        let transport = ScriptedTransport::always(reply);
        let yaml = chat_fleet(&[("a", "one")], &format!("{MINUTELY}{rest}"));
        let daemon = Daemon::new(&yaml, Arc::clone(&transport));
        daemon.fleet.checker.watch();
        sleep(Duration::from_secs(2)).await;
        assert_eq!(transport.count(), 1, "the first probe");
        Self { daemon, transport, calls: 0 }
    }

    async fn call(&mut self) -> u16 {
        let mut request = request("POST", "/chat/completions", &[]);
        *request.body_mut() = Body::from(json!({"model": "a", "messages": []}).to_string());
        self.calls += 1;
        self.daemon.send(request).await.status
    }

    async fn call_every(&mut self, seconds: u64, times: usize) {
        for _ in 0..times {
            sleep(Duration::from_secs(seconds)).await;
            self.call().await;
        }
    }

    /// How many probes there were.
    fn probes(&self) -> usize {
        self.transport.count() - self.calls
    }
}

fn good() -> Reply {
    Reply::json(200, &chat_answer())
}

#[tokio::test(start_paused = true)]
async fn steady_traffic_spares_all_probes_and_its_end_brings_them_back() {
    let mut line = Line::start(PASSIVE, good()).await;
    line.call().await;
    line.call_every(20, 90).await;
    assert_eq!(line.probes(), 1, "in half an hour");
    sleep(Duration::from_secs(59)).await;
    assert_eq!(line.probes(), 1, "within the interval");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(line.probes(), 2, "an interval after the last call");
    sleep(Duration::from_secs(28)).await;
    assert_eq!(line.probes(), 2, "the next turn is not close to it");
    sleep(Duration::from_mins(10)).await;
    assert!((11..=12).contains(&line.probes()), "{}", line.probes());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_spared_unless_the_settings_say_so() {
    let mut line = Line::start("", good()).await;
    line.call_every(20, 30).await;
    assert!((10..=12).contains(&line.probes()), "{}", line.probes());
}

#[tokio::test(start_paused = true)]
async fn traffic_that_fails_spares_nothing_and_counts_into_the_condition() {
    let mut line = Line::start(PASSIVE, good()).await;
    line.transport.on("one/", Reply::text(500, "{}"));
    for _ in 0..2 {
        assert_eq!(line.call().await, 500);
    }
    let standing = || line.daemon.fleet.board.get("a").unwrap();
    assert_eq!((standing().condition, standing().consecutive_failures), (Condition::Healthy, 2));
    sleep(Duration::from_mins(2)).await;
    assert!(line.probes() >= 2);
    assert_eq!(standing().condition, Condition::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn a_clients_fault_changes_nothing() {
    let mut line = Line::start(PASSIVE, good()).await;
    let before = line.daemon.fleet.board.get("a");
    for (status, words) in [
        (400, "{}"),
        (413, "{}"),
        (422, "{}"),
        (500, r#"{"error":{"message":"maximum context length is 8 tokens"}}"#),
    ] {
        line.transport.on("one/", Reply::text(status, words));
        assert_eq!(line.call().await, status);
        assert_eq!(line.daemon.fleet.board.get("a"), before, "{status} {words}");
    }
}

#[tokio::test(start_paused = true)]
async fn probes_wait_as_long_as_a_provider_asked_a_call_to() {
    let mut line = Line::start(PASSIVE, good()).await;
    line.transport.on("one/", Reply::text(429, "{}").header("retry-after", "300"));
    assert_eq!(line.call().await, 429);
    line.transport.on("one/", good());
    sleep(Duration::from_secs(299)).await;
    assert_eq!(line.probes(), 1);
    sleep(Duration::from_secs(3)).await;
    assert_eq!(line.probes(), 2);
    let cooldown = line.daemon.fleet.board.get("a").unwrap().cooldown.clone().unwrap();
    assert_eq!(cooldown.until.duration_since(cooldown.since).as_secs(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_recovers_is_probed_all_the_same() {
    let mut line = Line::start(&PASSIVE.replace("}}", "}, thresholds: {fall: 1, rise: 3}}"), good()).await;
    line.transport.on("one/", Reply::text(500, "{}"));
    line.call().await;
    line.transport.on("one/", good());
    line.call().await;
    sleep(Duration::from_secs(61)).await;
    assert!(line.probes() >= 2, "one good call is not enough to be sure");
}
