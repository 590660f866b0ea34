//! Whose keys sign: from a deployment's parameters and the environment to an [`AwsCredential`].
//!
//! The parameters are LiteLLM's; what they leave open is looked for where AWS's own clients look.

use crate::domain::{
    AwsContainer, AwsCredential, AwsKeys, AwsProfile, AwsRole, AwsSource, AwsSts, AwsWebIdentity,
    IdentityToken, Secret,
};
use crate::providers::oidc::identity_token;
use crate::providers::{BuildError, Target};

use super::region::{dns_suffix, is_region};

/// The name of sessions for which none is given.
const SESSION_NAME: &str = "llmhealth";

/// Describes where the deployment's keys come from.
pub(super) fn credential(target: &Target<'_>, region: &str) -> Result<AwsCredential, BuildError> {
    let sts = sts(target, region);
    let role = role(target);
    if let Some(reference) = target.deployment.params.str("aws_web_identity_token") {
        let role = role.ok_or(BuildError::MissingParam { key: "aws_role_name" })?;
        let token = identity_token(target.env, "aws_web_identity_token", reference)?;
        let identity = AwsWebIdentity { role_arn: role.arn, session_name: role.session_name, token };
        return Ok(AwsCredential { sources: vec![AwsSource::WebIdentity(identity)], role: None, sts });
    }
    let sources = match own(target)? {
        Some(source) => vec![source],
        None => ambient(target),
    };
    // A pod that is given the role itself does not assume it once more.
    let has_it = matches!(
        (sources.first(), &role),
        (Some(AwsSource::WebIdentity(identity)), Some(role)) if identity.role_arn == role.arn
    );
    Ok(AwsCredential { sources, role: role.filter(|_| !has_it), sts })
}

/// The keys or the profile that the deployment names itself.
fn own(target: &Target<'_>) -> Result<Option<AwsSource>, BuildError> {
    let params = &target.deployment.params;
    match (params.str("aws_access_key_id"), params.secret("aws_secret_access_key")) {
        (Some(id), Some(secret_access_key)) => Ok(Some(AwsSource::Keys(AwsKeys {
            access_key_id: id.to_owned(),
            secret_access_key,
            session_token: params.secret("aws_session_token"),
        }))),
        (Some(_), None) => Err(BuildError::MissingParam { key: "aws_secret_access_key" }),
        (None, Some(_)) => Err(BuildError::MissingParam { key: "aws_access_key_id" }),
        (None, None) => Ok(params
            .str("aws_profile_name")
            .and_then(|name| profile(target, name, true))
            .map(AwsSource::Profile)),
    }
}

/// Every source around the process, in the order of AWS's own clients.
fn ambient(target: &Target<'_>) -> Vec<AwsSource> {
    let env = target.env;
    let mut sources = Vec::new();
    sources.extend(environment_keys(target));
    if let (Some(file), Some(role_arn)) = (env.get("AWS_WEB_IDENTITY_TOKEN_FILE"), env.get("AWS_ROLE_ARN")) {
        sources.push(AwsSource::WebIdentity(AwsWebIdentity {
            role_arn: role_arn.to_owned(),
            session_name: env.get("AWS_ROLE_SESSION_NAME").unwrap_or(SESSION_NAME).to_owned(),
            token: IdentityToken::File(file.to_owned()),
        }));
    }
    let (name, named) = env.aws_profile();
    sources.extend(profile(target, name, named).map(AwsSource::Profile));
    sources.extend(container(target));
    sources.extend(instance_metadata(target));
    sources
}

fn environment_keys(target: &Target<'_>) -> Option<AwsSource> {
    let env = target.env;
    Some(AwsSource::Keys(AwsKeys {
        access_key_id: env.get("AWS_ACCESS_KEY_ID")?.to_owned(),
        secret_access_key: Secret::from(env.get("AWS_SECRET_ACCESS_KEY")?),
        session_token: env.first(&["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]).map(Secret::from),
    }))
}

/// A profile of the shared files; `None` where there is no home that could hold them.
fn profile(target: &Target<'_>, name: &str, named: bool) -> Option<AwsProfile> {
    let env = target.env;
    let ambient = [environment_keys(target), container(target), instance_metadata(target)];
    Some(AwsProfile {
        name: name.to_owned(),
        named,
        credentials_file: env.aws_credentials_file()?,
        config_file: env.aws_config_file().unwrap_or_default(),
        sso_cache: env.in_aws_folder("sso/cache").unwrap_or_default(),
        ambient: ambient.into_iter().flatten().collect(),
    })
}

fn container(target: &Target<'_>) -> Option<AwsSource> {
    let env = target.env;
    let url = match env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) => format!("http://169.254.170.2{path}"),
        None => env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")?.to_owned(),
    };
    let file = env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let value = env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    let token = file
        .map(|path| IdentityToken::File(path.to_owned()))
        .or_else(|| value.map(|token| IdentityToken::Value(Secret::from(token))));
    Some(AwsSource::Container(AwsContainer { url, token }))
}

fn instance_metadata(target: &Target<'_>) -> Option<AwsSource> {
    let env = target.env;
    if env.get("AWS_EC2_METADATA_DISABLED").is_some_and(|flag| flag.eq_ignore_ascii_case("true")) {
        return None;
    }
    let endpoint = env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or("http://169.254.169.254");
    Some(AwsSource::InstanceMetadata { endpoint: endpoint.trim_end_matches('/').to_owned() })
}

