//! Batch: the list of jobs proves key and endpoint, and starts none.

use http::Method;

use crate::domain::{Mode, WireRequest};

use super::super::{BuildError, Target, keys, params, url as urls};

/// `GET …/batches`.
pub(super) fn build(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let url = urls::endpoint(target, target.provider.path(Mode::Batch))?;
    let mut request = WireRequest::new(Method::GET, url);
    params::add_row_headers(target, Mode::Batch, &mut request.headers)?;
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = keys::auth_plan(target)?;
    Ok(request)
}
