//! The transport of real probes.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use url::Url;

use crate::domain::{SignedRequest, WireResponse};

use super::explain::{Explanation, explain, host_of};
use super::{Transport, TransportError, stream, tls, websocket};

/// More of an answer is not read: a probe's answer has a few hundred bytes, speech and images some more.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Sends requests over HTTP/1.1 and HTTP/2, and opens WebSocket sessions.
///
/// Connections are kept and used again. HTTP requests honour `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
/// `NO_PROXY` as they were at the start; WebSocket sessions and bare connections always go directly.
pub struct HttpTransport {
    verifying: Link,
    trusting_blindly: Link,
}

/// The clients that share one set of TLS settings.
struct Link {
    http: reqwest::Client,
    /// For what is no HTTP: offers no HTTP/2, since a WebSocket needs HTTP/1.1.
    tls: Arc<ClientConfig>,
}

impl HttpTransport {
    /// A transport that trusts the roots of the operating system.
    ///
    /// # Errors
    /// When there are no roots at all.
    pub fn new() -> Result<Self, TransportError> {
        Self::with_extra_roots([])
    }

    /// A transport that also trusts these roots.
    ///
    /// # Errors
    /// When a root is not a certificate, or there are no roots at all.
    pub fn with_extra_roots(
        roots: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, TransportError> {
        Ok(Self {
            verifying: Link::new(&tls::verifying(roots)?)?,
            trusting_blindly: Link::new(&tls::trusting_blindly()?)?,
        })
    }

    fn link(&self, verify_tls: bool) -> &Link {
        if verify_tls { &self.verifying } else { &self.trusting_blindly }
    }
}

impl Link {
    fn new(config: &ClientConfig) -> Result<Self, TransportError> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::offering(config, &["h2", "http/1.1"]))
            .user_agent(concat!("llmhealth/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()
            .map_err(|error| TransportError::Setup { problem: explain(&error).problem, hint: None })?;
        Ok(Self { http, tls: Arc::new(tls::offering(config, &["http/1.1"])) })
    }

    async fn send(&self, request: SignedRequest) -> Result<WireResponse, TransportError> {
        let SignedRequest { method, url, headers, body, .. } = request;
        let mut wire = reqwest::Request::new(method, url);
        *wire.headers_mut() = headers;
        if !body.is_empty() {
            *wire.body_mut() = Some(body.into());
        }
        let mut response = self.http.execute(wire).await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = read_body(response).await?;
        Ok(WireResponse { status, headers, body })
    }
}

async fn read_body(mut response: reqwest::Response) -> Result<Bytes, TransportError> {
    let mut chunks = Chunks::default();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        chunks.push(chunk);
        if chunks.len() > BODY_LIMIT {
            return Err(TransportError::TooLarge { host: host_of(response.url()), limit: BODY_LIMIT });
        }
    }
    Ok(chunks.join())
}

/// The pieces of a body. Nearly every answer comes in one, which is passed on without copying.
#[derive(Default)]
struct Chunks {
    first: Bytes,
    rest: BytesMut,
}

impl Chunks {
    fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    fn push(&mut self, chunk: Bytes) {
        if self.first.is_empty() {
            self.first = chunk;
        } else {
            self.rest.extend_from_slice(&chunk);
        }
    }

    fn join(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        [self.first, self.rest.freeze()].concat().into()
    }
}

fn failure(error: &reqwest::Error) -> TransportError {
    let host = error.url().map(host_of).unwrap_or_default();
    if error.is_connect() {
        let Explanation { problem, hint } =
            if error.is_dns() { Explanation::unknown_host() } else { explain(error) };
        return TransportError::Connect { host, problem, hint };
    }
    TransportError::Broken { host, problem: explain(error).problem }
}

impl Transport for HttpTransport {
    fn send(&self, request: SignedRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>> {
        let link = self.link(request.verify_tls);
        match request.url.scheme() {
            "ws" | "wss" => Box::pin(websocket::greet(request, &link.tls)),
            _ => Box::pin(link.send(request)),
        }
    }

    fn connect<'a>(&'a self, url: &'a Url, verify_tls: bool) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { stream::open(url, &self.link(verify_tls).tls).await.map(drop) })
    }
}
