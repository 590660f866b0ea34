//! `plan`: what it prints is what goes on the wire.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::process::run;
use super::{ConfigFile, KEY, config_of};
use crate::support::loopback::{canned, json_reply};

#[tokio::test]
async fn json_is_one_object_per_deployment() {
    let config = ConfigFile::new(
        "model_list:\n\
         - {model_name: a, litellm_params: {model: groq/m, api_key: sk-0123456789ab}, model_info: {id: one}}\n\
         - {model_name: b, litellm_params: {model: nobody/m}, model_info: {id: two}}\n",
    );
    let done = run(&["plan", &config.path(), "--format", "json"]).await;
    assert_eq!(done.code, 0);
    let lines: Vec<Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines[0],
        json!({
            "model_id": "one",
            "model_name": "a",
            "model": "groq/m",
            "provider": "groq",
            "mode": "chat",
            "requests": [{
                "method": "POST",
                "url": "https://api.groq.com/openai/v1/chat/completions",
                "headers": {"content-type": "application/json", "authorization": "Bearer sk-0****89ab"},
                "body": {
                    "model": "m",
                    "messages": [{"role": "user", "content": "What's 1 + 1?"}],
                    "max_tokens": 16,
                },
                "multipart": null,
                "auth": null,
            }],
        })
    );
    assert_eq!(
        lines[1],
        json!({
            "model_id": "two",
            "model_name": "b",
            "model": "nobody/m",
            "error": "`litellm_params.model`: no provider is known for `nobody/m`",
        })
    );
    let shown = run(&["plan", &config.path(), "--format", "json", "--show-secrets"]).await;
    assert!(shown.stdout.contains("Bearer sk-0123456789ab"), "{}", shown.stdout);
    assert_eq!(run(&["plan", "/nowhere/config.yaml"]).await.code, 2);
}

#[tokio::test]
async fn the_table_estimates_costs() {
    let config = ConfigFile::new(
        "general_settings: {health_check_interval: 60}\nmodel_list:\n\
         - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: sk-0123456789ab}}\n\
         - {model_name: b, litellm_params: {model: openai/no-such-model, api_key: sk-0123456789ab}}\n",
    );
    let done = run(&["plan", &config.path()]).await;
    assert_eq!(done.code, 0);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(lines[1].contains("https://api.openai.com/v1/chat/completions") && lines[1].contains(" 16 "));
    assert!(lines[1].contains('$') && !lines[2].contains('$'), "{}", done.stdout);
    assert!(lines[3].starts_with("One probe of each every 1m: $"), "{}", lines[3]);
    assert!(lines[3].ends_with(" a day, and 1 of unknown price"), "{}", lines[3]);
}

#[tokio::test]
async fn curl_sends_what_a_probe_sends() {
    let (address, mut requests) = canned(json_reply(200, "connection: close\r\n", "{}")).await;
    let text = config_of(&[("a", &format!("http://{address}/v1"))]);
    let mut config: Value = serde_json::from_str(&text).unwrap();
    // What a shell would trip over.
    config["model_list"][0]["litellm_params"]["user"] = json!("it's \"$HOME\" `id` \\ @");
    let file = ConfigFile::new(&config.to_string());

    run(&["check", &file.path()]).await;
    let probe = requests.recv().await.unwrap();
    let plan = run(&["plan", &file.path(), "--format", "curl", "--show-secrets"]).await;
    shell(&plan.stdout).await;
    let curl = requests.recv().await.unwrap();
    assert_eq!(essence(&curl), essence(&probe));

    let masked = run(&["plan", &file.path(), "--format", "curl"]).await;
    assert!(masked.stdout.contains("sk-u****cdef") && !masked.stdout.contains(KEY), "{}", masked.stdout);
}

#[tokio::test]
async fn curl_uploads_files() {
    let (address, mut requests) = canned(json_reply(200, "connection: close\r\n", "{}")).await;
    let text = config_of(&[("a", &format!("http://{address}/v1"))]);
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["model_list"][0]["litellm_params"]["model"] = json!("openai/whisper-1");
    config["model_list"][0]["model_info"]["mode"] = json!("audio_transcription");
    let file = ConfigFile::new(&config.to_string());
    let plan = run(&["plan", &file.path(), "--format", "curl", "--show-secrets"]).await;
    shell(&plan.stdout).await;
    let curl = requests.recv().await.unwrap();
    assert!(curl.starts_with("POST /v1/audio/transcriptions"), "{curl}");
    assert!(curl.contains("name=\"model\"") && curl.contains("whisper-1"));
    assert!(curl.contains("name=\"file\"; filename=\"") && curl.contains("RIFF"));
}

async fn shell(script: &str) {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).env_remove("http_proxy").stdin(Stdio::null()).stdout(Stdio::null());
    assert!(command.status().await.unwrap().success(), "{script}");
}

/// Request line, key and body.
fn essence(request: &str) -> (String, String, Value) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let line = head.lines().next().unwrap().to_owned();
    let key = head.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization:")).unwrap();
    let key = key.split_once(": ").unwrap().1.to_owned();
    (line, key, serde_json::from_str(body).unwrap())
}
