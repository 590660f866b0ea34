//! WebSocket sessions, which is what a realtime endpoint is probed with.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use url::Url;

use crate::domain::{SignedRequest, WireResponse};

use super::explain::{explain, host_of};
use super::{TransportError, socket};

/// A longer first message is not read; what greets a client has a few kilobytes.
const MESSAGE_LIMIT: usize = 1024 * 1024;

/// Shakes hands, says what there is to be said first, hears the server's first message and says goodbye. A refused
/// handshake is an answer with its status, like any other.
pub(super) async fn greet(
    request: SignedRequest,
    config: &Arc<ClientConfig>,
) -> Result<WireResponse, TransportError> {
    let connection = socket::open(&request.url, config).await?;
    let mut opening =
        request.url.as_str().into_client_request().map_err(|error| broken(&request.url, &error))?;
    opening.headers_mut().extend(request.headers);
    let limits =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_LIMIT)).max_frame_size(Some(MESSAGE_LIMIT));
    match client_async_with_config(opening, connection, Some(limits)).await {
        Ok((mut socket, response)) => {
            let first = first_message(&mut socket, request.body, &request.url).await?;
            // The message is the answer; whether the goodbye arrives changes nothing.
            socket.close(None).await.ok();
            let (parts, _) = response.into_parts();
            Ok(WireResponse { status: parts.status.as_u16(), headers: parts.headers, body: first })
        }
        Err(Error::Http(response)) => {
            let (parts, body) = response.into_parts();
            let body = body.map(Bytes::from).unwrap_or_default();
            Ok(WireResponse { status: parts.status.as_u16(), headers: parts.headers, body })
        }
        Err(error) => Err(broken(&request.url, &error)),
    }
}

/// Some providers greet whoever comes, others wait to be told what the session is for.
async fn first_message<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    said: Bytes,
    url: &Url,
) -> Result<Bytes, TransportError> {
    if !said.is_empty() {
        let said = Utf8Bytes::try_from(said).map_err(|error| broken(url, &Error::Utf8(error.to_string())))?;
        socket.send(Message::Text(said)).await.map_err(|error| broken(url, &error))?;
    }
    let closed =
        |code, reason: &str| TransportError::Closed { host: host_of(url), code, reason: reason.to_owned() };
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.into()),
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
            Some(Ok(Message::Close(Some(frame)))) => {
                return Err(closed(Some(frame.code.into()), &frame.reason));
            }
            Some(Ok(Message::Close(None))) | None => return Err(closed(None, "")),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                return Err(TransportError::TooLarge { host: host_of(url), limit: MESSAGE_LIMIT });
            }
            Some(Err(error)) => return Err(broken(url, &error)),
        }
    }
}

fn broken(url: &Url, error: &Error) -> TransportError {
    TransportError::Broken { host: host_of(url), problem: explain(error).problem }
}
