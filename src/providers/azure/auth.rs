//! How an Azure OpenAI request is authorised: a key, a token, or an identity to fetch a token for.
//!
//! Declared reuse point: Azure's other AI services take the same credentials.

use std::sync::Arc;

use crate::domain::{
    AuthPlan, AzureAdCredential, AzureApplication, AzureIdentityHost, AzureManagedIdentity, AzureProof,
    IdentityToken, Secret,
};
use crate::providers::oidc::{self, identity_token};
use crate::providers::{BuildError, Target};

/// What tokens for Azure's AI services are asked for, where nothing else is named.
const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

/// Variables with a ready token.
const TOKEN_VARIABLES: [&str; 2] = ["AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN"];

/// Names the kind of identity that LiteLLM uses, as one of the classes of Azure's Python library.
const KIND: &str = "AZURE_CREDENTIAL";

/// Where AKS leaves a pod's token.
const FEDERATED_TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// Where App Service and Container Apps give out tokens.
const APP_ENDPOINT: &str = "IDENTITY_ENDPOINT";

/// Where virtual machines are told about themselves.
const MACHINE_ENDPOINT: &str = "http://169.254.169.254";

/// Whose directory a user is looked for in when nobody names one.
const ANY_TENANT: &str = "organizations";

/// The credential that a deployment gives, else the environment's.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::providers) enum Credential {
    /// A resource's key.
    Key(Secret),
    /// A ready token of Microsoft Entra ID.
    Token(Secret),
    /// An identity that a token with this scope is fetched for.
    Identity(String, AzureAdCredential),
}

impl Credential {
    /// Finds it: the deployment's own key, token or application first, then the environment's token,
    /// key and application, then the identity of where this program runs.
    pub(in crate::providers) fn of(target: &Target<'_>) -> Result<Self, BuildError> {
        let (params, env) = (&target.deployment.params, target.env);
        if let Some(key) = params.secret("api_key") {
            return Ok(Self::Key(key));
        }
        match params.str("azure_ad_token") {
            Some(reference) if reference.starts_with(oidc::PREFIX) => {
                let token = identity_token(env, "azure_ad_token", reference)?;
                return federated(target, token).map(|identity| Self::fetched(target, identity));
            }
            Some(token) => return Ok(Self::Token(Secret::from(token))),
            None => {}
        }
        let own = |param: &str, _: &str| params.str(param);
        if let Some(application) = application(target, own) {
            return Ok(Self::fetched(target, application));
        }
        if let Some(token) = env.first(&TOKEN_VARIABLES) {
            return Ok(Self::Token(token.into()));
        }
        if let Some(key) = env.first(target.provider.key_envs) {
            return Ok(Self::Key(key.into()));
        }
        match application(target, param_or_variable(target)) {
            Some(application) => Ok(Self::fetched(target, application)),
            None => ambient(target).map(|identity| Self::fetched(target, identity)),
        }
    }

    fn fetched(target: &Target<'_>, identity: AzureAdCredential) -> Self {
        let scope = param_or_variable(target)("azure_scope", "AZURE_SCOPE").unwrap_or(SCOPE);
        Self::Identity(scope.to_owned(), identity)
    }

    /// Where it goes. Keys have a header of their own, except in OpenAI's own API.
    pub(in crate::providers) fn plan(self, bearer: bool) -> AuthPlan {
        match self {
            Self::Key(key) if bearer => AuthPlan::Bearer(key),
            Self::Key(key) => AuthPlan::Header { name: "api-key", prefix: "", key },
            Self::Token(token) => AuthPlan::Bearer(token),
            Self::Identity(scope, identity) => AuthPlan::AzureAd { scope, credential: Arc::new(identity) },
        }
    }
}

/// Looks up a parameter, else a variable.
fn param_or_variable<'a>(target: &Target<'a>) -> impl Fn(&str, &str) -> Option<&'a str> {
    let Target { deployment, env, .. } = *target;
    move |param, variable| deployment.params.str(param).or_else(|| env.get(variable))
}

