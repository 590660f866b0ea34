//! Google access tokens, from wherever they come.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use llmhealth::credentials::{Authorizer, CredentialError, GoogleError};
use llmhealth::domain::{AuthPlan, Body, GoogleCredential, Secret, SignedRequest, WireRequest};
use llmhealth::transport::HttpTransport;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::support::loopback;
use super::support::scripted::{Reply, ScriptedTransport};

const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

/// Made for these tests, and good for nothing else.
const KEY: &str = include_str!("../fixtures/google/key.pem");

const STS: &str = "https://sts.googleapis.com/v1/token";
const IMPERSONATE: &str =
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam:generateAccessToken";

fn service_account(token_uri: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": "p1",
        "private_key_id": "kid-1",
        "private_key": KEY,
        "client_email": "probe@p1.iam.gserviceaccount.com",
        "token_uri": token_uri,
    })
}

fn authorized_user() -> Value {
    json!({"type": "authorized_user", "client_id": "cid", "client_secret": "csec", "refresh_token": "rtok"})
}

fn federated(source: &Value) -> Value {
    json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/pools/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": STS,
        "credential_source": source,
    })
}

fn document(json: &Value) -> GoogleCredential {
    GoogleCredential::Document(Secret::from(json.to_string()))
}

fn granted(token: &str) -> Reply {
    Reply::json(200, &json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}))
}

fn impersonated(token: &str) -> Reply {
    let in_an_hour = Timestamp::now().checked_add(SignedDuration::from_hours(1)).unwrap();
    Reply::json(200, &json!({"accessToken": token, "expireTime": in_an_hour.to_string()}))
}

async fn authorize(
    authorizer: &Authorizer,
    credential: &GoogleCredential,
) -> Result<SignedRequest, CredentialError> {
    let url = Url::parse("https://us-central1-aiplatform.googleapis.com/v1/x").unwrap();
    let credential = Arc::new(credential.clone());
    let auth = AuthPlan::GoogleOauth { scopes: SCOPES, credential };
    authorizer
        .authorize(WireRequest { auth, body: Body::Json(json!({})), ..WireRequest::new(Method::POST, url) })
        .await
}

/// The header that a credential leads to over this transport.
async fn token(
    transport: &Arc<ScriptedTransport>,
    credential: &GoogleCredential,
) -> Result<String, CredentialError> {
    let signed = authorize(&Authorizer::new(transport.clone()), credential).await?;
    Ok(signed.headers["authorization"].to_str().unwrap().to_owned())
}

fn form(request: &SignedRequest) -> Vec<(String, String)> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

