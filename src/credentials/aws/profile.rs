//! The shared configuration files `~/.aws/credentials` and `~/.aws/config`, and what a profile in them
//! amounts to: first keys, and the roles to assume one after another.

use tokio::fs;

use crate::domain::{
    AwsKeys, AwsProfile, AwsProfiles, AwsRole, AwsSource, AwsWebIdentity, IdentityToken, Secret,
};

use super::AwsError;
use super::sso::SsoLogin;

/// Session name of roles whose profile gives none.
const SESSION_NAME: &str = "llmhealth";

/// What to do for the keys of a profile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// Where the first keys come from.
    pub(super) first: First,
    /// Roles to assume, the first one with the first keys.
    pub(super) roles: Vec<AwsRole>,
}

/// Where a profile's first keys come from. What only the user's own files may say is not a source that an adapter can
/// describe.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum First {
    /// Keys, or a place that others name as well.
    Source(AwsSource),
    /// A login by IAM Identity Center.
    Login(SsoLogin),
    /// A program.
    Program {
        /// The profile, for messages.
        profile: String,
        /// The command line.
        line: String,
    },
}

/// Reads both files and finds the route of a profile; `None` when it is the default one and there is none.
pub(super) async fn route(profile: &AwsProfile) -> Result<Option<Route>, AwsError> {
    let credentials = read(&profile.name, &profile.credentials_file).await?;
    let config = read(&profile.name, &profile.config_file).await?;
    follow(&AwsProfiles::parse(&credentials, &config), profile)
}

/// The text of a file; empty when there is no such file.
async fn read(profile: &str, path: &str) -> Result<String, AwsError> {
    match fs::read_to_string(path).await {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(problem(profile, format!("is not readable: {path}: {error}"))),
    }
}

