//! The shared configuration files `~/.aws/credentials` and `~/.aws/config`, and what a profile in them
//! amounts to: first keys, and the roles to assume one after another.

use std::collections::HashMap;

use tokio::fs;

use crate::domain::{AwsKeys, AwsProfile, AwsRole, AwsSource, AwsWebIdentity, IdentityToken, Secret};

use super::AwsError;

/// Session name of roles whose profile gives none.
const SESSION_NAME: &str = "llmhealth";

/// What to do for the keys of a profile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// Where the first keys come from.
    pub(super) first: AwsSource,
    /// Roles to assume, the first one with the first keys.
    pub(super) roles: Vec<AwsRole>,
}

/// Reads both files and finds the route of a profile; `None` when it is the default one and there is none.
pub(super) async fn route(profile: &AwsProfile) -> Result<Option<Route>, AwsError> {
    let credentials = read(&profile.name, &profile.credentials_file).await?;
    let config = read(&profile.name, &profile.config_file).await?;
    Profiles::parse(&credentials, &config).route(profile)
}

/// The text of a file; empty when there is no such file.
async fn read(profile: &str, path: &str) -> Result<String, AwsError> {
    match fs::read_to_string(path).await {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(problem(profile, format!("is not readable: {path}: {error}"))),
    }
}

/// The settings of each profile. Those of the credentials file win.
struct Profiles(HashMap<String, HashMap<String, String>>);

impl Profiles {
    fn parse(credentials: &str, config: &str) -> Self {
        let mut profiles = Self(HashMap::new());
        profiles.add(config, |section| match section.strip_prefix("profile ") {
            Some(name) => Some(name.trim().to_owned()),
            None => (section == "default").then(|| section.to_owned()),
        });
        profiles.add(credentials, |section| Some(section.to_owned()));
        profiles
    }

    /// Adds one file. An indented line belongs to a nested setting, which no credential needs.
    fn add(&mut self, text: &str, name_of: impl Fn(&str) -> Option<String>) {
        let mut current = None;
        for line in text.lines() {
            if line.trim_start().starts_with(['#', ';']) || line.starts_with([' ', '\t']) {
                continue;
            }
            if let Some(section) = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                current = name_of(section.trim());
                if let Some(name) = &current {
                    self.0.entry(name.clone()).or_default();
                }
            } else if let (Some(name), Some((key, value))) = (&current, line.split_once('=')) {
                let settings = self.0.entry(name.clone()).or_default();
                settings.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }

    /// Follows `source_profile` from profile to profile until there are keys.
    fn route(&self, profile: &AwsProfile) -> Result<Option<Route>, AwsError> {
        if !profile.named && !self.0.contains_key(&profile.name) {
            return Ok(None);
        }
        let mut roles = Vec::new();
        let mut name = profile.name.as_str();
        let mut visited = Vec::new();
        loop {
            let settings = self.0.get(name).ok_or_else(|| problem(name, "does not exist".to_owned()))?;
            let get = |key: &str| settings.get(key).map(String::as_str).filter(|value| !value.is_empty());
            // A profile may name itself as the source: its own keys, then.
            let role_arn = get("role_arn").filter(|_| !visited.contains(&name));
            let Some(role_arn) = role_arn else {
                let Some(keys) = keys(&get) else {
                    return no_keys(name, profile, &get).map_or(Ok(None), Err);
                };
                roles.reverse();
                return Ok(Some(Route { first: AwsSource::Keys(keys), roles }));
            };
            let session_name = get("role_session_name").unwrap_or(SESSION_NAME).to_owned();
            let first = if let Some(file) = get("web_identity_token_file") {
                AwsSource::WebIdentity(AwsWebIdentity {
                    role_arn: role_arn.to_owned(),
                    session_name,
                    token: IdentityToken::File(file.to_owned()),
                })
            } else {
                roles.push(AwsRole {
                    arn: role_arn.to_owned(),
                    session_name,
                    external_id: get("external_id").map(str::to_owned),
                });
                visited.push(name);
                match (get("source_profile"), get("credential_source")) {
                    (Some(source), _) => {
                        name = source;
                        continue;
                    }
                    (None, Some(source)) => ambient(name, source, &profile.ambient)?,
                    (None, None) => {
                        let lack = "has a `role_arn` but neither `source_profile` nor `credential_source`";
                        return Err(problem(name, lack.to_owned()));
                    }
                }
            };
            roles.reverse();
            return Ok(Some(Route { first, roles }));
        }
    }
}

fn keys<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> Option<AwsKeys> {
    Some(AwsKeys {
        access_key_id: get("aws_access_key_id")?.to_owned(),
        secret_access_key: Secret::from(get("aws_secret_access_key")?),
        session_token: get("aws_session_token").map(Secret::from),
    })
}

/// The complaint about a profile without keys. The default profile may well hold other settings only.
fn no_keys<'a>(name: &str, asked: &AwsProfile, get: &impl Fn(&str) -> Option<&'a str>) -> Option<AwsError> {
    let text = if get("sso_session").or(get("sso_start_url")).is_some() {
        "signs in by IAM Identity Center (SSO), which a daemon can't: use keys or a role"
    } else if get("credential_process").is_some() {
        "uses `credential_process`, which is not supported: use keys or a role"
    } else if asked.named || name != asked.name {
        "holds no keys"
    } else {
        return None;
    };
    Some(problem(name, text.to_owned()))
}