fn field(request: &SignedRequest, name: &str) -> String {
    form(request).into_iter().find(|(key, _)| key == name).unwrap().1
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_service_account_signs_what_it_asks_for() {
    let transport = ScriptedTransport::always(granted("ya29.a"));
    let account = service_account("https://oauth2.googleapis.com/token");
    assert_eq!(token(&transport, &document(&account)).await.unwrap(), "Bearer ya29.a");

    let request = &transport.requests()[0];
    assert_eq!(request.url.as_str(), "https://oauth2.googleapis.com/token");
    assert_eq!(field(request, "grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let assertion = field(request, "assertion");
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    assert_eq!(decoded(header), json!({"typ": "JWT", "alg": "RS256", "kid": "kid-1"}));
    let claims = decoded(claims);
    assert_eq!(claims["iss"], "probe@p1.iam.gserviceaccount.com");
    assert_eq!(claims["aud"], "https://oauth2.googleapis.com/token");
    assert_eq!(claims["scope"], SCOPES[0]);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);

    let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
        .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
}

#[tokio::test]
async fn a_token_comes_over_the_same_transport_as_everything_else() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let body = json!({"access_token": "ya29.loop", "expires_in": 3599}).to_string();
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (address, mut requests) = loopback::canned(reply).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sa.json");
    std::fs::write(&path, service_account(&format!("http://{address}/token")).to_string()).unwrap();

    let authorizer = Authorizer::new(Arc::new(HttpTransport::new().unwrap()));
    let credential = GoogleCredential::File(path.to_str().unwrap().to_owned());
    for _ in 0..2 {
        let signed = authorize(&authorizer, &credential).await.unwrap();
        assert_eq!(signed.headers["authorization"], "Bearer ya29.loop");
        assert!(signed.headers["authorization"].is_sensitive());
        assert_eq!(signed.credential, Some(Secret::from("ya29.loop")));
    }
    assert!(requests.recv().await.unwrap().starts_with("POST /token HTTP/1.1"));
    assert!(requests.try_recv().is_err(), "the second request should have used the first one's token");
}

#[tokio::test(start_paused = true)]
async fn a_broken_credential_costs_one_fetch() {
    let refusal = json!({"error": "invalid_grant", "error_description": "Account has been deleted"});
    let transport = ScriptedTransport::always(Reply::json(400, &refusal));
    let authorizer = Authorizer::new(transport.clone());
    let credential = document(&service_account("https://oauth2.googleapis.com/token"));
    for outcome in join_all((0..20).map(|_| authorize(&authorizer, &credential))).await {
        let error = outcome.unwrap_err();
        assert_eq!(
            error.to_string(),
            "Google's token endpoint refused with HTTP 400: invalid_grant: Account has been deleted"
        );
        assert!(error.hint().unwrap().contains("its key has not been deleted"));
    }
    assert_eq!(transport.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_user_refreshes() {
    let transport = ScriptedTransport::always(granted("ya29.u"));
    assert_eq!(token(&transport, &document(&authorized_user())).await.unwrap(), "Bearer ya29.u");
    let expected = [
        ("grant_type", "refresh_token"),
        ("client_id", "cid"),
        ("client_secret", "csec"),
        ("refresh_token", "rtok"),
        ("scope", SCOPES[0]),
    ];
    assert_eq!(form(&transport.requests()[0]), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_foreign_token_is_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "ey.to.ken\n").unwrap();
    let transport = ScriptedTransport::always(granted("ya29.sts"));
    let credential = document(&federated(&json!({"file": path})));
    assert_eq!(token(&transport, &credential).await.unwrap(), "Bearer ya29.sts");
    let request = &transport.requests()[0];
    assert_eq!(request.url.as_str(), STS);
    assert_eq!(field(request, "grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange");
    assert_eq!(field(request, "audience"), "//iam.googleapis.com/pools/p");
    assert_eq!(field(request, "subject_token"), "ey.to.ken");
    assert_eq!(field(request, "scope"), SCOPES[0]);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_token_may_come_from_a_url_and_lead_to_a_service_account() {
    let transport = ScriptedTransport::always(granted("ya29.sts"));
    transport.on("idp.example.com", Reply::json(200, &json!({"value": "ey.to.ken"})));
    transport.on("iamcredentials", impersonated("ya29.sa"));
    let mut account = federated(&json!({
        "url": "https://idp.example.com/token",
        "headers": {"X-Own": "v"},
        "format": {"type": "json", "subject_token_field_name": "value"},
    }));
    account["service_account_impersonation_url"] = Value::from(IMPERSONATE);
    assert_eq!(token(&transport, &document(&account)).await.unwrap(), "Bearer ya29.sa");
    let requests = transport.requests();
    assert_eq!(requests[0].headers["x-own"], "v");
    assert_eq!(field(&requests[1], "subject_token"), "ey.to.ken");
    assert_eq!(requests[2].headers["authorization"], "Bearer ya29.sts");
    let body: Value = serde_json::from_slice(&requests[2].body).unwrap();
    assert_eq!(body["scope"], json!(SCOPES));
}

#[tokio::test(start_paused = true)]
async fn a_user_may_impersonate_a_service_account() {
    let transport = ScriptedTransport::always(granted("ya29.u"));
    transport.on("iamcredentials", impersonated("ya29.sa"));
    let credential = document(&json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": IMPERSONATE,
        "source_credentials": authorized_user(),
    }));
    assert_eq!(token(&transport, &credential).await.unwrap(), "Bearer ya29.sa");
    assert_eq!(transport.requests()[1].url.as_str(), IMPERSONATE);
}

fn ambient(file: Option<&str>) -> GoogleCredential {
    GoogleCredential::Ambient {
        file: file.map(str::to_owned),
        metadata: "http://metadata.google.internal".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_machine_has_an_identity_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adc.json");
    let path = path.to_str().unwrap();
    let transport = ScriptedTransport::always(granted("ya29.m"));
    assert_eq!(token(&transport, &ambient(Some(path))).await.unwrap(), "Bearer ya29.m");
    let request = &transport.requests()[0];
    assert_eq!(request.headers["metadata-flavor"], "Google");
    assert_eq!(request.url.path(), "/computeMetadata/v1/instance/service-accounts/default/token");

    std::fs::write(path, authorized_user().to_string()).unwrap();
    token(&transport, &ambient(Some(path))).await.unwrap();
    assert_eq!(field(&transport.requests()[1], "client_id"), "cid");
}

#[tokio::test(start_paused = true)]
async fn without_any_credential_it_is_told_what_to_do() {
    for reply in [Reply::Refuse, Reply::Hang] {
        let transport = ScriptedTransport::always(reply);
        let error = token(&transport, &ambient(None)).await.unwrap_err();
        assert!(matches!(error, CredentialError::Google(GoogleError::NoCredentials)), "{error}");
        assert!(error.hint().unwrap().contains("gcloud auth application-default login"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_document_is_told_without_quoting_it() {
    let mut no_key = service_account("https://oauth2.googleapis.com/token");
    no_key.as_object_mut().unwrap().remove("private_key");
    let mut bad_key = service_account("https://oauth2.googleapis.com/token");
    bad_key["private_key"] = Value::from("hunter2");
    let mut bad_address = service_account("nowhere");
    bad_address["private_key_id"] = Value::Null;
    for (credential, problem) in [
        (GoogleCredential::of_text("{hunter2"), "is not JSON"),
        (GoogleCredential::of_text("/no/such/hunter.json"), "can't be read"),
        (document(&json!({})), "has no `type`"),
        (document(&json!({"type": "gdch"})), "unknown type `gdch`"),
        (document(&json!({"type": "authorized_user", "client_id": {"hunter2": 1}})), "wrong type"),
        (document(&no_key), "has no `private_key`"),
        (document(&bad_key), "not an RSA key"),
        (document(&bad_address), "`nowhere` is not a usable address"),
        (document(&federated(&json!({"environment_id": "aws1"}))), "AWS identity are not supported"),
        (document(&federated(&json!({"executable": {}}))), "executable"),
        (document(&federated(&json!({"file": "/no/such/token"}))), "`/no/such/token`"),
    ] {
        let transport = ScriptedTransport::always(Reply::Refuse);
        let error = token(&transport, &credential).await.unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(transport.count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_token_is_an_error() {
    for body in ["", "{}", "<html>", r#"{"access_token": ""}"#] {
        let transport = ScriptedTransport::always(Reply::text(200, body));
        let error = token(&transport, &document(&authorized_user())).await.unwrap_err();
        assert!(matches!(error, CredentialError::Google(GoogleError::NoToken { .. })), "{body}: {error}");
    }
}
