//! What an Azure deployment's settings make of its credential.

#![expect(clippy::panic, reason = "a plan of another kind ends the test")]

use std::path::Path;

use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::domain::{
    AuthPlan, AzureAdCredential, AzureIdentityHost, AzureProof, Environment, IdentityToken,
};
use llmhealth::probe::{PlanError, plan};
use llmhealth::providers::BuildError;
use serde_json::{Value, json};

/// How the request of a deployment is authorised, or why it can't be built.
fn planned(params: &Value, env: &[(&str, &str)], refresh: bool) -> Result<AuthPlan, BuildError> {
    let mut all = json!({"model": "azure/dep", "api_base": "https://r.openai.azure.com"});
    all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
    let config = json!({
        "model_list": [{"model_name": "m", "litellm_params": all}],
        "litellm_settings": {"enable_azure_ad_token_refresh": refresh},
    });
    let env: Environment = env.iter().copied().collect();
    let config = load_text(config.to_string(), Path::new("config.yaml"), env).unwrap().config;
    match plan(&config.fleet.all()[0], &config.settings.probe, &config.env, Catalog::embedded()) {
        Ok(plan) => Ok(plan.request.auth),
        Err(PlanError::Build(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

fn auth(params: &Value, env: &[(&str, &str)]) -> Result<AuthPlan, BuildError> {
    planned(params, env, true)
}

fn identity(params: &Value, env: &[(&str, &str)]) -> AzureAdCredential {
    match auth(params, env) {
        Ok(AuthPlan::AzureAd { credential, .. }) => AzureAdCredential::clone(&credential),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_deployments_own_credential_goes_before_the_environments() {
    let application = json!({"tenant_id": "t", "client_id": "c", "client_secret": "s"});
    let variables =
        [("AZURE_OPENAI_AD_TOKEN", "et"), ("AZURE_OPENAI_API_KEY", "ok"), ("AZURE_API_KEY", "ek")];
    let key = |key: &str| AuthPlan::Header { name: "api-key", prefix: "", key: key.into() };
    let all = json!({"api_key": "k", "azure_ad_token": "t"});
    assert_eq!(auth(&all, &variables), Ok(key("k")));
    let token = json!({"azure_ad_token": "t"});
    assert_eq!(auth(&token, &variables), Ok(AuthPlan::Bearer("t".into())));
    assert!(matches!(auth(&application, &variables), Ok(AuthPlan::AzureAd { .. })));
    assert_eq!(auth(&json!({}), &variables), Ok(AuthPlan::Bearer("et".into())));
    assert_eq!(auth(&json!({}), &variables[1..]), Ok(key("ok")));
    assert_eq!(auth(&json!({}), &variables[2..]), Ok(key("ek")));
}

#[test]
fn an_application_may_be_split_between_deployment_and_environment() {
    let env = [
        ("AZURE_TENANT_ID", "et"),
        ("AZURE_CLIENT_SECRET", "es"),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"),
    ];
    let AzureAdCredential::Application(application) = identity(&json!({"client_id": "c"}), &env) else {
        panic!("no application");
    };
    assert_eq!((application.tenant_id.as_str(), application.client_id.as_str()), ("et", "c"));
    assert_eq!(application.authority, "https://login.microsoftonline.us");
}

#[test]
fn an_application_may_ask_in_the_name_of_a_user() {
    let user = json!({"client_id": "c", "azure_username": "u", "azure_password": "p"});
    let AzureAdCredential::Application(application) = identity(&user, &[]) else {
        panic!("no application");
    };
    let proof = AzureProof::Password { username: "u".to_owned(), password: "p".into() };
    assert_eq!((application.tenant_id.as_str(), application.proof), ("organizations", proof));
}

#[test]
fn a_reference_to_another_providers_token_needs_an_application() {
    let reference = json!({"azure_ad_token": "oidc/env/TOKEN"});
    let env = [("TOKEN", "jwt"), ("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t")];
    let AzureAdCredential::Application(application) = identity(&reference, &env) else {
        panic!("no application");
    };
    assert_eq!(application.proof, AzureProof::Assertion(IdentityToken::Value("jwt".into())));
    let missing = BuildError::MissingParamOr { key: "tenant_id", variable: "AZURE_TENANT_ID" };
    assert_eq!(auth(&reference, &env[..2]), Err(missing));
}

#[test]
fn without_a_credential_it_is_the_identity_of_the_pod_app_or_machine() {
    let file = ("AZURE_FEDERATED_TOKEN_FILE", "/token");
    let all = [file, ("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t"), ("IDENTITY_ENDPOINT", "http://app")];
    let AzureAdCredential::Application(pod) = identity(&json!({}), &all) else { panic!("no pod") };
    assert_eq!(pod.proof, AzureProof::Assertion(IdentityToken::File("/token".to_owned())));

    let managed = |env: &[(&str, &str)]| match identity(&json!({}), env) {
        AzureAdCredential::Managed(identity) => identity,
        AzureAdCredential::Application(other) => panic!("{other:?}"),
    };
    let app = [("IDENTITY_ENDPOINT", "http://app"), ("IDENTITY_HEADER", "h"), ("AZURE_CLIENT_ID", "c")];
    let endpoint = "http://app".to_owned();
    assert_eq!(managed(&app).host, AzureIdentityHost::App { endpoint, header: "h".into() });
    assert_eq!(managed(&app).client_id.as_deref(), Some("c"));
    let endpoint = "http://169.254.169.254".to_owned();
    assert_eq!(managed(&[]).host, AzureIdentityHost::Machine { endpoint });
    let named = [all[0], all[1], all[2], ("AZURE_CREDENTIAL", "ManagedIdentityCredential")];
    assert!(matches!(managed(&named).host, AzureIdentityHost::Machine { .. }));
    let other = [("AZURE_CREDENTIAL", "AzureCliCredential")];
    assert!(matches!(auth(&json!({}), &other), Err(BuildError::BadVariable { .. })));
}

#[test]
fn the_identity_of_the_machine_is_not_used_unasked() {
    let off = |env: &[(&str, &str)]| planned(&json!({}), env, false);
    assert!(matches!(off(&[]), Err(BuildError::MissingKey { .. })));
    let pod = [("AZURE_FEDERATED_TOKEN_FILE", "/t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t")];
    let variable = "AZURE_FEDERATED_TOKEN_FILE";
    assert_eq!(off(&pod), Err(BuildError::IdentityIsOff { variable }));
}

#[test]
fn the_scope_may_be_that_of_another_cloud() {
    let scope = |params: &Value, env: &[(&str, &str)]| match auth(params, env) {
        Ok(AuthPlan::AzureAd { scope, .. }) => scope,
        other => panic!("{other:?}"),
    };
    assert_eq!(scope(&json!({}), &[]), "https://cognitiveservices.azure.com/.default");
    assert_eq!(scope(&json!({}), &[("AZURE_SCOPE", "e")]), "e");
    assert_eq!(scope(&json!({"azure_scope": "p"}), &[("AZURE_SCOPE", "e")]), "p");
}