/// What `credential_source` refers to.
fn ambient(profile: &str, source: &str, ambient: &[AwsSource]) -> Result<AwsSource, AwsError> {
    let found = ambient.iter().find(|candidate| {
        matches!(
            (source, candidate),
            ("Environment", AwsSource::Keys(_))
                | ("EcsContainer", AwsSource::Container(_))
                | ("Ec2InstanceMetadata", AwsSource::InstanceMetadata { .. })
        )
    });
    found.cloned().ok_or_else(|| {
        problem(profile, format!("has `credential_source = {source}`, and there is no such source here"))
    })
}

fn problem(profile: &str, problem: String) -> AwsError {
    AwsError::Profile { profile: profile.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "\
# keys
[default]
aws_access_key_id = AKDEFAULT
aws_secret_access_key = s1

[own]
aws_access_key_id=AKOWN
aws_secret_access_key=s2
role_arn=arn:aws:iam::1:role/own
source_profile=own

[temporary]
aws_access_key_id = ASIA
aws_secret_access_key = s3
aws_session_token = t3
";

    const CONFIG: &str = "\
[default]
region = eu-west-1
s3 =
  max_concurrent_requests = 20

[profile outer]
role_arn = arn:aws:iam::1:role/outer
source_profile = inner
external_id = e1
[profile inner]
role_arn = arn:aws:iam::1:role/inner
source_profile = default
role_session_name = middle

[profile instance]
role_arn = arn:aws:iam::1:role/i
credential_source = Ec2InstanceMetadata

[profile pod]
role_arn = arn:aws:iam::1:role/p
web_identity_token_file = /token

[profile a]
role_arn = arn:aws:iam::1:role/a
source_profile = b
[profile b]
role_arn = arn:aws:iam::1:role/b
source_profile = a

[profile sso]
sso_session = corp

[services x]
endpoint_url = y
";

    fn route(name: &str) -> Result<Option<Route>, AwsError> {
        Profiles::parse(CREDENTIALS, CONFIG).route(&profile(name))
    }

    fn profile(name: &str) -> AwsProfile {
        AwsProfile {
            name: name.to_owned(),
            named: true,
            credentials_file: String::new(),
            config_file: String::new(),
            ambient: vec![AwsSource::InstanceMetadata { endpoint: "http://169.254.169.254".to_owned() }],
        }
    }

    fn role(name: &str, session: &str, external_id: Option<&str>) -> AwsRole {
        AwsRole {
            arn: format!("arn:aws:iam::1:role/{name}"),
            session_name: session.to_owned(),
            external_id: external_id.map(str::to_owned),
        }
    }

    fn key_id(route: &Route) -> &str {
        match &route.first {
            AwsSource::Keys(keys) => &keys.access_key_id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_read_from_the_credentials_file() {
        let route = route("temporary").unwrap().unwrap();
        assert_eq!(key_id(&route), "ASIA");
        let AwsSource::Keys(keys) = route.first else { panic!() };
        assert_eq!(keys.session_token, Some(Secret::from("t3")));
        assert!(route.roles.is_empty());
    }

    #[test]
    fn source_profiles_are_followed_to_their_keys() {
        let route = route("outer").unwrap().unwrap();
        assert_eq!(key_id(&route), "AKDEFAULT");
        assert_eq!(route.roles, [role("inner", "middle", None), role("outer", "llmhealth", Some("e1"))]);
    }

    #[test]
    fn a_profile_may_be_its_own_source() {
        let route = route("own").unwrap().unwrap();
        assert_eq!(key_id(&route), "AKOWN");
        assert_eq!(route.roles, [role("own", "llmhealth", None)]);
    }

    #[test]
    fn other_sources_of_first_keys() {
        let instance = route("instance").unwrap().unwrap();
        assert!(matches!(instance.first, AwsSource::InstanceMetadata { .. }));
        assert_eq!(instance.roles, [role("i", "llmhealth", None)]);
        let pod = route("pod").unwrap().unwrap();
        assert!(matches!(pod.first, AwsSource::WebIdentity(_)));
        assert!(pod.roles.is_empty());
    }

    #[test]
    fn a_broken_profile_says_what_is_wrong() {
        let words = |name: &str| route(name).unwrap_err().to_string();
        assert_eq!(words("nobody"), "AWS profile `nobody` does not exist");
        assert_eq!(words("a"), "AWS profile `a` holds no keys");
        assert!(words("sso").contains("IAM Identity Center"), "{}", words("sso"));
    }

    #[test]
    fn the_default_profile_may_be_missing() {
        let unnamed = AwsProfile { named: false, ..profile("default") };
        assert!(Profiles::parse("", "").route(&unnamed).unwrap().is_none());
        assert!(Profiles::parse("", "[default]\nregion = x").route(&unnamed).unwrap().is_none());
    }
}
