//! Bare connections: TCP, with TLS where the URL's scheme asks for it.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::TransportError;
use super::explain::{Explanation, explain, host_of};

/// An open connection.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Connection for S {}

/// Connects to the host of a URL.
pub(super) async fn open(
    url: &Url,
    config: &Arc<ClientConfig>,
) -> Result<Box<dyn Connection>, TransportError> {
    let failed = |explanation: Explanation| TransportError::Connect {
        host: host_of(url),
        problem: explanation.problem,
        hint: explanation.hint,
    };
    let host = url.host_str().ok_or_else(|| failed(Explanation::unknown_host()))?;
    let port = url.port_or_known_default().unwrap_or(443);
    // Brackets are for URLs; name resolution takes a bare IPv6 address.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<_> =
        lookup_host((bare, port)).await.map_err(|_| failed(Explanation::unknown_host()))?.collect();
    let tcp = TcpStream::connect(&*addresses).await.map_err(|error| failed(explain(&error)))?;
    if !matches!(url.scheme(), "https" | "wss") {
        return Ok(Box::new(tcp));
    }
    let name = server_name(url).ok_or_else(|| failed(Explanation::unknown_host()))?;
    let tls = TlsConnector::from(Arc::clone(config))
        .connect(name, tcp)
        .await
        .map_err(|error| failed(explain(&error)))?;
    Ok(Box::new(tls))
}

fn server_name(url: &Url) -> Option<ServerName<'static>> {
    match url.host()? {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).ok(),
        Host::Ipv4(address) => Some(ServerName::from(std::net::IpAddr::from(address))),
        Host::Ipv6(address) => Some(ServerName::from(std::net::IpAddr::from(address))),
    }
}
