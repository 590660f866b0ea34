//! What the redactor learns from a configuration, and that no message shows a secret.

use std::path::Path;

use llmhealth::config::{is_secret_key, load_text};

use super::{environment, loaded};

#[test]
fn every_secret_of_a_configuration_is_redacted() {
    let text = r#"
model_list:
- model_name: n
  litellm_params:
    model: openai/m
    api_key: key-in-file-1
    api_base: https://user:url-password@host/v1?key=query-secret&sig=signature%2Bsecret&version=7
    aws_access_key_id: AKIDEXAMPLE77
    aws_secret_access_key: aws-secret-77
    aws_session_token: aws-token-77
    aws_region_name: eu-west-1
    aws_role_name: arn-of-role
    azure_ad_token: azure-token-77
    client_secret: client-secret-77
    vertex_credentials: '{"type": "service_account", "private_key": "pem-of-the-key", "project_id": "proj-1"}'
    extra_headers: {Authorization: Bearer header-token-77, X-Api-Key: header-key-77, x-team: team-blue}
    metadata: {note: os.environ/SOME_SECRET}
    tags: [sk-looks-like-a-key-1234]
    max_tokens: 16
    password: "None"
  model_info: {health_check_params: {api_key: probe-key-77}}
credential_list:
- credential_name: c
  credential_values: {api_key: credential-key-77}
environment_variables: {CUSTOM: custom-value-77, HTTP_PORT: "8080", LITELLM_LOG: DEBUG, REGION: eu-west-9}
litellm_settings: {cache: true, cache_params: {type: redis, password: redis-password-77}}
general_settings:
  master_key: sk-master-77
  drain_endpoint_token: drain-77
  database_url: postgres://user:db-password-77@db/x
  alert_to_webhook_url: {budget: [https://hooks.example/T0/B0/secret-path]}
"#;
    let variables = [
        ("SOME_SECRET", "referenced-secret-77"),
        ("AWS_SECRET_ACCESS_KEY", "process-aws-secret"),
        ("HOME", "/home/someone"),
    ];
    let redactor = loaded(text, &variables).config.redactor;
    for secret in [
        "key-in-file-1",
        "url-password",
        "query-secret",
        "signature%2Bsecret",
        "signature+secret",
        "AKIDEXAMPLE77",
        "aws-secret-77",
        "aws-token-77",
        "azure-token-77",
        "client-secret-77",
        "pem-of-the-key",
        "header-token-77",
        "header-key-77",
        "referenced-secret-77",
        "sk-looks-like-a-key-1234",
        "probe-key-77",
        "credential-key-77",
        "custom-value-77",
        "redis-password-77",
        "sk-master-77",
        "drain-77",
        "db-password-77",
        "https://hooks.example/T0/B0/secret-path",
        "process-aws-secret",
    ] {
        assert_eq!(redactor.clean(secret), "[redacted]", "{secret}");
    }
    let plain = "openai/m eu-west-1 arn-of-role proj-1 team-blue 16 None 8080 DEBUG eu-west-9 version=7 /home/someone";
    assert_eq!(redactor.clean(plain), plain);
}

#[test]
fn names_tell_secrets() {
    for name in [
        "api_key",
        "API_KEY",
        "x-api-key",
        "Ocp-Apim-Subscription-Key",
        "authorization",
        "Proxy-Authorization",
        "password",
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "aws_web_identity_token",
        "client_secret",
        "azure_ad_token",
        "vertex_credentials",
        "private_key",
        "master_key",
        "drain_endpoint_token",
        "OPENAI_API_KEY",
        "HF_TOKEN",
        "LANGFUSE_SECRET_KEY",
        "LANGFUSE_PUBLIC_KEY",
        "token",
        "slack_webhook_url",
        "database_url",
        "cookie",
        "azure_password",
        "tenant_secret",
        "apikey",
        "keys",
    ] {
        let expected = name != "LANGFUSE_PUBLIC_KEY";
        assert_eq!(is_secret_key(name), expected, "{name}");
    }
    for name in [
        "model",
        "max_tokens",
        "max_completion_tokens",
        "health_check_max_tokens",
        "input_cost_per_token",
        "api_base",
        "api_version",
        "aws_region_name",
        "aws_role_name",
        "aws_session_name",
        "vertex_project",
        "vertex_location",
        "litellm_credential_name",
        "credential_list",
        "monkey",
        "keyboard",
        "tokenizer",
        "cache_key",
        "organization",
        "client_id",
        "tenant_id",
        "timeout",
        "",
        "_",
    ] {
        assert!(!is_secret_key(name), "{name}");
    }
}

#[test]
fn no_message_shows_a_secret() {
    let secret = "very-secret-value-77";
    let lines = [
        "    api_key: SECRET\n    api_key: SECRET",
        "    api_key SECRET\n    b: c",
        "    api_key: \"SECRET",
        "    api_key: !tag SECRET",
        "    api_key: [SECRET\n",
        "    {api_key: SECRET, timeout: [}",
        "    vertex_credentials: |\n      {\"private_key\": \"SECRET\"\n   SECRET\n",
        "    vertex_credentials: >\n      line\n      SECRET\n\tx",
        "    extra_headers: {Authorization: Bearer SECRET}\n    extra_headers: {Authorization: Bearer SECRET}",
        "    api_base: https://h/?key=SECRET\n    api_base: https://h/?key=SECRET",
        "    model: x\n  model_info: {llmhealth: {method: SECRET}, api_key: SECRET}",
        "    litellm_credential_name: SECRET\n    password: SECRET",
    ];
    for line in lines {
        let text =
            format!("model_list:\n- model_name: n\n  litellm_params:\n{line}\n").replace("SECRET", secret);
        let findings = match load_text(text.clone(), Path::new("c.yaml"), environment(&[])) {
            Ok(loaded) => loaded.findings,
            Err(error) => error.findings().to_vec(),
        };
        assert!(!findings.is_empty(), "{text}");
        for finding in findings {
            let shown = format!("{}{}{finding:?}{finding}", finding.render(true), finding.render(false));
            assert!(!shown.contains(secret), "{text}\n{}", finding.render(false));
        }
    }
}

#[test]
fn long_lines_are_cut() {
    let text =
        format!("model_list: []\ngeneral_settings: {{health_check_interval: {}}}\n", "x".repeat(100_000));
    let error = load_text(text, Path::new("c.yaml"), environment(&[])).err().unwrap();
    assert!(error.findings()[0].render(false).len() < 1000);
}
