//! Paths, methods, headers: what holds for every route.

use serde_json::json;

use crate::support::daemon::{Daemon, WITH_KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

fn daemon(rest: &str) -> Daemon {
    Daemon::new(&chat_fleet(&[("a", "h")], rest), ScriptedTransport::always(Reply::json(200, &chat_answer())))
}

#[tokio::test]
async fn an_unknown_path_does_not_exist_with_or_without_a_key() {
    let daemon = daemon(WITH_KEY);
    let expected = (404, r#"{"detail":"Not Found"}"#.to_owned());
    for target in ["/", "/nope", "/healthz", "/health/nope", "/v1", "/health/readiness/x/"] {
        assert_eq!(daemon.get(target).await.told(), expected, "{target}");
        assert_eq!(daemon.get_as_admin(target).await.told(), expected, "{target}");
    }
    assert_eq!(daemon.send(request("POST", "/nope", &[])).await.told(), expected);
}

#[tokio::test]
async fn a_method_that_does_not_exist_is_told_apart_from_a_path() {
    let daemon = daemon(WITH_KEY);
    for (method, target, allowed) in [
        ("POST", "/health", "GET,HEAD"),
        ("OPTIONS", "/health", "GET,HEAD"),
        ("DELETE", "/v1/models/a/b", "GET,HEAD"),
        ("GET", "/health/test_connection", "POST"),
        ("POST", "/health/readiness", "GET,HEAD,OPTIONS"),
    ] {
        let answer = daemon.send(request(method, target, &[])).await;
        assert_eq!(
            answer.told(),
            (405, r#"{"detail":"Method Not Allowed"}"#.to_owned()),
            "{method} {target}"
        );
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {target}");
    }
}

#[tokio::test]
async fn a_slash_too_many_is_redirected() {
    let daemon = daemon(WITH_KEY);
    for (target, location) in [
        ("/health/", "/health"),
        ("/health/?model=m", "/health?model=m"),
        ("/v1/models/", "/v1/models"),
        ("/openapi.json/", "/openapi.json"),
    ] {
        let answer = daemon.get(target).await;
        assert_eq!((answer.status, answer.header("location")), (307, Some(location)), "{target}");
    }
    assert_eq!(daemon.get("//example.com/").await.status, 404);
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let daemon = daemon(WITH_KEY);
    for target in ["/health", "/health/liveliness", "/nope", "/health/", "/openapi.json"] {
        let answer = daemon.get(target).await;
        assert!(answer.headers.get_all("vary").iter().any(|value| value == "Origin"), "{target}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{target}");
        assert_eq!(answer.header("content-security-policy"), Some("frame-ancestors 'none'"), "{target}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
    }
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let daemon = daemon("");
    for target in
        ["/health", "/health/liveliness", "/v1/models/m", "/test", "/openapi.json", "/health/history"]
    {
        let (get, head) = (daemon.get(target).await, daemon.send(request("HEAD", target, &[])).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{target}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{target}");
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_ask() {
    let daemon = daemon("");
    let answer = daemon.send(request("GET", "/openapi.json", &[("accept-encoding", "gzip")])).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let plain = daemon.get("/openapi.json").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert!(answer.body.starts_with(&[0x1f, 0x8b]), "gzip's magic number");
    assert!(answer.body.len() * 2 < plain.body.len());
    let small = daemon.send(request("GET", "/health/liveliness", &[("accept-encoding", "gzip")])).await;
    assert_eq!(small.header("content-encoding"), None);
}

#[tokio::test]
async fn a_defect_in_one_probe_stays_in_its_entry() {
    let daemon = Daemon::new(&chat_fleet(&[("a", "h")], ""), ScriptedTransport::always(Reply::Panic));
    let answer = daemon.get("/health?model_id=a").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["unhealthy_endpoints"][0]["exception_status"], json!(500));
    assert_eq!(daemon.get("/health/liveliness").await.status, 200);
}
