//! Flows of several requests: jobs that are polled, and what they leave behind.

use std::sync::Arc;

use http::Method;
use llmhealth::domain::{SignedRequest, Status};
use llmhealth::probe::Checked;
use serde_json::{Value, json};

use crate::support::fleet::Fleet;
use crate::support::scripted::{Reply, ScriptedTransport};

/// Probes one deployment by a script: replies by what is in host and path, the last that fits.
async fn probe(model: &str, mode: &str, script: &[(&str, Value)]) -> (Checked, Vec<SignedRequest>) {
    let transport = Arc::new(ScriptedTransport::default());
    for (part, body) in script {
        transport.on(part, Reply::json(200, body));
    }
    let yaml = json!({"model_list": [{
        "model_name": "m",
        "litellm_params": {"model": model, "api_key": "sk-test-0123456789"},
        "model_info": {"id": "a", "mode": mode},
    }]});
    let fleet = Fleet::new(&yaml.to_string(), transport);
    let checked = fleet.check_one().await;
    (checked, fleet.transport.requests())
}

fn steps(requests: &[SignedRequest]) -> Vec<String> {
    requests.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect()
}

/// A transcription by Soniox whose job is in this state.
async fn transcribe(job: Value) -> (Checked, Vec<SignedRequest>) {
    let script = [
        ("/v1/files", json!({"id": "f1"})),
        ("/v1/transcriptions", json!({"id": "t1", "status": "queued"})),
        ("/transcriptions/t1", job),
        ("/t1/transcript", json!({"id": "t1", "text": "", "tokens": []})),
    ];
    probe("soniox/stt-async-v4", "audio_transcription", &script).await
}

const ORDERED: [&str; 3] = ["POST /v1/files", "POST /v1/transcriptions", "GET /v1/transcriptions/t1"];
const REMOVED: [&str; 2] = ["DELETE /v1/transcriptions/t1", "DELETE /v1/files/f1"];

#[tokio::test(start_paused = true)]
async fn a_job_is_walked_to_its_result_and_removed() {
    let (checked, requests) = transcribe(json!({"id": "t1", "status": "completed"})).await;
    assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
    let expected = [&ORDERED[..], &["GET /v1/transcriptions/t1/transcript"], &REMOVED].concat();
    assert_eq!(steps(&requests), expected);
    let order: Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(order, json!({"model": "stt-async-v4", "file_id": "f1"}));
    assert!(requests.iter().all(|request| request.headers["authorization"] == "Bearer sk-test-0123456789"));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_is_told_in_its_words_and_removed() {
    let job = json!({"id": "t1", "status": "error", "error_message": "No such model."});
    let (checked, requests) = transcribe(job).await;
    assert_eq!(checked.verdict.status, Status::Down);
    assert!(checked.outcome.failure.as_ref().unwrap().message.contains("No such model."));
    assert_eq!(steps(&requests), [&ORDERED[..], &REMOVED].concat());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_never_ends_times_out_and_is_removed() {
    let (checked, requests) = transcribe(json!({"id": "t1", "status": "processing"})).await;
    assert_eq!(checked.verdict.exception_status, Some(408));
    assert_eq!(steps(&requests)[requests.len() - 2..], REMOVED);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_asked_after_where_its_maker_says() {
    let script = [
        (
            "api.bfl.ai/v1/flux-dev",
            json!({"id": "1", "polling_url": "https://api.eu1.bfl.ai/v1/get_result?id=1"}),
        ),
        ("api.eu1.bfl.ai", json!({"id": "1", "status": "Ready", "result": {"sample": "https://x/y.png"}})),
    ];
    let (checked, requests) = probe("black_forest_labs/flux-dev", "image_generation", &script).await;
    assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
    assert_eq!(requests[1].headers["x-key"], "sk-test-0123456789");
}

#[tokio::test(start_paused = true)]
async fn no_stranger_is_given_the_key() {
    let order = json!({"id": "1", "polling_url": "https://evil.example/v1/get_result?id=1"});
    let (checked, requests) = probe("black_forest_labs/flux-dev", "image_generation", &[("", order)]).await;
    assert_eq!(checked.verdict.status, Status::Down);
    assert_eq!(requests.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_is_polled_and_a_video_is_not_waited_for() {
    let taken = ("/v1/text_to", json!({"id": "rw1", "status": "PENDING"}));
    let done = ("/v1/tasks/rw1", json!({"id": "rw1", "status": "SUCCEEDED", "output": ["https://x/y.png"]}));
    let script = [taken, done];
    let (image, requests) = probe("runwayml/gen4_image", "image_generation", &script).await;
    assert_eq!(image.verdict.status, Status::Up, "{:?}", image.outcome.failure);
    assert_eq!(steps(&requests), ["POST /v1/text_to_image", "GET /v1/tasks/rw1"]);
    assert_eq!(requests[1].headers["x-runway-version"], "2024-11-06");
    let (video, requests) = probe("runwayml/gen4_turbo", "video_generation", &script).await;
    assert_eq!(video.verdict.status, Status::Up, "{:?}", video.outcome.failure);
    assert_eq!(steps(&requests), ["POST /v1/text_to_video"]);
    let failed = json!({"id": "rw1", "status": "FAILED", "failure": "Out of credits."});
    let (image, _) =
        probe("runwayml/gen4_image", "image_generation", &[script[0].clone(), ("/tasks/", failed)]).await;
    assert!(image.outcome.failure.as_ref().unwrap().message.contains("Out of credits."));
}

#[tokio::test(start_paused = true)]
async fn a_document_is_uploaded_and_parsed() {
    let script = [
        ("/upload", json!({"file_id": "reducto://f1.pdf"})),
        ("/parse", json!({"job_id": "j", "result": {"type": "full", "chunks": []}})),
    ];
    for (model, field) in [("reducto/parse-legacy", "document_url"), ("reducto/parse-v3", "input")] {
        let (checked, requests) = probe(model, "ocr", &script).await;
        assert_eq!(checked.verdict.status, Status::Up, "{:?}", checked.outcome.failure);
        assert_eq!(requests[1].method, Method::POST);
        let order: Value = serde_json::from_slice(&requests[1].body).unwrap();
        assert_eq!(order, json!({field: "reducto://f1.pdf"}));
    }
}
