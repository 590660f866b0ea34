//! The transport of real probes and calls.

use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use url::Url;

use crate::domain::{SignedRequest, WireResponse};

use super::explain::{Explanation, explain, host_of};
use super::public::{NOT_PUBLIC, PublicOnly, may_be_public};
use super::{OpenResponse, Reach, ResponseBody, Transport, TransportError, socket, tls, websocket};

/// More of an answer is not read: a probe's answer has a few hundred bytes, speech and images some more.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Sends requests over HTTP/1.1 and HTTP/2, and opens WebSocket sessions.
///
/// Connections are kept and used again. HTTP requests honour `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
/// `NO_PROXY` as they were at the start; WebSocket sessions and bare connections always go directly.
pub struct HttpTransport {
    verifying: Link,
    trusting_blindly: Link,
    /// Reaches the public internet only. Made when it is needed first.
    public: OnceLock<reqwest::Client>,
    tls: ClientConfig,
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
        let tls = tls::verifying(roots)?;
        Ok(Self {
            verifying: Link::new(&tls)?,
            trusting_blindly: Link::new(&tls::trusting_blindly()?)?,
            public: OnceLock::new(),
            tls,
        })
    }

    /// A transport with the same settings and connections of its own. A connection is driven by the thread that opened it:
    /// one that only another thread uses costs a detour on every request.
    ///
    /// # Errors
    /// When no client can be set up.
    pub fn apart(&self) -> Result<Self, TransportError> {
        Ok(Self {
            verifying: Link::new(&self.tls)?,
            trusting_blindly: Link::new(&tls::trusting_blindly()?)?,
            public: OnceLock::new(),
            tls: self.tls.clone(),
        })
    }

    fn public(&self, url: &Url) -> Result<reqwest::Client, TransportError> {
        if !may_be_public(url) {
            let problem = NOT_PUBLIC.to_owned();
            return Err(TransportError::Connect { host: host_of(url), problem, hint: None });
        }
        if let Some(client) = self.public.get() {
            return Ok(client.clone());
        }
        let client = set_up(builder(&self.tls).dns_resolver(PublicOnly))?;
        Ok(self.public.get_or_init(|| client).clone())
    }

    fn link(&self, verify_tls: bool) -> &Link {
        if verify_tls { &self.verifying } else { &self.trusting_blindly }
    }
}

impl Link {
    fn new(config: &ClientConfig) -> Result<Self, TransportError> {
        let http = set_up(builder(config))?;
        Ok(Self { http, tls: Arc::new(tls::offering(config, &["http/1.1"])) })
    }
}

/// What all clients have in common.
fn builder(config: &ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::offering(config, &["h2", "http/1.1"]))
        .user_agent(concat!("llmhealth/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
}

fn set_up(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, TransportError> {
    let failed = |error| TransportError::Setup { problem: explain(&error).problem, hint: None };
    builder.build().map_err(failed)
}

async fn open(http: &reqwest::Client, request: SignedRequest) -> Result<OpenResponse, TransportError> {
    let SignedRequest { method, url, headers, body, .. } = request;
    let mut wire = reqwest::Request::new(method, url);
    *wire.headers_mut() = headers;
    if !body.is_empty() {
        *wire.body_mut() = Some(body.into());
    }
    let mut response = http.execute(wire).await.map_err(|error| failure(&error))?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let host = host_of(response.url());
    let pieces = stream::unfold(Some(response), |response| async {
        let mut response = response?;
        match response.chunk().await {
            Ok(piece) => Some((Ok(piece?), Some(response))),
            Err(error) => {
                let (host, problem) = (host_of(response.url()), explain(&error).problem);
                Some((Err(TransportError::Broken { host, problem }), None))
            }
        }
    });
    Ok(OpenResponse { status, headers, body: ResponseBody::new(host, pieces.boxed()) })
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
            _ => Box::pin(async { open(&link.http, request).await?.read(BODY_LIMIT).await }),
        }
    }

    fn open(
        &self,
        request: SignedRequest,
        reach: Reach,
    ) -> BoxFuture<'_, Result<OpenResponse, TransportError>> {
        Box::pin(async move {
            match reach {
                Reach::Anywhere => open(&self.link(request.verify_tls).http, request).await,
                Reach::Public => open(&self.public(&request.url)?, request).await,
            }
        })
    }

    fn connect<'a>(&'a self, url: &'a Url, verify_tls: bool) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { socket::open(url, &self.link(verify_tls).tls).await.map(drop) })
    }
}
