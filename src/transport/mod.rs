//! Carries requests to providers.
//!
//! Invariants: the only module that names `reqwest` or the WebSocket client; one call is one request on
//! the wire, without retries, redirects or cookies; no error text holds more of a URL than its host.

mod error;
mod explain;
mod http;
mod stream;
mod tls;
mod websocket;

use futures_util::future::BoxFuture;
use url::Url;

use crate::domain::{SignedRequest, WireResponse};

pub use error::TransportError;
pub(crate) use explain::host_of;
pub use http::{BODY_LIMIT, HttpTransport};

/// Sends one request and reads its whole answer.
///
/// The caller bounds the time; a transport only has to stop when its future is dropped.
pub trait Transport: Send + Sync {
    /// Sends a request. With a `ws` or `wss` URL this opens a WebSocket session and sends the body, if there is
    /// one, as its first message; a good answer has status 101 and the server's first message as its body.
    fn send(&self, request: SignedRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>>;

    /// Opens a connection to the host of a URL, with a TLS handshake if its scheme asks for one, and
    /// closes it again.
    fn connect<'a>(&'a self, url: &'a Url, verify_tls: bool) -> BoxFuture<'a, Result<(), TransportError>>;
}
