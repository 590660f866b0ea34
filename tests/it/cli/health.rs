//! `health`: asks a daemon.

use tokio::net::TcpListener;

use super::process::{Daemon, run, run_with};
use super::{ConfigFile, MASTER_KEY, good_provider, refusing_provider};
use crate::support::loopback::{canned, json_reply};

#[tokio::test]
async fn a_healthy_fleet_is_a_success() {
    let config = ConfigFile::of(&[("a", &good_provider().await)]);
    let daemon = Daemon::start(&["serve", &config.path()]).await;
    let done = run(&["health", "--url", &daemon.url(), "--key", MASTER_KEY]).await;
    assert_eq!(done.code, 0);
    assert!(done.stdout.contains("up"), "{}", done.stdout);
    assert!(done.stdout.ends_with("1 healthy, 0 unhealthy, 0 unknown\n"), "{}", done.stdout);
}

#[tokio::test]
async fn the_key_comes_from_the_environment_too() {
    let config = ConfigFile::of(&[("a", &refusing_provider().await)]);
    let daemon = Daemon::start(&["serve", &config.path()]).await;
    let done = run_with(&["health", "--url", &daemon.url()], &[("LITELLM_MASTER_KEY", MASTER_KEY)]).await;
    assert_eq!(done.code, 1);
    assert!(done.stdout.contains("misconfigured"), "{}", done.stdout);
}

#[tokio::test]
async fn a_wrong_key_is_a_failure_with_a_hint() {
    let config = ConfigFile::of(&[]);
    let daemon = Daemon::start(&["serve", &config.path()]).await;
    let done = run(&["health", "--url", &daemon.url(), "--key", "sk-wrong"]).await;
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("HTTP 401"), "{}", done.stderr);
    assert!(done.stderr.contains("hint: give the master key"), "{}", done.stderr);
}

#[tokio::test]
async fn nobody_there_is_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let done = run(&["health", "--url", &format!("http://{closed}")]).await;
    assert_eq!(done.code, 3);
    assert!(done.stderr.contains(&format!("cannot connect to {closed}")), "{}", done.stderr);
}

#[tokio::test]
async fn what_answers_without_verdicts_is_a_failure() {
    let (address, _) = canned(json_reply(200, "connection: close\r\n", "\"hello\"")).await;
    let done = run(&["health", "--url", &format!("http://{address}")]).await;
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("not the answer of llmhealth or LiteLLM"), "{}", done.stderr);
}
