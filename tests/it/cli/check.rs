//! `check`: what it prints and how it ends.

use roxmltree::Document;
use serde_json::Value;

use super::process::run;
use super::{ConfigFile, good_provider, refusing_provider};

async fn mixed() -> ConfigFile {
    ConfigFile::of(&[("good", &good_provider().await), ("bad", &refusing_provider().await)])
}

#[tokio::test]
async fn the_exit_code_tells_whether_all_are_healthy() {
    let config = mixed().await;
    assert_eq!(run(&["check", &config.path()]).await.code, 1);
    assert_eq!(run(&["check", &config.path(), "--model", "good"]).await.code, 0);
    assert_eq!(run(&["check", &config.path(), "--model-id", "id-good"]).await.code, 0);
    assert_eq!(run(&["check", &config.path(), "--model-id", "id-bad"]).await.code, 1);
    assert_eq!(run(&["check", "/nowhere/config.yaml"]).await.code, 2);
    assert_eq!(run(&["check", &ConfigFile::of(&[]).path()]).await.code, 2);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_told_what_was_meant() {
    let config = mixed().await;
    let done = run(&["check", &config.path(), "--model", "goood"]).await;
    assert_eq!(done.code, 2);
    assert_eq!(done.stderr, "error: no deployment matches `--model goood`\nhint: did you mean `good`?\n");
    assert_eq!(done.stdout, "");
}

#[tokio::test]
async fn the_table_has_a_line_per_deployment() {
    let config = mixed().await;
    let done = run(&["check", &config.path(), "--concurrency", "1"]).await;
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", done.stdout);
    let good: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(good[..3], ["up", "good", "openai/gpt-4o-mini"]);
    assert_eq!(good[4], "ms");
    assert!(lines[2].contains("misconfigured") && lines[2].contains("HTTP 401: Incorrect API key"));
    assert_eq!(lines[3], "1 healthy, 1 unhealthy");
    assert!(!done.stdout.contains('\u{1b}'), "colours are for terminals");
    assert_eq!(done.stderr, "", "progress is for terminals");
}

#[tokio::test]
async fn json_is_the_body_of_get_health() {
    let config = mixed().await;
    let done = run(&["check", &config.path(), "--format", "json"]).await;
    let body: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(body["healthy_count"], 1);
    assert_eq!(body["healthy_endpoints"][0]["model_id"], "id-good");
    assert_eq!(body["unhealthy_endpoints"][0]["exception_status"], 401);
    assert_eq!(body["unhealthy_endpoints"][0]["status"], "misconfigured");
}

#[tokio::test]
async fn junit_is_xml_with_a_case_per_deployment() {
    let config = mixed().await;
    let done = run(&["check", &config.path(), "--format", "junit"]).await;
    let document = Document::parse(&done.stdout).unwrap();
    let suite = document.root_element().first_element_child().unwrap();
    assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("2"), Some("1")));
    let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[0].attribute("classname"), Some("good"));
    assert!(cases[0].attribute("time").unwrap().parse::<f64>().is_ok());
    assert!(!cases[0].has_children());
    let failure = cases[1].first_element_child().unwrap();
    assert_eq!(failure.attribute("type"), Some("misconfigured"));
    assert!(failure.attribute("message").unwrap().contains("HTTP 401"));
}
