//! Whose key signs requests to Oracle Cloud Infrastructure, as data.

use super::Secret;

/// An API signing key of a user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OciCredential {
    /// The tenancy's OCID.
    pub tenancy: String,
    /// The user's OCID.
    pub user: String,
    /// The fingerprint under which the public key was uploaded.
    pub fingerprint: String,
    /// The private key.
    pub key: OciKey,
}

/// A private key in PEM form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OciKey {
    /// The text itself.
    Pem(Secret),
    /// The path of a file with it. Read for each signature, since keys are rotated.
    File(String),
}
