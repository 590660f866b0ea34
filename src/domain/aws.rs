//! Who signs a request to AWS, as data: where keys may come from, and which role is assumed with them.
//!
//! Adapters describe it from the deployment's parameters and the environment; `credentials` carries it
//! out. Equal descriptions share one set of fetched keys.

use super::Secret;

/// Keys that sign requests to AWS.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsKeys {
    /// The public half, such as `AKIA…`.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: Secret,
    /// Sent along when the keys are temporary.
    pub session_token: Option<Secret>,
}

/// How a deployment comes by its keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsCredential {
    /// Where keys may come from. The first source that has some wins.
    pub sources: Vec<AwsSource>,
    /// A role that is assumed with those keys.
    pub role: Option<AwsRole>,
    /// Where roles are assumed.
    pub sts: AwsSts,
}

impl AwsCredential {
    /// The keys, where nothing has to be fetched for them.
    #[must_use]
    pub fn keys_at_hand(&self) -> Option<&AwsKeys> {
        match (self.sources.first(), &self.role) {
            (Some(AwsSource::Keys(keys)), None) => Some(keys),
            _ => None,
        }
    }
}

/// A place that may hold keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AwsSource {
    /// The keys themselves.
    Keys(AwsKeys),
    /// A role that is assumed with an OpenID Connect token (`AssumeRoleWithWebIdentity`).
    WebIdentity(AwsWebIdentity),
    /// A profile of the shared configuration files.
    Profile(AwsProfile),
    /// The endpoint that ECS and EKS Pod Identity give a container.
    Container(AwsContainer),
    /// The metadata service of an EC2 instance, version 2.
    InstanceMetadata {
        /// Its address without a trailing slash.
        endpoint: String,
    },
}

/// A role that is assumed with keys (`AssumeRole`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsRole {
    /// The role.
    pub arn: String,
    /// The name of the session in CloudTrail.
    pub session_name: String,
    /// The secret that the owner of the role may ask for.
    pub external_id: Option<String>,
}

/// The Security Token Service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsSts {
    /// Its address.
    pub endpoint: String,
    /// The region that requests to it are signed for.
    pub region: String,
}

/// A role that is assumed with a token of another identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsWebIdentity {
    /// The role.
    pub role_arn: String,
    /// The name of the session in CloudTrail.
    pub session_name: String,
    /// Where the token comes from.
    pub token: IdentityToken,
}

/// Where an OpenID Connect token comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IdentityToken {
    /// It is known.
    Value(Secret),
    /// A file, read anew for each exchange since it is rotated.
    File(String),
    /// Asked of an endpoint.
    Endpoint {
        /// A `GET` of this URL answers with the token.
        url: String,
        /// A header that the endpoint wants.
        header: (&'static str, Secret),
        /// The field of the JSON answer; `None` when the whole answer is the token.
        field: Option<&'static str>,
    },
}

/// A profile of `~/.aws/credentials` and `~/.aws/config`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsProfile {
    /// Its name.
    pub name: String,
    /// Whether somebody named it. The profile `default` may be missing; a named one may not.
    pub named: bool,
    /// The path of the credentials file.
    pub credentials_file: String,
    /// The path of the configuration file.
    pub config_file: String,
    /// The folder in which `aws sso login` leaves logins.
    pub sso_cache: String,
    /// What the profile's `credential_source` may refer to.
    pub ambient: Vec<AwsSource>,
}

/// The endpoint that gives a container its role's keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsContainer {
    /// Its address.
    pub url: String,
    /// The value of `Authorization`, if one is wanted.
    pub token: Option<IdentityToken>,
}
