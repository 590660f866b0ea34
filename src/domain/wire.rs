//! A request to a provider as data, before and after it is authorised, and the answer.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use url::Url;

use super::{
    AwsCredential, AwsSource, AzureAdCredential, GoogleCredential, IdentityToken, OciCredential, OciKey,
    Secret, TokenExchange,
};

/// What an adapter builds: everything but the credential.
///
/// Header values that may carry a user's secret (`extra_headers`) are marked sensitive.
#[derive(Debug, Clone)]
pub struct WireRequest {
    /// The HTTP method. `GET` with a `ws` or `wss` URL is a WebSocket handshake.
    pub method: Method,
    /// Where to, query included.
    pub url: Url,
    /// Headers without authorisation and without what follows from the body.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// How the request gets its credential.
    pub auth: AuthPlan,
    /// Parameters of the deployment that could not be sent, to be reported.
    pub left_out: Vec<String>,
    /// A request to be made before this one, whose answer tells where this one has to go. The adapter's
    /// `aim` reads it.
    pub look_up: Option<Box<WireRequest>>,
}

impl WireRequest {
    /// A request without headers, body and credential.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::Empty,
            auth: AuthPlan::None,
            left_out: Vec::new(),
            look_up: None,
        }
    }
}

/// A request body.
#[derive(Debug, Clone)]
pub enum Body {
    /// None at all.
    Empty,
    /// `application/json`.
    Json(Value),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// `multipart/form-data`.
    Multipart(Vec<Part>),
    /// Anything else.
    Bytes {
        /// The value of `content-type`; `None` where the provider finds out what it is.
        content_type: Option<String>,
        /// The body itself.
        bytes: Bytes,
    },
    /// What is said first in a WebSocket session, as a text message once the handshake is done.
    Message(Value),
}

/// One part of a multipart body.
#[derive(Debug, Clone)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The field's content.
    pub content: PartContent,
}

/// The content of a multipart field.
#[derive(Debug, Clone)]
pub enum PartContent {
    /// A plain value.
    Text(String),
    /// An uploaded file.
    File {
        /// The name told to the provider.
        filename: &'static str,
        /// Its media type.
        content_type: &'static str,
        /// Its bytes.
        bytes: Bytes,
    },
}

/// How a request is authorised. Static keys are applied at once; the rest is carried out by
/// `credentials`, which may have to fetch a token first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthPlan {
    /// Nothing to add.
    None,
    /// `Authorization: Bearer <key>`.
    Bearer(Secret),
    /// A header with a key, after a fixed prefix such as `Token `.
    Header {
        /// Lower-case header name.
        name: &'static str,
        /// Put before the key; may be empty.
        prefix: &'static str,
        /// The key.
        key: Secret,
    },
    /// A query parameter with a key.
    Query {
        /// The parameter's name.
        name: &'static str,
        /// The key.
        key: Secret,
    },
    /// AWS Signature Version 4.
    AwsSigV4 {
        /// The name of the service in the credential scope.
        service: &'static str,
        /// The region in the credential scope.
        region: String,
        /// Whose keys sign.
        credential: Arc<AwsCredential>,
    },
    /// A Google OAuth access token.
    GoogleOauth {
        /// The scopes to ask for.
        scopes: &'static [&'static str],
        /// Who asks for it.
        credential: Arc<GoogleCredential>,
    },
    /// A bearer token that is fetched first.
    TokenExchange(Arc<TokenExchange>),
    /// Oracle Cloud's request signature.
    OciSignature(Arc<OciCredential>),
    /// A Microsoft Entra ID (Azure AD) access token.
    AzureAd {
        /// The scope to ask for.
        scope: String,
        /// Who asks for it.
        credential: Arc<AzureAdCredential>,
    },
}

impl AuthPlan {
    /// Feeds the credential to a hasher, whichever way it is sent. Answers false if there is none.
    pub fn hash_credential(&self, hasher: &mut impl Hasher) -> bool {
        match self {
            Self::None => return false,
            Self::Bearer(key) | Self::Header { key, .. } | Self::Query { key, .. } => key.hash(hasher),
            Self::AwsSigV4 { credential, .. } => credential.hash(hasher),
            Self::GoogleOauth { credential, .. } => credential.hash(hasher),
            Self::TokenExchange(exchange) => exchange.hash(hasher),
            Self::OciSignature(credential) => credential.hash(hasher),
            Self::AzureAd { credential, .. } => credential.hash(hasher),
        }
        true
    }

    /// Whether the plan brings its credential along, and takes none from a file or a metadata service of
    /// the machine.
    #[must_use]
    pub fn is_self_contained(&self) -> bool {
        match self {
            Self::None
            | Self::Bearer(_)
            | Self::Header { .. }
            | Self::Query { .. }
            | Self::TokenExchange(_) => true,
            Self::AzureAd { credential, .. } => credential.is_self_contained(),
            Self::OciSignature(credential) => matches!(credential.key, OciKey::Pem(_)),
            Self::AwsSigV4 { credential, .. } => match credential.sources.first() {
                Some(AwsSource::Keys(_)) => true,
                Some(AwsSource::WebIdentity(identity)) => matches!(identity.token, IdentityToken::Value(_)),
                _ => false,
            },
            Self::GoogleOauth { credential, .. } => credential.is_self_contained(),
        }
    }
}

/// A request that may be sent: authorised and serialised. The only thing a transport takes.
#[derive(Clone)]
pub struct SignedRequest {
    /// The HTTP method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// All headers; credentials are marked sensitive.
    pub headers: HeaderMap,
    /// The serialised body; in a WebSocket session, the first message.
    pub body: SignedBody,
    /// The credential in it, so that an answer that echoes it can be cleaned.
    pub credential: Option<Secret>,
    /// Whether the server's certificate has to be valid: false only for `ssl_verify: false`.
    pub verify_tls: bool,
}

/// The bytes of a signed request's body.
pub type SignedBody = Bytes;

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// What a provider answered.
#[derive(Debug, Clone)]
pub struct WireResponse {
    /// The HTTP status.
    pub status: u16,
    /// The response headers.
    pub headers: HeaderMap,
    /// The whole body, read up to the limit.
    pub body: Bytes,
}

impl WireResponse {
    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
