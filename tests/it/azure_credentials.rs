//! Access tokens of Microsoft Entra ID, from wherever they come.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use llmhealth::credentials::{Authorizer, AzureError, CredentialError};
use llmhealth::domain::{
    AuthPlan, AzureAdCredential, AzureApplication, AzureIdentityHost, AzureManagedIdentity, AzureProof,
    IdentityToken, SignedRequest, WireRequest,
};
use serde_json::{Value, json};
use tokio::time::{Instant, advance};
use url::{Url, form_urlencoded};

use super::support::scripted::{Reply, ScriptedTransport};

const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

fn application(proof: AzureProof) -> AzureAdCredential {
    AzureAdCredential::Application(AzureApplication {
        authority: "https://login.microsoftonline.com".to_owned(),
        tenant_id: "tenant".to_owned(),
        client_id: "client".to_owned(),
        proof,
    })
}

fn machine(client_id: Option<&str>) -> AzureAdCredential {
    let host = AzureIdentityHost::Machine { endpoint: "http://169.254.169.254".to_owned() };
    AzureAdCredential::Managed(AzureManagedIdentity { host, client_id: client_id.map(str::to_owned) })
}

async fn authorize(
    authorizer: &Authorizer,
    credential: &AzureAdCredential,
) -> Result<SignedRequest, CredentialError> {
    let url = Url::parse("https://r.openai.azure.com/openai/v1/models").unwrap();
    let auth = AuthPlan::AzureAd { scope: SCOPE.to_owned(), credential: Arc::new(credential.clone()) };
    authorizer.authorize(WireRequest { auth, ..WireRequest::new(Method::GET, url) }).await
}

/// The header that a credential leads to over this transport.
async fn token(
    transport: &Arc<ScriptedTransport>,
    credential: &AzureAdCredential,
) -> Result<String, CredentialError> {
    let signed = authorize(&Authorizer::new(transport.clone()), credential).await?;
    Ok(signed.headers["authorization"].to_str().unwrap().to_owned())
}

