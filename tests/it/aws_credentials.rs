//! AWS keys, from wherever they come, over a scripted transport.

use std::fs;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use llmhealth::credentials::{Authorizer, CredentialError};
use llmhealth::domain::{
    AuthPlan, AwsContainer, AwsCredential, AwsKeys, AwsProfile, AwsRole, AwsSource, AwsSts, AwsWebIdentity,
    Body, IdentityToken, Secret, SignedRequest, WireRequest, WireResponse,
};
use llmhealth::transport::{OpenResponse, Reach, Transport, TransportError};
use serde_json::json;
use url::Url;

/// Answers by path, and keeps what it was sent.
#[derive(Default)]
struct Script {
    answers: Vec<(&'static str, u16, String)>,
    sent: Mutex<Vec<SignedRequest>>,
}

impl Script {
    fn new(answers: &[(&'static str, u16, &str)]) -> Arc<Self> {
        let answers =
            answers.iter().map(|(path, status, body)| (*path, *status, (*body).to_owned())).collect();
        Arc::new(Self { answers, sent: Mutex::default() })
    }

    fn sent(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        sent.iter().map(|request| format!("{} {}", request.method, request.url)).collect()
    }

    fn body(&self, index: usize) -> String {
        String::from_utf8(self.sent.lock().unwrap()[index].body.to_vec()).unwrap()
    }

    fn header(&self, index: usize, name: &str) -> Option<String> {
        let sent = self.sent.lock().unwrap();
        sent[index].headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    }
}

impl Transport for Script {
    fn send(&self, request: SignedRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>> {
        let path = request.url.path().to_owned();
        let host = request.url.host_str().unwrap_or_default().to_owned();
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.iter().find(|(known, _, _)| *known == path).map(|(_, status, body)| {
            WireResponse { status: *status, headers: HeaderMap::new(), body: Bytes::from(body.clone()) }
        });
        Box::pin(async move {
            tokio::task::yield_now().await;
            answer.ok_or(TransportError::Connect { host, problem: "nobody is there".into(), hint: None })
        })
    }

    fn open(&self, request: SignedRequest, _: Reach) -> BoxFuture<'_, Result<OpenResponse, TransportError>> {
        Box::pin(async { Ok(OpenResponse::whole("scripted", self.send(request).await?)) })
    }

    fn connect<'a>(&'a self, _: &'a Url, _: bool) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async { Ok(()) })
    }
}

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

fn in_an_hour() -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_hours(1)).unwrap()
}

/// What STS answers.
fn granted(access_key_id: &str) -> String {
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{access_key_id}</AccessKeyId>\
         <SecretAccessKey>sts-secret</SecretAccessKey><SessionToken>sts-token</SessionToken>\
         <Expiration>{}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        in_an_hour()
    )
}

/// What the container endpoint and the instance metadata answer.
fn written(access_key_id: &str) -> String {
    json!({
        "AccessKeyId": access_key_id, "SecretAccessKey": "s", "Token": "t", "Expiration": in_an_hour().to_string()
    })
    .to_string()
}

fn keys(access_key_id: &str) -> AwsSource {
    AwsSource::Keys(AwsKeys {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: Secret::from("secret"),
        session_token: None,
    })
}

fn instance() -> AwsSource {
    AwsSource::InstanceMetadata { endpoint: "http://169.254.169.254".to_owned() }
}

fn credential(sources: Vec<AwsSource>, role: Option<AwsRole>) -> AwsCredential {
    let endpoint = "https://sts.us-east-1.amazonaws.com".to_owned();
    AwsCredential { sources, role, sts: AwsSts { endpoint, region: "us-east-1".to_owned() } }
}

fn role(external_id: Option<&str>) -> AwsRole {
    AwsRole {
        arn: ROLE.to_owned(),
        session_name: "sess1".to_owned(),
        external_id: external_id.map(str::to_owned),
    }
}

async fn authorize(
    authorizer: &Authorizer,
    credential: AwsCredential,
) -> Result<SignedRequest, CredentialError> {
    let request = WireRequest {
        method: Method::POST,
        url: Url::parse("https://bedrock-runtime.us-east-1.amazonaws.com/model/a%3A0/converse").unwrap(),
        headers: HeaderMap::new(),
        body: Body::Json(json!({"messages": []})),
        left_out: Vec::new(),
        look_up: None,
        auth: AuthPlan::AwsSigV4 {
            service: "bedrock",
            region: "us-east-1".to_owned(),
            credential: Arc::new(credential),
        },
    };
    authorizer.authorize(request).await
}

