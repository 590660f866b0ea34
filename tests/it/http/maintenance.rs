//! `/maintenance`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::daemon::{Answer, Daemon, KEY, WITH_KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

fn daemon(rest: &str) -> Daemon {
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    Daemon::new(&chat_fleet(&[("a", "h"), ("b", "h")], rest), transport)
}

async fn announce(daemon: &Daemon, body: &Value) -> Answer {
    daemon.post_as_admin("/maintenance", body.to_string()).await
}

#[tokio::test]
async fn it_is_announced_shown_and_cancelled() {
    let daemon = daemon(WITH_KEY);
    let body =
        json!({"model_id": "a", "duration": "30m", "reason": "upgrade", "probe": false, "routable": false});
    let answer = announce(&daemon, &body).await;
    assert_eq!(answer.status, 201);
    let told = answer.json();
    let time = |key: &str| told[key].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(time("until").duration_since(time("since")).as_mins(), 30);
    assert_eq!(
        [&told["model_id"], &told["reason"], &told["probe"], &told["routable"]],
        [&json!("a"), &json!("upgrade"), &json!(false), &json!(false)]
    );

    let list = daemon.get_as_admin("/maintenance").await.json();
    assert_eq!(list["announced"], json!([told]));
    assert_eq!(list["deployments"][0]["model_id"], json!("a"));
    assert_eq!(list["deployments"].as_array().unwrap().len(), 1);
    let state = daemon.get_as_admin("/routing/state").await.json();
    let of = |index: usize, key: &str| state["models"][0]["deployments"][index][key].clone();
    assert_eq!((of(0, "usable"), of(0, "reason")), (json!(false), json!("maintenance")));
    assert_eq!(
        (of(0, "maintenance")["reason"].clone(), of(1, "maintenance")),
        (json!("upgrade"), Value::Null)
    );

    let target = format!("/maintenance/{}", told["id"].as_str().unwrap());
    let delete = || daemon.send(request("DELETE", &target, &[("x-api-key", KEY)]));
    assert_eq!((delete().await.status, delete().await.status), (200, 404));
    let empty = r#"{"announced":[],"deployments":[]}"#.to_owned();
    assert_eq!(daemon.get_as_admin("/maintenance").await.told(), (200, empty));
}

#[tokio::test]
async fn a_name_stands_for_all_its_deployments_and_an_end_may_be_given() {
    let daemon = daemon(WITH_KEY);
    let until = Timestamp::now() + std::time::Duration::from_hours(2);
    let told = announce(&daemon, &json!({"model": "m", "until": until.to_string()})).await.json();
    assert_eq!(told["until"], json!(format!("{until:.3}")));
    assert_eq!((&told["probe"], &told["routable"]), (&json!(true), &json!(true)));
    let list = daemon.get_as_admin("/maintenance").await.json();
    assert_eq!(list["deployments"].as_array().unwrap().len(), 2);
    daemon.fleet.reload(&chat_fleet(&[("b", "h"), ("c", "h")], WITH_KEY));
    let list = daemon.get_as_admin("/maintenance").await.json();
    assert_eq!(list["deployments"][1]["model_id"], json!("c"), "survives a reload, and includes the new");
}

#[tokio::test]
async fn it_shows_in_health_and_keeps_probes_away_when_told_to() {
    let daemon = daemon(WITH_KEY);
    announce(&daemon, &json!({"model_id": "a", "duration": 60, "reason": "upgrade"})).await;
    announce(&daemon, &json!({"model_id": "b", "duration": 60, "probe": false})).await;
    let health = daemon.get_as_admin("/health").await.json();
    assert_eq!(daemon.fleet.transport.count(), 1);
    let entry = &health["healthy_endpoints"][0];
    assert_eq!((&entry["model_id"], &entry["maintenance"]["reason"]), (&json!("a"), &json!("upgrade")));
    let skipped = json!([{"model_id": "b", "reason": "it is in maintenance, and not to be probed"}]);
    assert_eq!(health["skipped"], skipped);
}

#[tokio::test]
async fn what_is_not_to_be_understood_is_refused() {
    let daemon = daemon(WITH_KEY);
    for (body, status, word) in [
        (json!([]), 422, "dictionary"),
        (json!({"duration": 60}), 422, "model"),
        (json!({"model": "m"}), 422, "until"),
        (json!({"model": 7, "duration": 60}), 422, "string"),
        (json!({"model": "m", "duration": 60, "probe": "no"}), 422, "boolean"),
        (json!({"model": "m", "duration": "soon"}), 400, "duration"),
        (json!({"model": "m", "duration": -1}), 400, "duration"),
        (json!({"model": "m", "duration": 1e300}), 400, "duration"),
        (json!({"model": "m", "duration": 0}), 400, "future"),
        (json!({"model": "m", "until": "tomorrow"}), 400, "until"),
        (json!({"model": "m", "until": "2020-01-01T00:00:00Z"}), 400, "future"),
        (json!({"model": "nope", "duration": 60}), 404, "nope"),
        (json!({"model_id": "nope", "duration": 60}), 404, "nope"),
    ] {
        let (told, text) = announce(&daemon, &body).await.told();
        assert!(told == status && text.contains(word), "{body}: {told} {text}");
    }
    let empty = r#"{"announced":[],"deployments":[]}"#.to_owned();
    assert_eq!(daemon.get_as_admin("/maintenance").await.told(), (200, empty));
}

#[tokio::test]
async fn only_admins_announce() {
    let open = daemon("");
    let mut announce = request("POST", "/maintenance", &[]);
    *announce.body_mut() = json!({"model": "m", "duration": 60}).to_string().into();
    assert_eq!(open.send(announce).await.status, 403);
    assert_eq!(open.send(request("DELETE", "/maintenance/1", &[])).await.status, 403);
    assert_eq!(open.get("/maintenance").await.status, 200);
}
