//! What all of AWS's wire formats share: regions, whose keys sign, and how errors are told.

mod credential;
mod region;

use std::sync::Arc;

use crate::domain::{AuthPlan, WireResponse};

use super::chat::TranslateError;
use super::framing::Event;
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

/// The statuses that AWS's exceptions come with, when they do not come in a stream.
const STATUSES: [(&str, u16); 9] = [
    ("accessDeniedException", 403),
    ("internalServerException", 500),
    ("modelErrorException", 424),
    ("modelNotReadyException", 429),
    ("modelStreamErrorException", 424),
    ("modelTimeoutException", 408),
    ("serviceUnavailableException", 503),
    ("throttlingException", 429),
    ("validationException", 400),
];

/// An exception in a stream.
pub(super) fn told(event: &Event) -> TranslateError {
    let kind = event.name();
    let named = STATUSES.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
    let mut error = TranslateError::told(named.map(|(_, status)| *status), &event.data);
    if let TranslateError::Failed { failure, .. } = &mut error {
        failure.kind = Some(kind.to_owned());
    }
    error
}

/// What AWS says of an error. Its kind is in a header: `ValidationException:http://…`.
pub(super) fn failure(response: &WireResponse) -> UpstreamFailure {
    let mut failure = answer::failure(response);
    if let Some(kind) = response.header("x-amzn-errortype") {
        failure.kind = kind.split(':').next().map(str::to_owned);
    }
    failure
}
