//! A TLS server with a certificate that no client has reason to trust.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Self-signed for `localhost` and `127.0.0.1`, valid for a century. The key is public and good for nothing
/// but this.
const CERTIFICATE: &[u8] = include_bytes!("unknown-certificate.der");
const KEY: &[u8] = include_bytes!("unknown-certificate.key.der");

/// What shakes hands with the certificate.
pub(super) fn acceptor() -> Result<TlsAcceptor, rustls::Error> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(KEY));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Shakes hands with everyone who connects and hangs up on whoever goes through with it.
pub(super) async fn refuse_all(listener: TcpListener, acceptor: TlsAcceptor) {
    let mut handshakes = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    handshakes.spawn(acceptor.accept(stream));
                }
            }
            // The client refuses the certificate, which is the point.
            Some(_) = handshakes.join_next() => {}
        }
    }
}
