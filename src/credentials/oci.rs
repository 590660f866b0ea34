//! Oracle Cloud Infrastructure: request signatures, version 1 (an HTTP signature with an RSA key).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use crate::domain::{OciCredential, OciKey, SignedRequest};

use super::rsa;

/// What is signed of every request.
const PARTS: [&str; 3] = ["date", "(request-target)", "host"];

/// What is signed besides of a request with a body.
const BODY_PARTS: [&str; 3] = ["content-length", "content-type", "x-content-sha256"];

/// Why a request to Oracle Cloud can't be signed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OciError {
    /// The file with the key can't be read.
    #[error("the key file `{path}` can't be read: {problem}")]
    File {
        /// Its path as configured.
        path: String,
        /// What the operating system says.
        problem: String,
    },
    /// The key is not one.
    #[error("the private key is not an RSA key in PEM form")]
    Key,
    /// A part of the credential can't stand in an HTTP header.
    #[error("`oci_tenancy`, `oci_user` or `oci_fingerprint` contains characters that can't be sent")]
    Unsendable,
}

impl OciError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } | Self::Key => {
                "check `oci_key_file` or `oci_key`: the private API key as PEM, without a passphrase"
            }
            Self::Unsendable => "check these parameters for line breaks and quotes",
        }
    }
}

/// Signs a serialised request.
pub(super) async fn sign(
    request: SignedRequest,
    credential: &OciCredential,
) -> Result<SignedRequest, OciError> {
    let pem = match &credential.key {
        OciKey::Pem(text) => text.expose().to_owned(),
        OciKey::File(path) => tokio::fs::read_to_string(path)
            .await
            .map_err(|error| OciError::File { path: path.clone(), problem: error.to_string() })?,
    };
    sign_at(request, credential, &pem, Timestamp::now())
}

fn sign_at(
    mut request: SignedRequest,
    credential: &OciCredential,
    pem: &str,
    now: Timestamp,
) -> Result<SignedRequest, OciError> {
    let header = |text: String| HeaderValue::from_str(&text).map_err(|_| OciError::Unsendable);
    request.headers.insert(DATE, header(now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())?);
    let has_body = request.method == Method::POST;
    if has_body {
        let hash = STANDARD.encode(digest(&SHA256, &request.body));
        request.headers.insert(HeaderName::from_static(BODY_PARTS[2]), header(hash)?);
    }
    let parts: Vec<&str> = PARTS.into_iter().chain(BODY_PARTS.into_iter().filter(|_| has_body)).collect();
    let lines: Vec<String> = parts.iter().map(|part| format!("{part}: {}", value(&request, part))).collect();
    let signature = rsa::sign(pem, lines.join("\n").as_bytes()).map_err(|_| OciError::Key)?;
    let mut authorization = header(format!(
        "Signature version=\"1\",keyId=\"{}/{}/{}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{}\"",
        credential.tenancy,
        credential.user,
        credential.fingerprint,
        parts.join(" "),
        STANDARD.encode(signature),
    ))?;
    authorization.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, authorization);
    Ok(request)
}

/// What of a request is signed under a name.
fn value(request: &SignedRequest, part: &str) -> String {
    let url = &request.url;
    match part {
        "(request-target)" => {
            let query = url.query().map(|query| ["?", query].concat()).unwrap_or_default();
            format!("{} {}{query}", request.method.as_str().to_ascii_lowercase(), url.path())
        }
        "host" => {
            let host = url.host_str().unwrap_or_default();
            url.port().map_or_else(|| host.to_owned(), |number| format!("{host}:{number}"))
        }
        "content-length" => request.body.len().to_string(),
        "content-type" => header_text(request, CONTENT_TYPE.as_str()),
        name => header_text(request, name),
    }
}

fn header_text(request: &SignedRequest, name: &str) -> String {
    let value = request.headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use rustls::pki_types::pem::PemObject;
    use url::Url;

    use super::*;

    const PEM: &str = include_str!("../../tests/fixtures/google/key.pem");

    fn credential() -> OciCredential {
        OciCredential {
            tenancy: "ocid1.tenancy.oc1..t".to_owned(),
            user: "ocid1.user.oc1..u".to_owned(),
            fingerprint: "aa:bb".to_owned(),
            key: OciKey::File("/nowhere".to_owned()),
        }
    }

    fn request(method: Method, body: &'static str) -> SignedRequest {
        SignedRequest {
            method,
            url: Url::parse("https://oci.example:8443/20231130/actions/chat?a=1").unwrap(),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
            body: body.into(),
            credential: None,
            verify_tls: true,
        }
    }

    #[test]
    fn the_signature_covers_target_and_body() {
        let signed = sign_at(request(Method::POST, "{}"), &credential(), PEM, Timestamp::UNIX_EPOCH).unwrap();
        let told = signed.headers[AUTHORIZATION].to_str().unwrap();
        let (head, signature) = told.split_once(",signature=\"").unwrap();
        assert_eq!(
            head,
            "Signature version=\"1\",keyId=\"ocid1.tenancy.oc1..t/ocid1.user.oc1..u/aa:bb\",\
             algorithm=\"rsa-sha256\",\
             headers=\"date (request-target) host content-length content-type x-content-sha256\""
        );
        let message = "date: Thu, 01 Jan 1970 00:00:00 GMT\n\
                       (request-target): post /20231130/actions/chat?a=1\n\
                       host: oci.example:8443\n\
                       content-length: 2\n\
                       content-type: application/json\n\
                       x-content-sha256: RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";
        let key = PrivatePkcs8KeyDer::from_pem_slice(PEM.as_bytes()).unwrap();
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public())
            .verify(message.as_bytes(), &STANDARD.decode(signature.trim_end_matches('"')).unwrap())
            .unwrap();
    }

    #[test]
    fn a_request_without_a_body_has_less_to_sign() {
        let signed = sign_at(request(Method::GET, ""), &credential(), PEM, Timestamp::UNIX_EPOCH).unwrap();
        let told = signed.headers[AUTHORIZATION].to_str().unwrap();
        assert!(told.contains("headers=\"date (request-target) host\""), "{told}");
    }

    #[tokio::test]
    async fn what_is_no_key_is_told_without_quoting_it() {
        let missing = sign(request(Method::POST, "{}"), &credential()).await.unwrap_err();
        assert!(missing.to_string().starts_with("the key file `/nowhere` can't be read"), "{missing}");
        let inline = OciCredential { key: OciKey::Pem("secret-nonsense".into()), ..credential() };
        let wrong = sign(request(Method::POST, "{}"), &inline).await.unwrap_err();
        assert!(!wrong.to_string().contains("nonsense"));
        assert!(wrong.hint().contains("oci_key_file"));
    }
}
