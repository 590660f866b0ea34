//! Carries requests to providers.
//!
//! Invariants: the only module that names `reqwest` or the WebSocket client; one call is one request on
//! the wire, without retries, redirects or cookies; no error text holds more of a URL than its host.

mod error;
mod explain;
mod http;
mod public;
mod socket;
mod tls;
mod websocket;

use ::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use url::Url;

use crate::domain::{SignedRequest, WireResponse};

pub use error::TransportError;
pub(crate) use explain::host_of;
pub use http::{BODY_LIMIT, HttpTransport};

/// Sends one request and reads its answer.
///
/// The caller bounds the time; a transport only has to stop when its future is dropped.
pub trait Transport: Send + Sync {
    /// Sends a request. With a `ws` or `wss` URL this opens a WebSocket session and sends the body, if there is
    /// one, as its first message; a good answer has status 101 and the server's first message as its body.
    fn send(&self, request: SignedRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>>;

    /// Sends a request and answers as soon as the head of the answer is there. The body is read piece by piece as the
    /// caller asks for it, so a slow reader slows the server down instead of filling memory.
    ///
    /// Dropping the future or the body ends the request at once.
    fn open(
        &self,
        request: SignedRequest,
        reach: Reach,
    ) -> BoxFuture<'_, Result<OpenResponse, TransportError>>;

    /// Opens a connection to the host of a URL, with a TLS handshake if its scheme asks for one, and
    /// closes it again.
    fn connect<'a>(&'a self, url: &'a Url, verify_tls: bool) -> BoxFuture<'a, Result<(), TransportError>>;
}

/// Which hosts a request may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Any: the address is the configuration's.
    Anywhere,
    /// Those of the public internet: a stranger has named the address, and must not reach what only we can.
    Public,
}

/// An answer whose body is still to be read.
pub struct OpenResponse {
    /// The HTTP status.
    pub status: u16,
    /// The response headers.
    pub headers: HeaderMap,
    /// The body, in the pieces in which it comes.
    pub body: ResponseBody,
}

impl OpenResponse {
    /// An answer that has come whole.
    #[must_use]
    pub fn whole(host: &str, response: WireResponse) -> Self {
        let WireResponse { status, headers, body } = response;
        let pieces = stream::iter((!body.is_empty()).then_some(Ok(body)));
        Self { status, headers, body: ResponseBody::new(host.to_owned(), pieces.boxed()) }
    }

    /// Reads the rest of the body, which must not be larger than `limit` bytes.
    pub async fn read(mut self, limit: usize) -> Result<WireResponse, TransportError> {
        let mut pieces = Pieces::default();
        while let Some(piece) = self.body.next().await {
            pieces.push(piece?);
            if pieces.len() > limit {
                return Err(TransportError::TooLarge { host: self.body.host, limit });
            }
        }
        Ok(WireResponse { status: self.status, headers: self.headers, body: pieces.join() })
    }

    /// Reads of the rest of the body what comes, up to about `limit` bytes: its end may be missing.
    pub async fn read_beginning(mut self, limit: usize) -> WireResponse {
        let mut pieces = Pieces::default();
        while let Some(Ok(piece)) = self.body.next().await {
            pieces.push(piece);
            if pieces.len() >= limit {
                break;
            }
        }
        WireResponse { status: self.status, headers: self.headers, body: pieces.join() }
    }
}

/// A body that is read as it comes.
pub struct ResponseBody {
    host: String,
    /// What was read and is to be read again.
    put_back: Option<Bytes>,
    pieces: BoxStream<'static, Result<Bytes, TransportError>>,
}

impl ResponseBody {
    /// The body that this host sends in these pieces.
    #[must_use]
    pub fn new(host: String, pieces: BoxStream<'static, Result<Bytes, TransportError>>) -> Self {
        Self { host, put_back: None, pieces }
    }

    /// The next piece; `None` at the end of the body.
    pub async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        match self.put_back.take() {
            Some(piece) => Some(Ok(piece)),
            None => self.pieces.next().await,
        }
    }

    /// The first byte that is no white space, if the next piece that is not empty has one. Nothing is taken away.
    pub async fn first_byte(&mut self) -> Result<Option<u8>, TransportError> {
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if !piece.is_empty() {
                let first = piece.trim_ascii_start().first().copied();
                self.put_back = Some(piece);
                return Ok(first);
            }
        }
        Ok(None)
    }
}

/// The pieces of a body. Nearly every answer comes in one, which is passed on without copying.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    rest: BytesMut,
}

impl Pieces {
    fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
        } else {
            self.rest.extend_from_slice(&piece);
        }
    }

    fn join(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        [self.first, self.rest.freeze()].concat().into()
    }
}