/// The application that is looked up by parameter and variable, if all of it is there: with a secret of its own,
/// else with a user's password.
fn application<'a>(
    target: &Target<'_>,
    look_up: impl Fn(&str, &str) -> Option<&'a str>,
) -> Option<AzureAdCredential> {
    let client_id = look_up("client_id", "AZURE_CLIENT_ID")?;
    let tenant_id = look_up("tenant_id", "AZURE_TENANT_ID");
    if let (Some(tenant_id), Some(secret)) = (tenant_id, look_up("client_secret", "AZURE_CLIENT_SECRET")) {
        return Some(registered(target, tenant_id, client_id, AzureProof::Secret(secret.into())));
    }
    let username = look_up("azure_username", "AZURE_USERNAME")?.to_owned();
    let password = look_up("azure_password", "AZURE_PASSWORD")?.into();
    let proof = AzureProof::Password { username, password };
    Some(registered(target, tenant_id.unwrap_or(ANY_TENANT), client_id, proof))
}

/// The application that another identity provider's token speaks for.
fn federated(target: &Target<'_>, token: IdentityToken) -> Result<AzureAdCredential, BuildError> {
    let look_up = param_or_variable(target);
    let wanted = |key, variable| look_up(key, variable).ok_or(BuildError::MissingParamOr { key, variable });
    let client_id = wanted("client_id", "AZURE_CLIENT_ID")?;
    let tenant_id = wanted("tenant_id", "AZURE_TENANT_ID")?;
    Ok(registered(target, tenant_id, client_id, AzureProof::Assertion(token)))
}

fn registered(target: &Target<'_>, tenant_id: &str, client_id: &str, proof: AzureProof) -> AzureAdCredential {
    let authority = target.env.get("AZURE_AUTHORITY_HOST").unwrap_or(AzureAdCredential::PUBLIC_CLOUD);
    AzureAdCredential::Application(AzureApplication {
        authority: authority.trim_end_matches('/').to_owned(),
        tenant_id: tenant_id.to_owned(),
        client_id: client_id.to_owned(),
        proof,
    })
}

/// The identity of where this program runs, if the configuration lets it be used.
///
/// The order is that of Azure's `DefaultAzureCredential`: a pod's token, then a managed identity.
fn ambient(target: &Target<'_>) -> Result<AzureAdCredential, BuildError> {
    let env = target.env;
    if !target.azure_identity {
        let hints = [FEDERATED_TOKEN_FILE, APP_ENDPOINT, KIND];
        return Err(match hints.into_iter().find(|name| env.get(name).is_some()) {
            Some(variable) => BuildError::IdentityIsOff { variable },
            None => BuildError::MissingKey { variables: target.provider.key_envs },
        });
    }
    let pod = || {
        let token = IdentityToken::File(env.get(FEDERATED_TOKEN_FILE)?.to_owned());
        federated(target, token).ok()
    };
    match env.get(KIND).unwrap_or("DefaultAzureCredential") {
        "DefaultAzureCredential" => Ok(pod().unwrap_or_else(|| managed(target))),
        "ManagedIdentityCredential" => Ok(managed(target)),
        "WorkloadIdentityCredential" => {
            pod().ok_or(bad_kind("needs AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and AZURE_TENANT_ID"))
        }
        "ClientSecretCredential" | "EnvironmentCredential" => {
            Err(bad_kind("needs AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"))
        }
        other => Err(bad_kind(&format!(
            "names `{other}`, which is not supported: use DefaultAzureCredential, ManagedIdentityCredential, \
             WorkloadIdentityCredential or ClientSecretCredential"
        ))),
    }
}

fn bad_kind(problem: &str) -> BuildError {
    BuildError::BadVariable { variable: KIND, problem: problem.to_owned() }
}

fn managed(target: &Target<'_>) -> AzureAdCredential {
    let env = target.env;
    let app = env.get(APP_ENDPOINT).zip(env.get("IDENTITY_HEADER"));
    let host = if let Some((endpoint, header)) = app {
        AzureIdentityHost::App { endpoint: endpoint.to_owned(), header: Secret::from(header) }
    } else {
        let endpoint = env.get("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(MACHINE_ENDPOINT);
        AzureIdentityHost::Machine { endpoint: endpoint.trim_end_matches('/').to_owned() }
    };
    let client_id = param_or_variable(target)("client_id", "AZURE_CLIENT_ID").map(str::to_owned);
    AzureAdCredential::Managed(AzureManagedIdentity { host, client_id })
}
