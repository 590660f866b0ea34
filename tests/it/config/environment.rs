//! What the environment decides. The process environment is never touched: a snapshot is passed in.

use std::path::Path;
use std::time::Duration;

use llmhealth::config::{Config, load_text};
use llmhealth::domain::Deployment;
use std::sync::Arc;

use super::{environment, loaded};

fn config(text: &str, variables: &[(&str, &str)]) -> Config {
    loaded(text, variables).config
}

/// The only deployment, with these parameters besides the model.
fn deployment(params: &str, variables: &[(&str, &str)]) -> Arc<Deployment> {
    let text = format!("model_list: [{{model_name: n, litellm_params: {{model: openai/m, {params}}}}}]");
    Arc::clone(&config(&text, variables).fleet.all()[0])
}

#[test]
fn references_resolve_wherever_they_stand() {
    let params =
        "a: os.environ/A, b: {c: [os.environ/A, {d: os.environ/A}]}, e: 'x os.environ/A-y os.environ/B!'";
    let deployment = deployment(params, &[("A", "1"), ("B", "2")]);
    assert_eq!(deployment.params.str("a"), Some("1"));
    assert_eq!(deployment.params.get("b").unwrap(), &serde_json::json!({"c": ["1", {"d": "1"}]}));
    assert_eq!(deployment.params.str("e"), Some("x 1-y 2!"));
    assert!(deployment.defect.is_none());
}

#[test]
fn booleans_in_variables_are_booleans() {
    let deployment = deployment("a: os.environ/A, b: os.environ/B", &[("A", "True"), ("B", " false ")]);
    assert_eq!(deployment.params.get("a"), Some(&true.into()));
    assert_eq!(deployment.params.get("b"), Some(&false.into()));
}

#[test]
fn an_unset_variable_is_a_defect_that_names_it() {
    let deployment = deployment("api_key: os.environ/MY_KEY, extra_headers: {x: os.environ/OTHER}", &[]);
    let defect = deployment.defect.as_ref().unwrap();
    assert_eq!(
        defect.reason,
        "`litellm_params.api_key`: the environment variable `MY_KEY` is not set; \
         `litellm_params.extra_headers.x`: the environment variable `OTHER` is not set"
    );
    assert_eq!(defect.hint.as_deref(), Some("set MY_KEY, or remove the key"));
    assert!(deployment.params.get("api_key").is_none());
}

#[test]
fn the_file_sets_variables_that_the_process_does_not() {
    let text = "
environment_variables: {FROM_FILE: file, FROM_BOTH: file, COPY: os.environ/FROM_PROCESS, FLAG: true}
model_list:
- model_name: n
  litellm_params: {model: m, a: os.environ/FROM_FILE, b: os.environ/FROM_BOTH, c: os.environ/COPY}
";
    let config = config(text, &[("FROM_BOTH", "process"), ("FROM_PROCESS", "process")]);
    let params = &config.fleet.all()[0].params;
    assert_eq!(params.str("a"), Some("file"));
    assert_eq!(params.str("b"), Some("process"));
    assert_eq!(params.str("c"), Some("process"));
    assert_eq!(config.env.get("FROM_FILE"), Some("file"));
    assert_eq!(config.env.get("FLAG"), Some("True"));
}

#[test]
fn the_master_key_comes_from_the_file_or_the_environment() {
    let key = |text: &str, variables: &[(&str, &str)]| {
        config(text, variables).settings.master_key.map(|key| key.expose().to_owned())
    };
    let variables = [("LITELLM_MASTER_KEY", "sk-process"), ("MINE", "sk-mine")];
    assert_eq!(key("general_settings: {master_key: sk-file}", &variables).as_deref(), Some("sk-file"));
    assert_eq!(
        key("general_settings: {master_key: os.environ/MINE}", &variables).as_deref(),
        Some("sk-mine")
    );
    assert_eq!(key("general_settings: {}", &variables).as_deref(), Some("sk-process"));
    assert_eq!(key("general_settings: {}", &[]), None);
}

#[test]
fn a_master_key_that_resolves_to_nothing_never_opens_the_daemon() {
    for (value, variables) in [
        ("os.environ/UNSET", &[][..]),
        ("os.environ/EMPTY", &[("EMPTY", "")][..]),
        ("os.environ/UNSET", &[("LITELLM_MASTER_KEY", "sk-process")][..]),
        ("''", &[][..]),
        ("'  '", &[][..]),
    ] {
        let text = format!("general_settings: {{master_key: {value}}}");
        let error = load_text(text, Path::new("c"), environment(variables)).err().unwrap();
        assert!(
            error.findings().iter().any(|finding| finding.key == "general_settings.master_key"),
            "{value}"
        );
    }
}

#[test]
fn variables_are_the_defaults_of_settings() {
    let variables = [
        ("HEALTH_CHECK_TIMEOUT_SECONDS", "2.5"),
        ("DEFAULT_HEALTH_CHECK_INTERVAL", "17"),
        ("BACKGROUND_HEALTH_CHECK_MAX_TOKENS", "11"),
        ("BACKGROUND_HEALTH_CHECK_MAX_TOKENS_REASONING", "12"),
        ("DEFAULT_HEALTH_CHECK_PROMPT", "ping"),
        ("DRAIN_ENDPOINT_TOKEN", "drain"),
        ("GRACEFUL_SHUTDOWN_TIMEOUT", "0"),
    ];
    let settings = config("model_list: []", &variables).settings;
    assert_eq!(settings.probe.timeout, Duration::from_millis(2500));
    assert_eq!(settings.background.interval, Duration::from_secs(17));
    assert_eq!(settings.probe.max_tokens, Some(11));
    assert_eq!(settings.probe.max_tokens_reasoning, Some(12));
    assert_eq!(settings.probe.prompt, "ping");
    assert!(settings.drain.token.unwrap().matches("drain"));
    assert_eq!(settings.drain.timeout, Duration::ZERO);
    let settings = config("general_settings: {health_check_interval: 5}", &variables).settings;
    assert_eq!(settings.background.interval, Duration::from_secs(5));
}

#[test]
fn a_malformed_variable_is_an_error_that_names_it() {
    for (name, value) in [
        ("HEALTH_CHECK_TIMEOUT_SECONDS", "soon"),
        ("HEALTH_CHECK_TIMEOUT_SECONDS", "0"),
        ("HEALTH_CHECK_TIMEOUT_SECONDS", "nan"),
        ("DEFAULT_HEALTH_CHECK_INTERVAL", "1.5"),
        ("BACKGROUND_HEALTH_CHECK_MAX_TOKENS", "many"),
        ("BACKGROUND_HEALTH_CHECK_MAX_TOKENS_REASONING", "1e3"),
        ("GRACEFUL_SHUTDOWN_TIMEOUT", "-1"),
    ] {
        let error = load_text("model_list: []", Path::new("c"), environment(&[(name, value)])).err().unwrap();
        let finding = error.findings().iter().find(|finding| finding.key == name).unwrap();
        assert!(finding.message.contains(&format!("not `{value}`")), "{finding}");
    }
}
