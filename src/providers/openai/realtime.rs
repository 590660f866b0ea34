//! Realtime: a WebSocket session, which the server begins.

use http::Method;

use crate::domain::{Mode, WireRequest};

use super::super::{BuildError, Target, keys, params, url as urls};

/// A `GET` of the `wss` URL that opens a session with the model. The session lives on the host of the base
/// URL, whatever path that base has.
pub(super) fn build(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let mut url = urls::websocket_host(target)?;
    url.set_path("/v1/realtime");
    url.set_query(None);
    url.query_pairs_mut().append_pair("model", target.model);
    let mut request = WireRequest::new(Method::GET, url);
    params::add_row_headers(target, Mode::Realtime, &mut request.headers)?;
    params::add_user_headers(target, &mut request.headers)?;
    request.auth = keys::auth_plan(target)?;
    Ok(request)
}
