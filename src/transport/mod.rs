//! Carries requests to providers.
//!
//! Invariant: the only module that names `reqwest` or the WebSocket client.

use futures_util::future::BoxFuture;

use url::Url;

use crate::domain::{SignedRequest, WireResponse};

/// Sends one request and reads its whole answer. No retries: one call is one request on the wire.
///
/// The caller bounds the time; a transport only has to stop when its future is dropped.
pub trait Transport: Send + Sync {
    /// Sends a request.
    fn send(&self, request: SignedRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>>;

    /// Opens a connection to the host of a URL, with a TLS handshake if its scheme asks for one, and
    /// closes it again.
    fn connect<'a>(&'a self, url: &'a Url, verify_tls: bool) -> BoxFuture<'a, Result<(), TransportError>>;
}

/// Why there is no answer, by what was being done.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The host could not be reached: DNS, TCP or TLS.
    #[error("cannot connect to {host}: {problem}")]
    Connect {
        /// Host and port.
        host: String,
        /// One line for a person.
        problem: String,
        /// What a person can do, if we know.
        hint: Option<&'static str>,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection to {host} broke: {problem}")]
    Broken {
        /// Host and port.
        host: String,
        /// One line for a person.
        problem: String,
    },
    /// The answer is larger than we read.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Host and port.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}
