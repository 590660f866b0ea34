//! AWS profiles, from the files in a user's home to a signed request.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::credentials::{Authorizer, CredentialError};
use llmhealth::domain::{Environment, SignedRequest, WireRequest};
use llmhealth::probe::plan;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::scripted::{Reply, ScriptedTransport};

/// A home with this configuration file of AWS.
fn home(config: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
    fs::write(home.path().join(".aws/config"), config).unwrap();
    home
}

/// The request of a deployment of Bedrock in this home.
fn planned(home: &TempDir, params: &Value, env: &[(&str, &str)]) -> WireRequest {
    let mut all = json!({"model": "bedrock/anthropic.claude-3-haiku-20240307-v1:0"});
    all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
    let config = json!({"model_list": [{"model_name": "m", "litellm_params": all}]});
    let mut env: Environment = env.iter().copied().collect();
    env.set("HOME", home.path().to_str().unwrap());
    env.set("AWS_EC2_METADATA_DISABLED", "true");
    let config = load_text(config.to_string(), Path::new("config.yaml"), env).unwrap().config;
    let plan = plan(&config.fleet.all()[0], &config.settings.probe, &config.env, Catalog::embedded());
    plan.unwrap().request
}

fn host(request: &WireRequest) -> &str {
    request.url.host_str().unwrap_or_default()
}

/// Signs the request of a profile over this transport.
async fn signed(
    home: &TempDir,
    profile: &str,
    transport: &Arc<ScriptedTransport>,
) -> Result<SignedRequest, CredentialError> {
    let request = planned(home, &json!({"aws_profile_name": profile}), &[]);
    Authorizer::new(transport.clone()).authorize(request).await
}

fn signer(request: &SignedRequest) -> &str {
    let text = request.headers["authorization"].to_str().unwrap();
    text.split_once("Credential=").unwrap().1.split('/').next().unwrap()
}

#[test]
fn a_profile_has_a_region_of_its_own() {
    let home = home("[default]\nregion = eu-north-1\n[profile work]\nregion = ap-south-1\n[profile bare]\n");
    let region = |params: Value, env: &[(&str, &str)]| {
        let request = planned(&home, &params, env);
        host(&request).split('.').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(region(json!({}), &[]), "eu-north-1");
    assert_eq!(region(json!({"aws_profile_name": "work"}), &[]), "ap-south-1");
    assert_eq!(region(json!({"aws_profile_name": "bare"}), &[]), "us-west-2");
    assert_eq!(region(json!({}), &[("AWS_PROFILE", "work")]), "ap-south-1");
    assert_eq!(region(json!({}), &[("AWS_REGION", "ca-central-1")]), "ca-central-1");
    let both = json!({"aws_profile_name": "work", "aws_region_name": "us-east-2"});
    assert_eq!(region(both, &[]), "us-east-2");
}

#[test]
fn a_region_that_is_none_does_not_become_a_host() {
    let home = home("[default]\nregion = evil.example/\n");
    assert_eq!(host(&planned(&home, &json!({}), &[])), "bedrock-runtime.us-west-2.amazonaws.com");
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_prints_the_keys_of_a_profile() {
    let home = home("");
    let keys = home.path().join("the keys.json");
    let printed = json!({
        "Version": 1, "AccessKeyId": "ASIAPROGRAM", "SecretAccessKey": "s", "SessionToken": "t",
    });
    fs::write(&keys, printed.to_string()).unwrap();
    let config = format!(
        "[profile good]\ncredential_process = /bin/cat '{}'\n\
         [profile failing]\ncredential_process = /bin/sh -c 'echo secret-on-stderr >&2; exit 3'\n\
         [profile chatty]\ncredential_process = /bin/echo hello\n\
         [profile missing]\ncredential_process = /nowhere/program\n",
        keys.display()
    );
    fs::write(home.path().join(".aws/config"), config).unwrap();
    let transport = ScriptedTransport::always(Reply::Hang);
    let request = signed(&home, "good", &transport).await.unwrap();
    assert_eq!(signer(&request), "ASIAPROGRAM");
    assert_eq!(request.headers["x-amz-security-token"], "t");
    for (profile, words) in [
        ("failing", "failed: exit status: 3"),
        ("chatty", "prints no JSON with a `Version`"),
        ("missing", "can't run `/nowhere/program`"),
    ] {
        let error = signed(&home, profile, &transport).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("of AWS profile `{profile}` {words}")), "{text}");
        assert!(!text.contains("secret-on-stderr"));
    }
    assert_eq!(transport.count(), 0);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_program_that_hangs_is_stopped() {
    let home = home("[profile slow]\ncredential_process = /bin/sleep 1000\n");
    let start = Instant::now();
    let error = signed(&home, "slow", &ScriptedTransport::always(Reply::Hang)).await.unwrap_err();
    assert!(error.to_string().ends_with("was not done within 30 s"), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

const SSO: &str = "\
[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = reader
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-north-1
";

/// Leaves a login of the session `corp`, as `aws sso login` does.
fn log_in(home: &TempDir, hours: i64) {
    let until = Timestamp::now().checked_add(SignedDuration::from_hours(hours)).unwrap();
    let login = json!({"accessToken": "sso-token", "expiresAt": until.to_string(), "region": "eu-north-1"});
    let file = "ee0bfd2552fbd840c02cc48b6e823320543c450f";
    fs::write(home.path().join(".aws/sso/cache").join(file).with_extension("json"), login.to_string())
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_login_is_exchanged_for_keys() {
    let home = home(SSO);
    log_in(&home, 1);
    let until = Timestamp::now().as_millisecond() + 3_600_000;
    let keys = json!({"roleCredentials": {
        "accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t", "expiration": until,
    }});
    let transport = ScriptedTransport::always(Reply::json(200, &keys));
    assert_eq!(signer(&signed(&home, "sso", &transport).await.unwrap()), "ASIASSO");
    let request = &transport.requests()[0];
    assert_eq!(
        request.url.as_str(),
        "https://portal.sso.eu-north-1.amazonaws.com/federation/credentials\
         ?role_name=reader&account_id=123456789012"
    );
    assert_eq!(request.headers["x-amz-sso_bearer_token"], "sso-token");
    assert!(!format!("{request:?}").contains("sso-token"));
}

#[tokio::test(start_paused = true)]
async fn without_a_good_login_it_is_said_how_to_get_one() {
    let home = home(SSO);
    let refused = ScriptedTransport::always(Reply::json(401, &json!({"message": "Session token not found"})));
    let said = async || {
        let error = signed(&home, "sso", &refused).await.unwrap_err();
        assert_eq!(error.hint().unwrap(), "run `aws sso login --profile sso`");
        error.to_string()
    };
    assert!(said().await.ends_with("nobody has logged in"));
    log_in(&home, -1);
    assert!(said().await.ends_with("the login has expired"));
    assert_eq!(refused.count(), 0, "a login that has expired is not shown");
    log_in(&home, 1);
    assert!(said().await.ends_with("the login is no longer valid"));
}
