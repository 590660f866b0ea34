//! Words for what goes wrong between two machines.

use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError};
use url::Url;

/// One line for a person, and what to do about it if we know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    pub(super) problem: String,
    pub(super) hint: Option<&'static str>,
}

impl Explanation {
    fn new(problem: impl Into<String>, hint: Option<&'static str>) -> Self {
        Self { problem: problem.into(), hint }
    }

    /// A name that DNS does not know.
    pub(super) fn unknown_host() -> Self {
        Self::new("host not found", Some("check the host name in `api_base`, and DNS on this machine"))
    }
}

/// Host and port of a URL: all of it that an error text may show.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("no host");
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Finds the error in a chain of causes that tells most.
pub(super) fn explain(error: &(dyn Error + 'static)) -> Explanation {
    let mut last = error;
    for cause in chain(error) {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return explain_tls(tls);
        }
        if let Some(explained) = cause.downcast_ref::<io::Error>().and_then(explain_io) {
            return explained;
        }
        last = cause;
    }
    Explanation::new(last.to_string(), None)
}

/// An error and all its causes. An `io::Error` hides the one it wraps from `source`, so it is asked for it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn explain_io(error: &io::Error) -> Option<Explanation> {
    if error.get_ref().is_some() {
        return None;
    }
    let explained = match error.kind() {
        ErrorKind::ConnectionRefused => Explanation::new(
            "connection refused",
            Some("check that the server runs and listens on this port"),
        ),
        ErrorKind::ConnectionReset => Explanation::new("connection reset by the server", None),
        ErrorKind::BrokenPipe => Explanation::new("the server closed the connection", None),
        ErrorKind::UnexpectedEof => Explanation::new("the server closed the connection early", None),
        ErrorKind::TimedOut => {
            Explanation::new("connection timed out", Some("check that a firewall lets this machine out"))
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Explanation::new("no route to the host", Some("check this machine's network"))
        }
        _ => return None,
    };
    Some(explained)
}

fn explain_tls(error: &rustls::Error) -> Explanation {
    match error {
        rustls::Error::InvalidCertificate(error) => explain_certificate(error),
        rustls::Error::InvalidMessage(_) => Explanation::new(
            "TLS: the server does not speak TLS",
            Some("if the server speaks plain HTTP, write http:// in `api_base`"),
        ),
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            Explanation::new("TLS: the server offers no cipher or version that we take", None)
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            Explanation::new("TLS: the server asks for a client certificate", None)
        }
        other => Explanation::new(format!("TLS: {other}"), None),
    }
}

fn explain_certificate(error: &CertificateError) -> Explanation {
    match error {
        CertificateError::UnknownIssuer => Explanation::new(
            "TLS: the certificate is from an unknown issuer",
            Some("put the issuer's CA into the system's store or name its file in SSL_CERT_FILE"),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Explanation::new(
            "TLS: the certificate has expired",
            Some("renew the server's certificate, and check this machine's clock"),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Explanation::new("TLS: the certificate is not valid yet", Some("check this machine's clock"))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Explanation::new(
                "TLS: the certificate is for another host name",
                Some("use the name in the certificate in `api_base`"),
            )
        }
        other => Explanation::new(format!("TLS: the certificate is not good: {other}"), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tls_error_is_found_below_io_errors() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let error = io::Error::other(io::Error::new(ErrorKind::InvalidData, tls));
        assert_eq!(explain(&error).problem, "TLS: the certificate is from an unknown issuer");
        assert!(explain(&error).hint.unwrap().contains("SSL_CERT_FILE"));
    }

    #[test]
    fn an_error_without_words_of_ours_keeps_its_own() {
        let error = io::Error::other("no such luck");
        assert_eq!(explain(&error), Explanation::new("no such luck", None));
    }

    #[test]
    fn only_the_host_of_a_url_is_shown() {
        let url = Url::parse("https://user:pw@api.example.com/v1?key=secret").unwrap();
        assert_eq!(host_of(&url), "api.example.com:443");
    }
}
