//! Who asks Microsoft Entra ID (Azure AD) for access tokens, as data.
//!
//! Adapters describe it from the deployment's parameters and the environment; `credentials` carries it
//! out. Equal descriptions share one token.

use super::{IdentityToken, Secret};

/// How a deployment comes by its access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AzureAdCredential {
    /// An application that proves who it is.
    Application(AzureApplication),
    /// The identity that Azure has given to where this program runs.
    Managed(AzureManagedIdentity),
}

impl AzureAdCredential {
    /// The authority of Azure's public cloud.
    pub const PUBLIC_CLOUD: &'static str = "https://login.microsoftonline.com";

    /// Whether it brings its proof along, and takes none from a file or an endpoint of the machine.
    #[must_use]
    pub fn is_self_contained(&self) -> bool {
        match self {
            Self::Application(application) => match &application.proof {
                AzureProof::Secret(_) | AzureProof::Password { .. } => true,
                AzureProof::Assertion(token) => matches!(token, IdentityToken::Value(_)),
            },
            Self::Managed(_) => false,
        }
    }
}

/// An application that is registered with Microsoft Entra ID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AzureApplication {
    /// Where tokens are issued, without a trailing slash; [`AzureAdCredential::PUBLIC_CLOUD`] mostly.
    pub authority: String,
    /// Whose directory it is registered in: `tenant_id`, else `AZURE_TENANT_ID`.
    pub tenant_id: String,
    /// Which application: `client_id`, else `AZURE_CLIENT_ID`.
    pub client_id: String,
    /// How it proves who it is.
    pub proof: AzureProof,
}

/// How an application proves who it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AzureProof {
    /// A client secret.
    Secret(Secret),
    /// A token of another identity provider that the application trusts: workload identity, `oidc/…`.
    Assertion(IdentityToken),
    /// A user's name and password. The application asks in the name of the user.
    Password {
        /// The user's name.
        username: String,
        /// The user's password.
        password: Secret,
    },
}

/// The identity that Azure has given to a machine or an app.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AzureManagedIdentity {
    /// Who is asked for its tokens.
    pub host: AzureIdentityHost,
    /// Which one, where there are several (a user-assigned identity): `AZURE_CLIENT_ID`.
    pub client_id: Option<String>,
}

/// Who gives out the tokens of a managed identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AzureIdentityHost {
    /// The endpoint that App Service, Functions and Container Apps run beside the app.
    App {
        /// Its address: `IDENTITY_ENDPOINT`.
        endpoint: String,
        /// What it wants to be shown: `IDENTITY_HEADER`.
        header: Secret,
    },
    /// The metadata service of a virtual machine, or of a node of a cluster.
    Machine {
        /// Its address without a trailing slash.
        endpoint: String,
    },
}
