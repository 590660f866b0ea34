//! Lists: of batch jobs, which starts none, and of models.

use http::Method;

use crate::domain::{Mode, WireRequest};

use super::super::{BuildError, Target, keys, params, url as urls};

/// `GET …/batches`.
pub(super) fn batches(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    get(target, target.provider.path(Mode::Batch))
}

/// A `GET` of a list, with key and headers.
pub(super) fn get(target: &Target<'_>, path: &str) -> Result<WireRequest, BuildError> {
    let url = urls::endpoint(target, path)?;
    let mut request = WireRequest::new(Method::GET, url);
    params::add_row_headers(target, Mode::Batch, &mut request.headers)?;
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = keys::auth_plan(target)?;
    Ok(request)
}
