//! RSA signatures with keys in PEM form.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

/// The text is not an RSA private key in PEM form.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnusableKey;

/// PKCS #1 v1.5 over SHA-256.
pub(super) fn sign(pem: &str, message: &[u8]) -> Result<Vec<u8>, UnusableKey> {
    let key = match PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| UnusableKey)? {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err(UnusableKey),
    };
    let key = key.map_err(|_| UnusableKey)?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| UnusableKey)?;
    Ok(signature)
}
