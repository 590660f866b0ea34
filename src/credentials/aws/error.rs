//! What can go wrong on the way to AWS keys.

use std::borrow::Cow;
use std::sync::Arc;

use crate::credentials::IdentityError;
use crate::transport::TransportError;

/// Why a request to AWS could not be signed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AwsError {
    /// No source had keys.
    #[error("no AWS credentials were found in {looked}")]
    NoKeys {
        /// The places that were looked at.
        looked: String,
    },
    /// A profile can't be used.
    #[error("AWS profile `{profile}` {problem}")]
    Profile {
        /// Its name.
        profile: String,
        /// What is wrong, as the rest of a sentence.
        problem: String,
    },
    /// The program of a profile gave no keys.
    #[error("the `credential_process` of AWS profile `{profile}` {problem}")]
    Process {
        /// The profile.
        profile: String,
        /// What is wrong, as the rest of a sentence.
        problem: String,
    },
    /// A profile signs in by IAM Identity Center (SSO), and there is no login.
    #[error("AWS profile `{profile}` signs in by IAM Identity Center (SSO), and {problem}")]
    LoggedOut {
        /// The profile.
        profile: String,
        /// What is wrong, as the rest of a sentence.
        problem: &'static str,
    },
    /// An OpenID Connect token could not be had.
    #[error(transparent)]
    IdentityToken(#[from] IdentityError),
    /// An endpoint that gives keys could not be asked.
    #[error("cannot ask {from} for AWS credentials")]
    Fetch {
        /// Who was asked.
        from: &'static str,
        /// Why.
        #[source]
        source: Arc<TransportError>,
    },
    /// An endpoint that gives keys did not answer in time.
    #[error("{from} gave no AWS credentials within {seconds} s")]
    Slow {
        /// Who was asked.
        from: &'static str,
        /// How long was waited.
        seconds: u64,
    },
    /// An endpoint that gives keys refused.
    #[error("{from} refused with HTTP {status}: {message}")]
    Refused {
        /// Who was asked.
        from: &'static str,
        /// The HTTP status.
        status: u16,
        /// Its own words.
        message: String,
    },
    /// An endpoint that gives keys answered something else.
    #[error("the answer of {from} holds no AWS credentials")]
    Unreadable {
        /// Who was asked.
        from: &'static str,
    },
    /// The address of an endpoint is not one.
    #[error("`{url}` is not a usable address for {from}")]
    Address {
        /// Who would be asked.
        from: &'static str,
        /// The text.
        url: String,
    },
    /// The keys or the request contain what can't be signed.
    #[error("the request can't be signed: the AWS keys or its headers hold unusable characters")]
    Unsignable,
}

impl AwsError {
    /// What a person can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::LoggedOut { profile, .. } => {
                return Some(format!("run `aws sso login --profile {profile}`").into());
            }
            Self::Process { .. } => Some("run the program by hand; it has to print keys as JSON on its own"),
            Self::NoKeys { .. } => Some(
                "set `aws_access_key_id` and `aws_secret_access_key`, or `aws_profile_name`, or their \
                 environment variables, or give this machine a role",
            ),
            Self::Profile { .. } => Some(
                "check `aws_profile_name` or AWS_PROFILE, and the files ~/.aws/credentials and ~/.aws/config",
            ),
            Self::IdentityToken(_) => Some("check `aws_web_identity_token` or AWS_WEB_IDENTITY_TOKEN_FILE"),
            Self::Refused { .. } => {
                Some("check the keys, and that they may assume the role in `aws_role_name` or AWS_ROLE_ARN")
            }
            Self::Fetch { .. } | Self::Slow { .. } | Self::Address { .. } => {
                Some("check `aws_sts_endpoint` and that this machine can reach it")
            }
            Self::Unsignable => Some("check the AWS keys for line breaks and quotes"),
            Self::Unreadable { .. } => None,
        };
        hint.map(Cow::Borrowed)
    }

    /// The HTTP status of a refusal.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether nobody could be asked, so that nothing is known of the credential.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Fetch { .. } | Self::Slow { .. })
    }
}
