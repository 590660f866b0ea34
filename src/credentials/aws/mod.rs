//! AWS: finds keys as an [`AwsCredential`] describes, and signs with them.

mod ask;
mod error;
mod metadata;
mod process;
mod profile;
mod sigv4;
mod sso;
mod sts;

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{AwsCredential, AwsKeys, AwsProfile, AwsSource, SignedRequest};
use crate::transport::Transport;

pub use error::AwsError;

use super::CredentialError;
use super::identity::identity_token;
use super::tokens::{Token, TokenCache};

use profile::First;

/// Signs for AWS. Keys that have to be fetched are shared by all deployments with an equal credential.
#[derive(Default)]
pub(super) struct AwsSigner {
    keys: TokenCache<Arc<AwsCredential>, AwsKeys>,
}

impl AwsSigner {
    /// Signs a request whose body is complete, after fetching keys if there are none at hand.
    pub(super) async fn sign(
        &self,
        transport: &Arc<dyn Transport>,
        request: SignedRequest,
        service: &str,
        region: &str,
        credential: Arc<AwsCredential>,
    ) -> Result<SignedRequest, CredentialError> {
        let keys = if let Some(keys) = credential.keys_at_hand() {
            keys.clone()
        } else {
            let transport = Arc::clone(transport);
            let key = Arc::clone(&credential);
            let fetch = || async move { Ok(fetch(&*transport, &credential).await?) };
            self.keys.get(key, fetch).await?
        };
        Ok(sigv4::sign(request, &keys, service, region, Timestamp::now())?)
    }
}

/// The first keys that a source has, or those of the role that is assumed with them.
async fn fetch(transport: &dyn Transport, credential: &AwsCredential) -> Result<Token<AwsKeys>, AwsError> {
    let mut looked = vec!["`litellm_params`".to_owned(), "the environment".to_owned()];
    for source in &credential.sources {
        let found = match source {
            AwsSource::Profile(profile) => {
                looked.push(format!("profile `{}` of {}", profile.name, profile.credentials_file));
                of_profile(transport, credential, profile).await?
            }
            other => of_source(transport, credential, other).await?,
        };
        if let AwsSource::InstanceMetadata { .. } = source {
            looked.push("the EC2 instance metadata".to_owned());
        }
        let Some(first) = found else { continue };
        return match &credential.role {
            Some(role) => sts::assume_role(transport, &credential.sts, &first.secret, role).await,
            None => Ok(first),
        };
    }
    Err(AwsError::NoKeys { looked: looked.join(", ") })
}

async fn of_profile(
    transport: &dyn Transport,
    credential: &AwsCredential,
    profile: &AwsProfile,
) -> Result<Option<Token<AwsKeys>>, AwsError> {
    let Some(route) = profile::route(profile).await? else { return Ok(None) };
    let first = match &route.first {
        First::Source(source) => of_source(transport, credential, source).await?,
        First::Login(login) => Some(sso::keys(transport, login).await?),
        First::Program { profile, line } => Some(process::keys(profile, line).await?),
    };
    let Some(mut keys) = first else { return Ok(None) };
    for role in &route.roles {
        keys = sts::assume_role(transport, &credential.sts, &keys.secret, role).await?;
    }
    Ok(Some(keys))
}

/// The keys of any source but a profile; `None` when it has none.
async fn of_source(
    transport: &dyn Transport,
    credential: &AwsCredential,
    source: &AwsSource,
) -> Result<Option<Token<AwsKeys>>, AwsError> {
    match source {
        AwsSource::Keys(keys) => Ok(Some(Token { secret: keys.clone(), lifetime: ask::UNDATED })),
        AwsSource::WebIdentity(identity) => {
            let token = identity_token(transport, &identity.token).await?;
            let (role, session) = (&identity.role_arn, &identity.session_name);
            sts::assume_role_with_web_identity(transport, &credential.sts, role, session, &token)
                .await
                .map(Some)
        }
        AwsSource::Container(container) => metadata::container(transport, container).await.map(Some),
        AwsSource::InstanceMetadata { endpoint } => metadata::instance(transport, endpoint).await,
        // A profile's first source is never a profile again: its route has been followed to the end.
        AwsSource::Profile(_) => Ok(None),
    }
}
