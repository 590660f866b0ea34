//! Servers on loopback for what needs real sockets.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;

/// A socket that listens on a free port.
pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Answers every request with these bytes and closes; hands out the requests.
pub async fn canned(reply: impl Into<Vec<u8>>) -> (SocketAddr, UnboundedReceiver<String>) {
    let (listener, address) = listen().await;
    let reply = reply.into();
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let request = read_request(&mut socket).await;
            sender.send(request).ok();
            socket.write_all(&reply).await.ok();
            socket.shutdown().await.ok();
        }
    });
    (address, receiver)
}

/// The same, behind TLS with this certificate.
pub async fn canned_tls(reply: &'static str, identity: Identity) -> SocketAddr {
    let (listener, address) = listen().await;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate], identity.key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            read_request(&mut socket).await;
            socket.write_all(reply.as_bytes()).await.ok();
            socket.shutdown().await.ok();
        }
    });
    address
}

/// Accepts connections and hands them out.
pub async fn accepting() -> (SocketAddr, UnboundedReceiver<TcpStream>) {
    let (listener, address) = listen().await;
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            sender.send(socket).ok();
        }
    });
    (address, receiver)
}

/// An HTTP/1.1 answer with a JSON body.
pub fn json_reply(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Any\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// Reads the head and the body of one request.
pub async fn read_request(socket: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await.unwrap_or(0);
        text.extend_from_slice(&buffer[..read]);
        if read == 0 || is_complete(&String::from_utf8_lossy(&text)) {
            return String::from_utf8_lossy(&text).into_owned();
        }
    }
}

fn is_complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// A server certificate with its key.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub key: PrivatePkcs8KeyDer<'static>,
}

/// A certificate authority of a test's own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// Names tell authorities apart, as they do in certificates.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A certificate for a name or address, good until the end of a year.
    pub fn issue(&self, name: &str, until_year: i32) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until_year, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Identity {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()),
        }
    }
}
