//! A token that has to be fetched before a request, as data.
//!
//! Adapters describe the token request from the deployment's parameters and the environment;
//! `credentials` carries it out. Equal descriptions share one token.

use super::Secret;

/// One request for a token, and how the token goes into the request that needs it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenExchange {
    /// Who gives the token, for messages: `IBM Cloud IAM`.
    pub issuer: &'static str,
    /// What a person can check when no token comes.
    pub hint: &'static str,
    /// Where the token comes from.
    pub ask: TokenAsk,
    /// Headers of the token request: lower-case name and value.
    pub headers: Vec<(&'static str, TokenHeader)>,
    /// The field of the answer that holds the token.
    pub field: &'static str,
}

/// Where a token comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TokenAsk {
    /// A `GET` of this address.
    Get(String),
    /// A `POST` of a form to this address.
    Form(String, Vec<(&'static str, Secret)>),
    /// A JSON document at this path, which another program keeps fresh.
    File(String),
}

/// The value of a header of a token request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TokenHeader {
    /// Always the same, and no secret.
    Fixed(&'static str),
    /// A secret after a prefix such as `Basic `.
    Secret(&'static str, Secret),
    /// The content of a file after a prefix. Read anew for each token, since such files are replaced.
    File(&'static str, String),
    /// Another random identifier (UUID) in each request.
    RandomId,
}
