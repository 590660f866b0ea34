//! The commands that ask nobody: `validate`, `schema`, `completions`, `man`, and help.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::ConfigFile;
use super::process::run;

const COMMANDS: [&str; 10] =
    ["serve", "check", "plan", "validate", "health", "demo", "providers", "schema", "completions", "man"];

#[tokio::test]
async fn help_names_every_command_and_shows_examples() {
    let help = run(&["--help"]).await;
    assert_eq!(help.code, 0);
    for command in COMMANDS {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command}");
        let own = run(&[command, "--help"]).await;
        assert_eq!(own.code, 0);
        assert!(own.stdout.contains("Examples:\n  "), "{command}: {}", own.stdout);
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_2() {
    for arguments in [&["nonsense"][..], &[], &["serve"], &["check", "c.yaml", "--format", "xml"]] {
        assert_eq!(run(arguments).await.code, 2, "{arguments:?}");
    }
}

#[tokio::test]
async fn validate_shows_every_mistake_with_its_line() {
    let config = ConfigFile::new(
        "general_settings:\n  health_check_concurrency: many\nmodel_list:\n\
         - model_name: a\n  litellm_params: {model: openai/gpt-4o, api_key: sk-0123456789}\n  model_info: {mode: chatt}\n\
         - model_name: b\n  litellm_params: {model: nobody/x}\n\
         - model_name: c\n  litellm_params: {model: openai/gpt-4o}\n",
    );
    let done = run(&["validate", &config.path()]).await;
    assert_eq!(done.code, 2);
    assert!(done.stdout.ends_with("config.yaml: 3 deployments, 4 errors, 0 warnings\n"), "{}", done.stdout);
    for place in ["config.yaml:2:29", "config.yaml:6:22", "config.yaml:8:27", "config.yaml:10:3"] {
        assert!(done.stderr.contains(place), "{place} in {}", done.stderr);
    }
    assert!(done.stderr.contains("did you mean `chat`?"), "{}", done.stderr);
    assert!(done.stderr.contains("`model_list[2].litellm_params.api_key`: no API key"), "{}", done.stderr);
    assert!(!done.stderr.contains("sk-0123456789"));
}

#[tokio::test]
async fn one_mistake_of_a_deployment_does_not_hide_another() {
    let config = ConfigFile::new(
        "model_list:\n- model_name: m\n  litellm_params: {model: openai/gpt-4o, api_key: os.environ/LLMHEALTH_TEST_UNSET}\n  \
         model_info: {mode: chatt}\n",
    );
    let done = run(&["validate", &config.path()]).await;
    assert_eq!(done.code, 2, "{}", done.stderr);
    for part in ["`LLMHEALTH_TEST_UNSET` is not set", "did you mean `chat`?"] {
        assert!(done.stderr.contains(part), "{}", done.stderr);
    }
}

#[tokio::test]
async fn a_model_that_is_almost_a_known_one_is_a_warning() {
    let config = ConfigFile::new(
        "model_list:\n- model_name: m\n  litellm_params: {model: openai/gtp-4o-mini, api_key: sk-0123456789}\n\
         - model_name: n\n  litellm_params: {model: openai/gpt-4o-mini, api_key: sk-0123456789}\n",
    );
    let done = run(&["validate", &config.path()]).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.ends_with("2 deployments, 0 errors, 1 warning\n"), "{}", done.stdout);
    assert!(done.stderr.contains("did you mean `openai/gpt-4o-mini`?"), "{}", done.stderr);
}

#[tokio::test]
async fn validate_is_content_with_the_example() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.yaml");
    let variables = [
        "LITELLM_MASTER_KEY",
        "OPENAI_API_KEY",
        "AZURE_API_KEY",
        "ANTHROPIC_API_KEY",
        "GROQ_API_KEY",
        "TOGETHERAI_API_KEY",
    ];
    let mut env: Vec<(&str, &str)> = variables.iter().map(|name| (*name, "sk-0123456789")).collect();
    env.push(("AZURE_API_BASE", "https://my-resource.openai.azure.com"));
    let done = super::process::run_with(&["validate", example], &env).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(done.stderr, "");
}

#[tokio::test]
async fn the_schema_is_json() {
    let done = run(&["schema"]).await;
    let schema: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["model_list"].is_object());
}

#[tokio::test]
async fn a_shell_can_read_the_completions() {
    let script = run(&["completions", "bash"]).await.stdout;
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).await.unwrap();
    assert!(bash.wait().await.unwrap().success());
    for command in COMMANDS {
        assert!(script.contains(&format!("llmhealth,{command})")), "{command}");
    }
}

#[tokio::test]
async fn there_is_a_manual_page_for_everything() {
    assert!(run(&["man"]).await.stdout.contains(".TH llmhealth 1"));
    for command in COMMANDS {
        let page = run(&["man", command]).await;
        assert_eq!(page.code, 0);
        assert!(page.stdout.contains(&format!(".TH llmhealth-{command} 1")), "{command}");
    }
    let unknown = run(&["man", "nonsense"]).await;
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("there is no command `nonsense`"));
}