fn field(request: &SignedRequest, name: &str) -> Option<String> {
    form_urlencoded::parse(&request.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn granted() -> Reply {
    Reply::json(200, &json!({"access_token": "eyJ-1", "expires_in": 3599, "token_type": "Bearer"}))
}

#[tokio::test(start_paused = true)]
async fn workload_identity_shows_the_pods_token_as_it_is_now() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "pod-token-1\n").unwrap();
    let file = IdentityToken::File(path.to_str().unwrap().to_owned());
    let pod = application(AzureProof::Assertion(file));
    let transport = ScriptedTransport::always(granted());
    let authorizer = Authorizer::new(transport.clone());
    let signed = authorize(&authorizer, &pod).await.unwrap();
    assert_eq!(signed.headers["authorization"], "Bearer eyJ-1");
    let request = &transport.requests()[0];
    assert_eq!(request.url.as_str(), "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", "client"),
        ("scope", SCOPE),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "pod-token-1"),
    ] {
        assert_eq!(field(request, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(field(request, "client_secret"), None);

    std::fs::write(&path, "pod-token-2\n").unwrap();
    advance(Duration::from_hours(1)).await;
    authorize(&authorizer, &pod).await.unwrap();
    assert_eq!(field(&transport.requests()[1], "client_assertion").as_deref(), Some("pod-token-2"));
}

#[tokio::test(start_paused = true)]
async fn a_missing_token_file_is_named_and_nobody_is_asked() {
    let transport = ScriptedTransport::always(granted());
    let pod = application(AzureProof::Assertion(IdentityToken::File("/nowhere/token".to_owned())));
    let error = token(&transport, &pod).await.unwrap_err();
    assert!(error.to_string().contains("no identity token came from /nowhere/token"), "{error}");
    assert!(error.hint().unwrap().contains("AZURE_FEDERATED_TOKEN_FILE"));
    assert_eq!(transport.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_user_asks_with_a_password() {
    let transport = ScriptedTransport::always(granted());
    let user =
        application(AzureProof::Password { username: "u@example".to_owned(), password: "pass".into() });
    token(&transport, &user).await.unwrap();
    let request = &transport.requests()[0];
    assert_eq!(field(request, "grant_type").as_deref(), Some("password"));
    assert_eq!(field(request, "username").as_deref(), Some("u@example"));
    assert_eq!(field(request, "password").as_deref(), Some("pass"));
}

#[tokio::test(start_paused = true)]
async fn a_machine_is_asked_for_the_identity_that_is_named() {
    // The metadata service writes numbers as texts.
    let answer =
        json!({"access_token": "eyJ-m", "expires_in": "86399", "expires_on": "1", "token_type": "Bearer"});
    let transport = ScriptedTransport::always(Reply::json(200, &answer));
    assert_eq!(token(&transport, &machine(Some("c1"))).await.unwrap(), "Bearer eyJ-m");
    let request = &transport.requests()[0];
    assert_eq!(request.method, Method::GET);
    assert_eq!(
        request.url.as_str(),
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01\
         &resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=c1"
    );
    assert_eq!(request.headers["metadata"], "true");
}

#[tokio::test(start_paused = true)]
async fn an_app_is_asked_with_its_header_and_tells_when_the_token_ends() {
    let soon = Timestamp::now().as_second() + 1200;
    let answer: Value = json!({"access_token": "eyJ-a", "expires_on": soon.to_string(), "resource": "r"});
    let transport = ScriptedTransport::always(Reply::json(200, &answer));
    let host = AzureIdentityHost::App {
        endpoint: "http://127.0.0.1:41741/msi/token".to_owned(),
        header: "header-secret".into(),
    };
    let app = AzureAdCredential::Managed(AzureManagedIdentity { host, client_id: None });
    let authorizer = Authorizer::new(transport.clone());
    authorize(&authorizer, &app).await.unwrap();
    let request = &transport.requests()[0];
    assert_eq!(
        request.url.as_str(),
        "http://127.0.0.1:41741/msi/token?api-version=2019-08-01\
         &resource=https%3A%2F%2Fcognitiveservices.azure.com"
    );
    assert_eq!(request.headers["x-identity-header"], "header-secret");
    assert!(!format!("{request:?} {app:?}").contains("header-secret"));

    advance(Duration::from_mins(14)).await;
    authorize(&authorizer, &app).await.unwrap();
    assert_eq!(transport.count(), 1, "still good");
    advance(Duration::from_mins(2)).await;
    authorize(&authorizer, &app).await.unwrap();
    assert_eq!(transport.count(), 2, "renewed shortly before it ends");
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_identity_it_is_said_soon() {
    let transport = ScriptedTransport::always(Reply::Hang);
    let start = Instant::now();
    let error = token(&transport, &machine(None)).await.unwrap_err();
    assert!(matches!(error, CredentialError::Azure(AzureError::NoIdentity { .. })), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(5));

    let refusal = json!({"error": "invalid_request", "error_description": "Identity not found"});
    let transport = ScriptedTransport::always(Reply::json(400, &refusal));
    let error = token(&transport, &machine(Some("c1"))).await.unwrap_err();
    assert!(error.to_string().ends_with("HTTP 400: Identity not found"), "{error}");
    assert!(error.hint().unwrap().contains("AZURE_CLIENT_ID"));
}

#[test]
fn only_what_brings_its_proof_along_is_lent_to_strangers() {
    let plan = |credential| AuthPlan::AzureAd { scope: SCOPE.to_owned(), credential: Arc::new(credential) };
    assert!(plan(application(AzureProof::Secret("s".into()))).is_self_contained());
    assert!(plan(application(AzureProof::Assertion(IdentityToken::Value("t".into())))).is_self_contained());
    let file = IdentityToken::File("/t".to_owned());
    assert!(!plan(application(AzureProof::Assertion(file))).is_self_contained());
    assert!(!plan(machine(None)).is_self_contained());
}
