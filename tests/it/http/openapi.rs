//! The description of the routes against the routes.

use serde_json::Value;

use crate::support::daemon::{Daemon, KEY, WITH_KEY, request};
use crate::support::fleet::{chat_answer, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

/// All routes there are, with their methods; reviewed when one is added.
const ROUTES: [(&str, &[&str]); 40] = [
    ("/-/reload", &["post"]),
    ("/active/callbacks", &["get"]),
    ("/chat/completions", &["post"]),
    ("/completions", &["post"]),
    ("/embeddings", &["post"]),
    ("/engines/{target}", &["post"]),
    ("/health", &["get"]),
    ("/health/backlog", &["get"]),
    ("/health/drain", &["get"]),
    ("/health/history", &["get"]),
    ("/health/latest", &["get"]),
    ("/health/license", &["get"]),
    ("/health/liveliness", &["get", "options"]),
    ("/health/liveness", &["get", "options"]),
    ("/health/readiness", &["get", "options"]),
    ("/health/readiness/details", &["get"]),
    ("/health/services", &["get"]),
    ("/health/shared-status", &["get"]),
    ("/health/test_connection", &["post"]),
    ("/maintenance", &["get", "post"]),
    ("/maintenance/{id}", &["delete"]),
    ("/metrics", &["get"]),
    ("/model/info", &["get"]),
    ("/models", &["get"]),
    ("/models/{id}", &["get"]),
    ("/openai/deployments/{target}", &["post"]),
    ("/openai/responses", &["post"]),
    ("/openai/v1/responses", &["post"]),
    ("/openapi.json", &["get"]),
    ("/responses", &["post"]),
    ("/routing/state", &["get"]),
    ("/settings", &["get"]),
    ("/test", &["get"]),
    ("/v1/chat/completions", &["post"]),
    ("/v1/completions", &["post"]),
    ("/v1/embeddings", &["post"]),
    ("/v1/model/info", &["get"]),
    ("/v1/models", &["get"]),
    ("/v1/models/{id}", &["get"]),
    ("/v1/responses", &["post"]),
];

fn daemon() -> Daemon {
    let transport = ScriptedTransport::always(Reply::json(200, &chat_answer()));
    Daemon::new(&chat_fleet(&[("a", "h")], WITH_KEY), transport)
}

fn operations(document: &Value) -> Vec<(String, Vec<String>)> {
    let paths = document["paths"].as_object().unwrap();
    let mut operations: Vec<_> = paths
        .iter()
        .map(|(path, item)| (path.clone(), item.as_object().unwrap().keys().cloned().collect::<Vec<_>>()))
        .collect();
    operations.sort();
    operations
}

#[tokio::test]
async fn every_route_is_described() {
    let document = daemon().get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let expected: Vec<_> = ROUTES
        .iter()
        .map(|(path, methods)| {
            ((*path).to_owned(), methods.iter().map(|&method| method.to_owned()).collect())
        })
        .collect();
    assert_eq!(operations(&document), expected);
}

#[tokio::test]
async fn what_is_described_answers_with_a_described_status_and_shape() {
    let daemon = daemon();
    let document = daemon.get("/openapi.json").await.json();
    for (path, methods) in operations(&document) {
        for method in methods {
            let operation = &document["paths"][&path][&method];
            let target = path.replace("{id}", "m").replace("{target}", "m/chat/completions");
            for headers in [&[][..], &[("x-api-key", KEY)]] {
                let answer = daemon.send(request(&method.to_uppercase(), &target, headers)).await;
                let described = &operation["responses"][answer.status.to_string()];
                assert!(described.is_object(), "{method} {path}: {} is not described", answer.status);
                let is_guarded = operation.get("security").is_some();
                assert!(
                    !headers.is_empty() || is_guarded == (answer.status == 401),
                    "{method} {path}: guarded or not"
                );
                let has_body = described["content"].is_object();
                assert_eq!(has_body, !answer.body.is_empty(), "{method} {path}");
                let schema = &described["content"]["application/json"]["schema"];
                if schema.is_object() {
                    let body = answer.json();
                    assert!(fits(&document, schema, &body), "{method} {path}: {body} against {schema}");
                }
            }
        }
    }
}

/// Whether a value has the described type and required fields, and every described field fits. Knows as much of
/// JSON Schema as the description uses.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(document, document.pointer(&reference[1..]).unwrap(), value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().filter(|choice| fits(document, choice, value)).count() == 1;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => return true,
    };
    let is_a = |name: &&str| match *name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => unreachable!("unknown type {other}"),
    };
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    types.iter().any(is_a)
        && required.iter().all(|name| value.get(name.as_str().unwrap()).is_some())
        && value
            .as_array()
            .is_none_or(|items| items.iter().all(|item| fits(document, &schema["items"], item)))
        && schema["properties"].as_object().is_none_or(|properties| {
            properties
                .iter()
                .all(|(name, part)| value.get(name).is_none_or(|field| fits(document, part, field)))
        })
}
