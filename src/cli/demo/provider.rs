//! The mock provider: a real HTTP server on loopback that speaks several wire formats and has faults.
//!
//! Its paths begin with the fault, so one server is many providers: `/slow/v1/chat/completions`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use axum::routing::any;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

use super::faults::Fault;
use super::formats::{self, Request};
use super::tls;

/// The key that the mock takes. Any other one is refused with 401.
pub(super) const KEY: &str = "sk-mock-5f3a9c71e0b84d26";

/// A running mock. It ends with the value.
pub(super) struct MockProvider {
    /// Plain HTTP.
    pub(super) http: SocketAddr,
    /// TLS with a certificate that nobody knows.
    pub(super) tls: SocketAddr,
    /// Nothing listens here: connections are refused.
    pub(super) closed: SocketAddr,
    _servers: JoinSet<()>,
    _reserved: TcpSocket,
}

impl MockProvider {
    /// Starts all servers on free ports of loopback.
    pub(super) async fn start() -> io::Result<Self> {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let http = TcpListener::bind(loopback).await?;
        let tls = TcpListener::bind(loopback).await?;
        // Bound but not listening: nobody else can take the port, and every connection is refused.
        let reserved = TcpSocket::new_v4()?;
        reserved.bind(loopback)?;

        let (http_address, tls_address, closed) =
            (http.local_addr()?, tls.local_addr()?, reserved.local_addr()?);
        let acceptor = tls::acceptor().map_err(io::Error::other)?;
        let mut servers = JoinSet::new();
        servers.spawn(async move {
            if let Err(error) = axum::serve(http, router()).await {
                tracing::error!(%error, "the mock provider stopped");
            }
        });
        servers.spawn(tls::refuse_all(tls, acceptor));
        Ok(Self { http: http_address, tls: tls_address, closed, _servers: servers, _reserved: reserved })
    }

    /// The address of the mock under a fault, without a trailing slash.
    pub(super) fn base(&self, fault: Fault) -> String {
        format!("http://{}/{}", self.http, fault.segment())
    }
}

fn router() -> Router {
    Router::new().route("/{fault}/{*path}", any(answer))
}

async fn answer(
    Path((fault, path)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let format = formats::of_path(&path);
    let Some(fault) = Fault::of_segment(&fault) else {
        return format.refusal(StatusCode::NOT_FOUND, "Unknown request URL");
    };
    let query = uri.query().unwrap_or_default().to_owned();
    let request = Request { method, path, query, headers, body };
    match format.key(&request) {
        Some(KEY) => {}
        // Some vendors echo the key. The mock does, so that one can see that llmhealth does not.
        Some(key) => {
            let problem = format!("Incorrect API key provided: {key}");
            return format.refusal(StatusCode::UNAUTHORIZED, &problem);
        }
        None => return format.refusal(StatusCode::UNAUTHORIZED, "You didn't provide an API key"),
    }
    fault.apply(format, format.answer(&request)).await
}
