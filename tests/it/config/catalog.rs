//! A list of models in place of ours.

use std::fs;
use std::path::PathBuf;

use llmhealth::config::{ConfigError, Loaded, load};
use llmhealth::domain::{Environment, Mode};
use llmhealth::probe::plan;
use serde_json::{Value, json};
use tempfile::TempDir;

const CONFIG: &str = "
model_list:
  - model_name: m
    litellm_params: {model: openai/*, api_key: k}
  - model_name: e
    litellm_params: {model: acme-embed, custom_llm_provider: openai, api_key: k}
llmhealth:
  catalog: models.json
";

fn written(models: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    fs::write(&config, CONFIG).unwrap();
    fs::write(folder.path().join("models.json"), models).unwrap();
    (folder, config)
}

fn loaded(models: &str) -> Result<Loaded, ConfigError> {
    let (_folder, config) = written(models);
    load(&config, Environment::default())
}

fn models() -> Value {
    json!({
        "sample_spec": {"mode": "one of: chat, embedding", "input_cost_per_token": "dollars"},
        "gpt-9": {
            "litellm_provider": "openai", "mode": "chat", "max_tokens": 4096,
            "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6,
        },
        "acme-embed": {"litellm_provider": "openai", "mode": "embedding"},
    })
}

#[test]
fn modes_and_wildcards_are_those_of_the_list() {
    let config = loaded(&models().to_string()).unwrap().config;
    let all = config.fleet.all();
    let plan =
        |index: usize| plan(&all[index], &config.settings.probe, &config.env, &config.catalog).unwrap();
    assert_eq!(plan(0).probed_model.as_deref(), Some("openai/gpt-9"));
    assert_eq!(plan(1).mode, Mode::Embedding);
    assert!(config.catalog.lookup("gpt-4o").is_none(), "the list takes the place of ours");
    assert!(config.files[1].ends_with("models.json"));
}

#[test]
fn a_bad_list_stops_the_load_and_names_file_and_entry() {
    let words = |models: &str| {
        let Err(error) = loaded(models) else { return String::new() };
        error.findings().iter().map(|finding| finding.render(false)).collect::<String>()
    };
    let mut bad = models();
    bad["gpt-9"]["input_cost_per_token"] = json!("cheap");
    let told = words(&bad.to_string());
    for part in
        ["llmhealth.catalog", "models.json: entry `gpt-9`: `input_cost_per_token` has to be", "config.yaml:8"]
    {
        assert!(told.contains(part), "{told}");
    }
    assert!(words("model_list: []").contains("models.json: it is not a JSON object"));
}

#[test]
fn a_missing_list_stops_the_load() {
    let (folder, config) = written("{}");
    fs::remove_file(folder.path().join("models.json")).unwrap();
    let Err(error) = load(&config, Environment::default()) else { panic!("it was loaded") };
    let told = error.findings()[0].render(false);
    assert!(told.contains("cannot read") && told.contains("relative to the file"), "{told}");
}

#[test]
fn loading_again_reads_the_list_again() {
    let (folder, config) = written(&models().to_string());
    let known = |name: &str| {
        let loaded = load(&config, Environment::default()).unwrap();
        loaded.config.catalog.exact(name).is_some()
    };
    assert!(!known("gpt-10"));
    let mut more = models();
    more["gpt-10"] = json!({"litellm_provider": "openai", "mode": "chat"});
    fs::write(folder.path().join("models.json"), more.to_string()).unwrap();
    assert!(known("gpt-10"));
}