/// The access key that signed.
fn signer(request: &SignedRequest) -> String {
    let authorization = request.headers["authorization"].to_str().unwrap();
    authorization.split_once("Credential=").unwrap().1.split('/').next().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn keys_at_hand_sign_without_asking_anyone() {
    let script = Script::new(&[]);
    let authorizer = Authorizer::new(script.clone());
    let signed = authorize(&authorizer, credential(vec![keys("AKIA"), instance()], None)).await.unwrap();
    assert_eq!(signer(&signed), "AKIA");
    assert_eq!(signed.headers["content-type"], "application/json");
    assert!(!signed.headers.contains_key("x-amz-security-token"));
    assert!(script.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_role_is_assumed_once_for_all() {
    let script = Script::new(&[("/", 200, &granted("ASIAROLE"))]);
    let authorizer = Authorizer::new(script.clone());
    let ask = || authorize(&authorizer, credential(vec![keys("AKIA")], Some(role(Some("ext1")))));
    for signed in join_all((0..20).map(|_| ask())).await {
        let signed = signed.unwrap();
        assert_eq!(signer(&signed), "ASIAROLE");
        assert_eq!(signed.headers["x-amz-security-token"], "sts-token");
        assert_eq!(signed.credential, Some(Secret::from("sts-token")));
    }
    assert_eq!(script.sent(), ["POST https://sts.us-east-1.amazonaws.com/"]);
    assert_eq!(
        script.body(0),
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr\
         &RoleSessionName=sess1&ExternalId=ext1"
    );
    let authorization = script.header(0, "authorization").unwrap();
    assert!(authorization.contains("Credential=AKIA/"), "{authorization}");
    assert!(authorization.contains("/us-east-1/sts/aws4_request"), "{authorization}");
}

#[tokio::test(start_paused = true)]
async fn a_web_identity_is_read_from_its_file_and_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "ey.to.ken\n").unwrap();
    let identity = AwsWebIdentity {
        role_arn: ROLE.to_owned(),
        session_name: "sess1".to_owned(),
        token: IdentityToken::File(path.to_string_lossy().into_owned()),
    };
    let script = Script::new(&[("/", 200, &granted("ASIAWEB"))]);
    let authorizer = Authorizer::new(script.clone());
    let credential = credential(vec![AwsSource::WebIdentity(identity)], None);
    let signed = authorize(&authorizer, credential).await.unwrap();
    assert_eq!(signer(&signed), "ASIAWEB");
    assert!(script.body(0).starts_with("Action=AssumeRoleWithWebIdentity&"), "{}", script.body(0));
    assert!(script.body(0).ends_with("&WebIdentityToken=ey.to.ken"), "{}", script.body(0));
    assert_eq!(script.header(0, "authorization"), None);
}

#[tokio::test(start_paused = true)]
async fn profiles_chain_roles() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(path("credentials"), "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = s\n")
        .unwrap();
    let config = format!("[profile work]\nrole_arn = {ROLE}\nsource_profile = base\n");
    fs::write(path("config"), config).unwrap();
    let profile = |name: &str| {
        AwsSource::Profile(AwsProfile {
            name: name.to_owned(),
            named: true,
            credentials_file: path("credentials"),
            config_file: path("config"),
            sso_cache: String::new(),
            ambient: Vec::new(),
        })
    };
    let script = Script::new(&[("/", 200, &granted("ASIAWORK"))]);
    let authorizer = Authorizer::new(script.clone());
    let signed = authorize(&authorizer, credential(vec![profile("work")], None)).await.unwrap();
    assert_eq!(signer(&signed), "ASIAWORK");
    assert!(script.header(0, "authorization").unwrap().contains("Credential=AKBASE/"));

    let error = authorize(&authorizer, credential(vec![profile("wrok")], None)).await.unwrap_err();
    assert_eq!(error.to_string(), "AWS profile `wrok` does not exist");
    assert!(error.hint().unwrap().contains("aws_profile_name"));
}

#[tokio::test(start_paused = true)]
async fn containers_and_instances_give_keys() {
    let script = Script::new(&[("/v2/credentials/x", 200, &written("ASIATASK"))]);
    let authorizer = Authorizer::new(script.clone());
    let container = AwsContainer {
        url: "http://169.254.170.2/v2/credentials/x".to_owned(),
        token: Some(IdentityToken::Value(Secret::from("pod-token"))),
    };
    let signed =
        authorize(&authorizer, credential(vec![AwsSource::Container(container)], None)).await.unwrap();
    assert_eq!(signer(&signed), "ASIATASK");
    assert_eq!(signed.headers["x-amz-security-token"], "t");
    assert_eq!(script.header(0, "authorization").as_deref(), Some("pod-token"));

    let script = Script::new(&[
        ("/latest/api/token", 200, "session"),
        ("/latest/meta-data/iam/security-credentials/", 200, "the-role"),
        ("/latest/meta-data/iam/security-credentials/the-role", 200, &written("ASIAEC2")),
    ]);
    let authorizer = Authorizer::new(script.clone());
    let signed = authorize(&authorizer, credential(vec![instance()], None)).await.unwrap();
    assert_eq!(signer(&signed), "ASIAEC2");
    assert_eq!(script.sent()[0], "PUT http://169.254.169.254/latest/api/token");
    assert_eq!(script.header(2, "x-aws-ec2-metadata-token").as_deref(), Some("session"));
}

#[tokio::test(start_paused = true)]
async fn without_keys_the_places_are_named() {
    let authorizer = Authorizer::new(Script::new(&[]));
    let error = authorize(&authorizer, credential(vec![instance()], None)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no AWS credentials were found in `litellm_params`, the environment, the EC2 instance metadata"
    );
    assert!(error.hint().unwrap().contains("aws_access_key_id"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_role_costs_one_call_and_says_why() {
    let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                   <Message>User is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>";
    let script = Script::new(&[("/", 403, refusal)]);
    let authorizer = Authorizer::new(script.clone());
    for _ in 0..5 {
        let error =
            authorize(&authorizer, credential(vec![keys("AKIA")], Some(role(None)))).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "AWS STS refused with HTTP 403: AccessDenied: User is not authorized to perform: sts:AssumeRole"
        );
        assert!(error.hint().unwrap().contains("aws_role_name"));
    }
    assert_eq!(script.sent().len(), 1);
}
