//! What all of AWS's wire formats share: regions, whose keys sign, and how errors are told.

mod credential;
mod region;

use std::sync::Arc;

use crate::domain::{AuthPlan, WireResponse};

use super::{BuildError, Target, UpstreamFailure, answer};

pub(super) use region::{EnvOrder, dns_suffix, is_region, region};

/// A signature by the deployment's keys.
///
/// # Errors
/// When a credential is given by halves.
pub(super) fn signature(
    target: &Target<'_>,
    service: &'static str,
    region: String,
) -> Result<AuthPlan, BuildError> {
    let credential = Arc::new(credential::credential(target, &region)?);
    Ok(AuthPlan::AwsSigV4 { service, region, credential })
}

/// What AWS says of an error. Its kind is in a header: `ValidationException:http://…`.
pub(super) fn failure(response: &WireResponse) -> UpstreamFailure {
    let mut failure = answer::failure(response);
    if let Some(kind) = response.header("x-amzn-errortype") {
        failure.kind = kind.split(':').next().map(str::to_owned);
    }
    failure
}
