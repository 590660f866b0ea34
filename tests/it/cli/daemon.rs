//! `serve`: start, signals, reload, end.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::process::{Daemon, get, run, run_with};
use super::{ConfigFile, KEY, MASTER_KEY, config_of, good_provider, refusing_provider};
use crate::support::fleet::chat_answer;
use crate::support::loopback::{accepting, json_reply, read_request};

#[tokio::test]
async fn a_daemon_serves_until_it_is_told_to_stop() {
    let config = ConfigFile::of(&[("a", &good_provider().await)]);
    for signal in ["TERM", "INT"] {
        let daemon = Daemon::start(&["serve", &config.path()]).await;
        assert_eq!(daemon.get("/health/readiness").await.0, 200);
        let (status, body) = daemon.get("/health").await;
        assert_eq!(status, 200);
        assert!(body.contains("\"healthy_count\":1"), "{body}");
        daemon.signal(signal).await;
        assert_eq!(daemon.exit().await, 0);
    }
}

#[tokio::test]
async fn requests_under_way_finish_while_readiness_says_no() {
    let (upstream, mut connections) = accepting().await;
    let config = ConfigFile::of(&[("a", &format!("http://{upstream}/v1")), ("b", &good_provider().await)]);
    let mut daemon = Daemon::start(&["serve", &config.path()]).await;
    let address = daemon.address.clone();
    let answer = tokio::spawn(async move { get(&address, "/health").await });
    let mut probe = connections.recv().await.unwrap();
    read_request(&mut probe).await;

    daemon.signal("TERM").await;
    daemon.logged("draining").await;
    assert_eq!(daemon.get("/health/readiness").await, (503, r#"{"status":"shutting_down"}"#.to_owned()));
    let (status, body) = daemon.get("/health?model=b").await;
    assert_eq!(status, 503);
    assert!(body.contains(r#"{"model_id":"id-b","reason":"shutting down"}"#), "{body}");
    probe.write_all(json_reply(200, "", &chat_answer().to_string()).as_bytes()).await.unwrap();
    let (status, body) = answer.await.unwrap();
    assert_eq!(status, 200);
    assert!(body.contains("\"healthy_count\":2"), "{body}");
    assert_eq!(daemon.exit().await, 0);
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let (upstream, mut connections) = accepting().await;
    let config = ConfigFile::of(&[("a", &format!("http://{upstream}/v1"))]);
    let mut daemon = Daemon::start(&["serve", &config.path()]).await;
    let address = daemon.address.clone();
    let request = tokio::spawn(async move { get(&address, "/health").await });
    let _never_answered = connections.recv().await.unwrap();
    daemon.signal("TERM").await;
    daemon.logged("draining").await;
    daemon.signal("INT").await;
    assert_eq!(daemon.exit().await, 1);
    request.abort();
}

#[tokio::test]
async fn draining_ends_after_its_time() {
    let (upstream, mut connections) = accepting().await;
    let config = ConfigFile::of(&[("a", &format!("http://{upstream}/v1"))]);
    let env = [("GRACEFUL_SHUTDOWN_TIMEOUT", "1")];
    let daemon = Daemon::start_with(&["serve", &config.path()], &env).await;
    let address = daemon.address.clone();
    let request = tokio::spawn(async move { get(&address, "/health").await });
    let _never_answered = connections.recv().await.unwrap();
    daemon.signal("TERM").await;
    assert_eq!(daemon.exit().await, 0);
    request.abort();
}

#[tokio::test]
async fn a_reload_takes_effect_and_a_bad_one_changes_nothing() {
    let base = good_provider().await;
    let config = ConfigFile::of(&[("first", &base)]);
    let mut daemon = Daemon::start(&["serve", &config.path()]).await;

    config.write(&config_of(&[("first", &base), ("second", &base)]));
    daemon.signal("HUP").await;
    daemon.logged("the configuration was reloaded").await;
    let (_, models) = daemon.get("/v1/models").await;
    assert!(models.contains("first") && models.contains("second"), "{models}");

    config.write("model_list: [\n");
    daemon.signal("HUP").await;
    daemon.logged("was not reloaded").await;
    assert_eq!(daemon.get("/v1/models").await.1, models);

    config.write(&config_of(&[("second", &base)]));
    daemon.signal("HUP").await;
    daemon.logged("the configuration was reloaded").await;
    let (_, models) = daemon.get("/v1/models").await;
    assert!(!models.contains("first") && models.contains("second"), "{models}");
    assert_eq!(daemon.get("/health?model_id=id-first").await.0, 404);
}

#[tokio::test]
async fn a_port_that_is_taken_is_explained() {
    let config = ConfigFile::of(&[]);
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let done = run(&["serve", &config.path(), "--host", "127.0.0.1", "--port", &port]).await;
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{}", done.stderr);
    assert!(done.stderr.contains("hint: another program listens on port"), "{}", done.stderr);
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_explained() {
    let config = ConfigFile::of(&[]);
    let done = run(&["serve", &config.path(), "--host", "192.0.2.1"]).await;
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("hint: `192.0.2.1` is not an address of this machine"), "{}", done.stderr);
}

#[tokio::test]
async fn the_configuration_comes_before_the_port() {
    let config = ConfigFile::new("general_settings: {health_check_concurrency: many}\nmodel_list: []\n");
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let done = run(&["serve", &config.path(), "--host", "127.0.0.1", "--port", &port]).await;
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("config.yaml:1:46"), "{}", done.stderr);
    assert_eq!(done.stdout, "");
}

#[tokio::test]
async fn no_log_line_holds_a_key() {
    let config = ConfigFile::of(&[("a", &refusing_provider().await), ("b", &good_provider().await)]);
    let done = run_with(&["check", &config.path()], &[("RUST_LOG", "trace")]).await;
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("health_check_cycle_complete"), "{}", done.stderr);
    for secret in [KEY, MASTER_KEY] {
        assert!(!done.stderr.contains(secret) && !done.stdout.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn log_lines_are_json_when_asked_for() {
    let config = ConfigFile::of(&[]);
    let mut daemon = Daemon::start(&["serve", &config.path(), "--log-format", "json"]).await;
    daemon.signal("TERM").await;
    let line = daemon.logged("there are no deployments").await;
    let fields: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(fields["level"], "WARN");
    let line = daemon.logged("draining").await;
    let fields: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(fields["level"], "INFO");
    assert_eq!(fields["limit_ms"], 30_000);
    assert_eq!(daemon.exit().await, 0);
}
