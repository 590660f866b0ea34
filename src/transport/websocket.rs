//! WebSocket handshakes, which is what a realtime endpoint is probed with.

use std::sync::Arc;

use bytes::Bytes;
use rustls::ClientConfig;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::domain::{SignedRequest, WireResponse};

use super::explain::{explain, host_of};
use super::{TransportError, stream};

/// Shakes hands and says goodbye. A refusal is an answer with its status, like any other.
pub(super) async fn handshake(
    request: SignedRequest,
    config: &Arc<ClientConfig>,
) -> Result<WireResponse, TransportError> {
    let connection = stream::open(&request.url, config).await?;
    let broken = |error: Error| TransportError::Broken {
        host: host_of(&request.url),
        problem: explain(&error).problem,
    };
    let mut opening = request.url.as_str().into_client_request().map_err(broken)?;
    opening.headers_mut().extend(request.headers);
    match client_async(opening, connection).await {
        Ok((mut socket, response)) => {
            // The handshake is the answer; whether the goodbye arrives changes nothing.
            socket.close(None).await.ok();
            let (parts, _) = response.into_parts();
            Ok(WireResponse { status: parts.status.as_u16(), headers: parts.headers, body: Bytes::new() })
        }
        Err(Error::Http(response)) => {
            let (parts, body) = response.into_parts();
            let body = body.map(Bytes::from).unwrap_or_default();
            Ok(WireResponse { status: parts.status.as_u16(), headers: parts.headers, body })
        }
        Err(error) => Err(broken(error)),
    }
}