/// Follows `source_profile` from profile to profile until there are keys.
fn follow(profiles: &AwsProfiles, profile: &AwsProfile) -> Result<Option<Route>, AwsError> {
    if !profile.named && !profiles.contains(&profile.name) {
        return Ok(None);
    }
    let mut roles = Vec::new();
    let mut name = profile.name.as_str();
    let mut visited = Vec::new();
    loop {
        if !profiles.contains(name) {
            return Err(problem(name, "does not exist".to_owned()));
        }
        let get = |key: &str| profiles.get(name, key);
        // A profile may name itself as the source: its own keys, then.
        let role_arn = get("role_arn").filter(|_| !visited.contains(&name));
        let Some(role_arn) = role_arn else {
            let Some(first) = own(profiles, name, profile)? else {
                let is_asked = profile.named || name != profile.name;
                return if is_asked { Err(problem(name, "holds no keys".to_owned())) } else { Ok(None) };
            };
            roles.reverse();
            return Ok(Some(Route { first, roles }));
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
        return Ok(Some(Route { first: First::Source(first), roles }));
    }
}

/// What a profile has itself, in the order of AWS's own clients: a login, keys, a program. The default profile may well
/// hold other settings only.
fn own(profiles: &AwsProfiles, name: &str, asked: &AwsProfile) -> Result<Option<First>, AwsError> {
    let get = |key: &str| profiles.get(name, key);
    if let Some(login) = login(profiles, name, &asked.sso_cache)? {
        return Ok(Some(First::Login(login)));
    }
    if let (Some(id), Some(secret)) = (get("aws_access_key_id"), get("aws_secret_access_key")) {
        return Ok(Some(First::Source(AwsSource::Keys(AwsKeys {
            access_key_id: id.to_owned(),
            secret_access_key: Secret::from(secret),
            session_token: get("aws_session_token").map(Secret::from),
        }))));
    }
    let program = |line: &str| First::Program { profile: name.to_owned(), line: line.to_owned() };
    Ok(get("credential_process").map(program))
}

/// The login of a profile that signs in by IAM Identity Center: with a session that several profiles share, or in the
/// older way with settings of its own.
fn login(profiles: &AwsProfiles, name: &str, cache: &str) -> Result<Option<SsoLogin>, AwsError> {
    let (session, region) = match (profiles.get(name, "sso_session"), profiles.get(name, "sso_start_url")) {
        (Some(session), _) => (session, profiles.of_sso_session(session, "sso_region")),
        (None, Some(url)) => (url, profiles.get(name, "sso_region")),
        (None, None) => return Ok(None),
    };
    let lacks = |key: &str| problem(name, format!("signs in by SSO, but `{key}` is missing"));
    let wanted = |key: &str| profiles.get(name, key).map(str::to_owned).ok_or_else(|| lacks(key));
    Ok(Some(SsoLogin {
        profile: name.to_owned(),
        session: session.to_owned(),
        region: region.ok_or_else(|| lacks("sso_region"))?.to_owned(),
        account_id: wanted("sso_account_id")?,
        role_name: wanted("sso_role_name")?,
        cache: cache.to_owned(),
    }))
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

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-north-1
[profile half]
sso_session = corp
sso_account_id = 1
[profile sso]
sso_session = corp
sso_account_id = 1
sso_role_name = reader
credential_process = never
[profile old-sso]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 2
sso_role_name = writer
[profile over-sso]
role_arn = arn:aws:iam::1:role/o
source_profile = sso

[profile program]
credential_process = /bin/keys --for me

[services x]
endpoint_url = y
";

    fn route(name: &str) -> Result<Option<Route>, AwsError> {
        follow(&AwsProfiles::parse(CREDENTIALS, CONFIG), &profile(name))
    }

    fn profile(name: &str) -> AwsProfile {
        AwsProfile {
            name: name.to_owned(),
            named: true,
            credentials_file: String::new(),
            config_file: String::new(),
            sso_cache: "/home/u/.aws/sso/cache".to_owned(),
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
            First::Source(AwsSource::Keys(keys)) => &keys.access_key_id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_read_from_the_credentials_file() {
        let route = route("temporary").unwrap().unwrap();
        assert_eq!(key_id(&route), "ASIA");
        let First::Source(AwsSource::Keys(keys)) = route.first else { panic!() };
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
        assert!(matches!(instance.first, First::Source(AwsSource::InstanceMetadata { .. })));
        assert_eq!(instance.roles, [role("i", "llmhealth", None)]);
        let pod = route("pod").unwrap().unwrap();
        assert!(matches!(pod.first, First::Source(AwsSource::WebIdentity(_))));
        assert!(pod.roles.is_empty());
    }

    #[test]
    fn a_profile_may_sign_in_or_run_a_program() {
        let login = |name: &str| match route(name).unwrap().unwrap().first {
            First::Login(login) => login,
            other => panic!("{other:?}"),
        };
        let shared = login("sso");
        assert_eq!((shared.session.as_str(), shared.region.as_str()), ("corp", "eu-north-1"));
        assert_eq!((shared.account_id.as_str(), shared.role_name.as_str()), ("1", "reader"));
        let old = login("old-sso");
        assert_eq!(
            (old.session.as_str(), old.region.as_str()),
            ("https://old.awsapps.com/start", "us-east-1")
        );
        assert_eq!(login("over-sso"), shared);
        assert_eq!(route("over-sso").unwrap().unwrap().roles, [role("o", "llmhealth", None)]);
        let program = First::Program { profile: "program".to_owned(), line: "/bin/keys --for me".to_owned() };
        assert_eq!(route("program").unwrap().unwrap().first, program);
    }

    #[test]
    fn a_broken_profile_says_what_is_wrong() {
        let words = |name: &str| route(name).unwrap_err().to_string();
        assert_eq!(words("nobody"), "AWS profile `nobody` does not exist");
        assert_eq!(words("a"), "AWS profile `a` holds no keys");
        assert_eq!(words("half"), "AWS profile `half` signs in by SSO, but `sso_role_name` is missing");
    }

    #[test]
    fn the_default_profile_may_be_missing() {
        let unnamed = AwsProfile { named: false, ..profile("default") };
        assert!(follow(&AwsProfiles::default(), &unnamed).unwrap().is_none());
        assert!(follow(&AwsProfiles::parse("", "[default]\nregion = x"), &unnamed).unwrap().is_none());
    }
}
