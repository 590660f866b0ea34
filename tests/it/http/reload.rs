//! `POST /-/reload`.

use serde_json::json;
use tempfile::TempDir;

use crate::support::daemon::{Daemon, WITH_KEY};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

/// A daemon with its configuration in a file.
fn daemon(yaml: &str) -> (Daemon, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.yaml"), yaml).unwrap();
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    (Daemon::of_file(&folder.path().join("config.yaml"), transport), folder)
}

fn write(folder: &TempDir, yaml: &str) {
    std::fs::write(folder.path().join("config.yaml"), yaml).unwrap();
}

#[tokio::test]
async fn it_says_what_changed() {
    let (daemon, folder) = daemon(&chat_fleet(&[("a", "h"), ("b", "h"), ("c", "h")], WITH_KEY));
    daemon.get_as_admin("/health").await;
    write(&folder, &chat_fleet(&[("a", "h"), ("b", "other"), ("d", "h")], WITH_KEY));
    let answer = daemon.post_as_admin("/-/reload", "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "status": "reloaded", "deployments": 3, "added": ["d"], "removed": ["c"], "changed": ["b"],
            "findings": [],
        })
    );
    // What is known of those that stay, stays; the removed one is nowhere.
    let board = &daemon.fleet.board;
    assert!(board.latest("a").is_some() && board.latest("b").is_some());
    assert!(board.get("c").is_none() && board.latest("d").is_none());
    assert_eq!(daemon.get_as_admin("/health?model_id=c").await.status, 404);
}

#[tokio::test]
async fn a_bad_file_changes_nothing_and_every_mistake_is_told() {
    let (daemon, folder) = daemon(&chat_fleet(&[("a", "h")], WITH_KEY));
    let before = daemon.get_as_admin("/v1/model/info").await.json();
    write(&folder, "llmhealth: {probe: {per_hos: 1}, server: {max_connections: 0}}\nmodel_list: []\n");
    let answer = daemon.post_as_admin("/-/reload", "").await;
    assert_eq!(answer.status, 422);
    let detail = &answer.json()["detail"];
    assert_eq!(detail["error"], "the configuration has 2 errors");
    let told: Vec<_> = detail["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| (finding["line"].clone(), finding["key"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(
        told,
        [
            (json!(1), "llmhealth.probe.per_hos".to_owned()),
            (json!(1), "llmhealth.server.max_connections".to_owned())
        ]
    );
    assert_eq!(daemon.get_as_admin("/v1/model/info").await.json(), before);

    std::fs::remove_file(folder.path().join("config.yaml")).unwrap();
    let answer = daemon.post_as_admin("/-/reload", "").await;
    assert_eq!(answer.status, 422);
    let error = answer.json()["detail"]["error"].as_str().unwrap().to_owned();
    assert!(error.starts_with("cannot read") && error.contains("No such file"), "{error}");
}

#[tokio::test]
async fn an_open_daemon_takes_no_orders() {
    let (daemon, _folder) = daemon(&chat_fleet(&[("a", "h")], ""));
    assert_eq!(daemon.post_as_admin("/-/reload", "").await.status, 403);
}
