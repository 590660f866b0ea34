//! Fetches the images of a call that a provider takes only within the request.
//!
//! A client says where they are, so this is a way for a client to make this program ask somebody: only by `https`, only
//! hosts of the public internet unless the settings say otherwise, no redirects, nothing of ours goes along, and what
//! comes is limited.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::config::ProxySettings;
use crate::domain::{Call, SignedRequest, WireResponse};
use crate::providers::BuildError;
use crate::providers::chat::images::put_inline;
use crate::transport::{Reach, Transport};

/// The largest image that is fetched: what the strictest of the big providers takes is a quarter of it.
const IMAGE_LIMIT: usize = 20 * 1024 * 1024;
/// The most images that one call may name.
const MOST_IMAGES: usize = 50;

/// Fetches the images at these addresses, one after the other, and puts them into the call.
pub(super) async fn fetch(
    transport: &dyn Transport,
    settings: &ProxySettings,
    addresses: &[String],
    call: &mut Call,
) -> Result<(), BuildError> {
    if addresses.len() > MOST_IMAGES {
        return Err(unusable(format!("names more than {MOST_IMAGES} images that have to be fetched")));
    }
    // Together with its images, a call is no larger than one that brings them along.
    let mut left = settings.max_body_bytes;
    for address in addresses {
        let image = get(transport, settings, address, left.min(IMAGE_LIMIT)).await?;
        left -= image.body.len();
        let content_type = image.header("content-type");
        put_inline(call, address, content_type, &image.body);
    }
    Ok(())
}

/// The images did not come in time.
pub(super) fn late(limit: Duration) -> BuildError {
    unusable(format!("names images that could not be fetched within {limit:?}"))
}

async fn get(
    transport: &dyn Transport,
    settings: &ProxySettings,
    address: &str,
    limit: usize,
) -> Result<WireResponse, BuildError> {
    let url = Url::parse(address).map_err(|_| unusable("names an image at something that is no URL"))?;
    if url.scheme() != "https" && !settings.private_images {
        return Err(unusable("names an image that is not at an https address"));
    }
    let request = SignedRequest {
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: Bytes::new(),
        credential: None,
        verify_tls: true,
    };
    let reach = if settings.private_images { Reach::Anywhere } else { Reach::Public };
    let failed = |problem: &dyn std::fmt::Display| {
        unusable(format!("names an image that can't be fetched: {problem}"))
    };
    let opened = transport.open(request, reach).await.map_err(|error| failed(&error))?;
    if opened.status != 200 {
        return Err(failed(&format!("HTTP {}", opened.status)));
    }
    opened.read(limit).await.map_err(|error| failed(&error))
}

fn unusable(problem: impl Into<String>) -> BuildError {
    BuildError::BadCall { param: "messages".to_owned(), problem: problem.into() }
}