fn role(target: &Target<'_>) -> Option<AwsRole> {
    let params = &target.deployment.params;
    Some(AwsRole {
        arn: params.str("aws_role_name")?.to_owned(),
        session_name: params.str("aws_session_name").unwrap_or(SESSION_NAME).to_owned(),
        external_id: params.str("aws_external_id").map(str::to_owned),
    })
}

/// The token service: the one that is named, else that of the region.
fn sts(target: &Target<'_>, region: &str) -> AwsSts {
    let named =
        target.deployment.params.str("aws_sts_endpoint").or_else(|| target.env.get("AWS_ENDPOINT_URL_STS"));
    match named {
        Some(endpoint) => {
            AwsSts { endpoint: endpoint.to_owned(), region: region_of(endpoint).unwrap_or(region).to_owned() }
        }
        None => AwsSts {
            endpoint: format!("https://sts.{region}.{}", dns_suffix(region)),
            region: region.to_owned(),
        },
    }
}

/// The region in the host of an endpoint: `https://sts.eu-west-1.amazonaws.com`.
fn region_of(endpoint: &str) -> Option<&str> {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    host.split(['/', ':']).next()?.split('.').find(|label| is_region(label))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use crate::catalog::Catalog;
    use crate::domain::{Deployment, Environment, Fields, Params};
    use crate::providers::find;

    use super::*;

    fn described(params: Value, env: &[(&str, &str)]) -> Result<AwsCredential, BuildError> {
        let Value::Object(params) = params else { panic!("not an object") };
        let deployment = Deployment {
            id: "1".into(),
            model_name: "m".to_owned(),
            model: "bedrock/x".to_owned(),
            params: Params::new(params.into()),
            info: Fields::default(),
            check: Arc::default(),
            defect: None,
        };
        let env: Environment = env.iter().copied().collect();
        let target = Target {
            deployment: &deployment,
            provider: find("bedrock").unwrap(),
            model: "x",
            env: &env,
            catalog: Catalog::embedded(),
            drop_params: false,
            asked: None,
            azure_identity: false,
        };
        credential(&target, "eu-west-1")
    }

    /// The sources by name.
    fn sources(credential: &AwsCredential) -> Vec<&'static str> {
        let name = |source: &AwsSource| match source {
            AwsSource::Keys(_) => "keys",
            AwsSource::WebIdentity(_) => "web identity",
            AwsSource::Profile(_) => "profile",
            AwsSource::Container(_) => "container",
            AwsSource::InstanceMetadata { .. } => "instance",
        };
        credential.sources.iter().map(name).collect()
    }

    const ROLE: &str = "arn:aws:iam::1:role/r";

    #[test]
    fn the_deployments_own_come_first_and_alone() {
        let keys = json!({"aws_access_key_id": "AK", "aws_secret_access_key": "s", "aws_role_name": ROLE});
        let credential = described(keys, &[("AWS_ACCESS_KEY_ID", "OTHER"), ("HOME", "/home/u")]).unwrap();
        assert_eq!(sources(&credential), ["keys"]);
        let role = credential.role.unwrap();
        assert_eq!((role.arn.as_str(), role.session_name.as_str()), (ROLE, "llmhealth"));
        assert_eq!(credential.sts.endpoint, "https://sts.eu-west-1.amazonaws.com");

        let credential = described(json!({"aws_profile_name": "p"}), &[("HOME", "/home/u")]).unwrap();
        let [AwsSource::Profile(profile)] = credential.sources.as_slice() else { panic!() };
        assert_eq!(profile.credentials_file, "/home/u/.aws/credentials");
        assert!(profile.named);
    }

    #[test]
    fn the_environment_is_searched_in_order() {
        let env = [
            ("AWS_ACCESS_KEY_ID", "AK"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"),
            ("AWS_ROLE_ARN", ROLE),
            ("HOME", "/home/u"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"),
        ];
        let all = described(json!({}), &env).unwrap();
        assert_eq!(sources(&all), ["keys", "web identity", "profile", "container", "instance"]);
        let none = described(json!({}), &[("AWS_EC2_METADATA_DISABLED", "true")]).unwrap();
        assert!(none.sources.is_empty());
    }

    #[test]
    fn a_pod_does_not_assume_its_own_role_again() {
        let env = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", ROLE)];
        assert_eq!(described(json!({"aws_role_name": ROLE}), &env).unwrap().role, None);
        assert!(described(json!({"aws_role_name": "arn:aws:iam::2:role/x"}), &env).unwrap().role.is_some());
    }

    #[test]
    fn a_named_token_service_tells_the_region_that_it_is_signed_for() {
        let sts = |endpoint: &str| described(json!({"aws_sts_endpoint": endpoint}), &[]).unwrap().sts.region;
        assert_eq!(sts("https://sts.us-east-2.amazonaws.com"), "us-east-2");
        assert_eq!(sts("https://vpce-1.sts.ap-south-1.vpce.amazonaws.com/"), "ap-south-1");
        assert_eq!(sts("http://localhost:4566"), "eu-west-1");
    }

    #[test]
    fn half_a_credential_is_told() {
        for (params, missing) in [
            (json!({"aws_access_key_id": "AK"}), "aws_secret_access_key"),
            (json!({"aws_secret_access_key": "s"}), "aws_access_key_id"),
            (json!({"aws_web_identity_token": "oidc/file//t"}), "aws_role_name"),
        ] {
            assert_eq!(described(params, &[]), Err(BuildError::MissingParam { key: missing }));
        }
    }
}
