//! Where a Vertex AI deployment is, and who may ask it: project, location, credential, and the URLs of those.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::domain::{AuthPlan, GoogleCredential, Secret};
use crate::providers::{BuildError, Target, url as urls};

/// What tokens for Google Cloud are asked for.
const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

/// Where requests go when nobody says where.
const DEFAULT_LOCATION: &str = "us-central1";

/// Variables by which Google's own libraries know a project.
const PROJECT_VARIABLES: &[&str] = &["GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"];

/// A project in a location.
pub(in crate::providers) struct Place {
    /// The project's id or number.
    pub(in crate::providers) project: String,
    /// A region, `global`, `us` or `eu`.
    pub(in crate::providers) location: String,
}

impl Place {
    /// Reads it from the deployment, else the environment, else the credential.
    pub(in crate::providers) fn of(target: &Target<'_>) -> Result<Self, BuildError> {
        let location = param(target, &["vertex_location", "vertex_ai_location"])
            .or_else(|| target.env.get("VERTEXAI_LOCATION").map(str::to_owned));
        let project = param(target, &["vertex_project", "vertex_ai_project"])
            .or_else(|| target.env.get("VERTEXAI_PROJECT").map(str::to_owned))
            .or_else(|| project_of_credential(target))
            .ok_or_else(|| BuildError::BadParam {
                key: "vertex_project".to_owned(),
                problem: "is missing: set it or the environment variable VERTEXAI_PROJECT, or use a service \
                          account, whose credentials name its project"
                    .to_owned(),
            })?;
        let location = location.unwrap_or_else(|| DEFAULT_LOCATION.to_owned());
        // It becomes a part of the host that the token is sent to.
        if !location.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(BuildError::BadParam {
                key: "vertex_location".to_owned(),
                problem: format!(
                    "is `{location}`, but has to be a location such as `us-central1` or `global`"
                ),
            });
        }
        Ok(Self { project, location })
    }

    /// The path of something below project and location.
    pub(in crate::providers) fn path(&self, version: &str, rest: &str) -> String {
        let (project, location) = (urls::segment(&self.project), urls::segment(&self.location));
        format!("{version}/projects/{project}/locations/{location}/{rest}")
    }

    /// Vertex AI's address for the location.
    pub(super) fn address(&self) -> String {
        match self.location.as_str() {
            "global" => "https://aiplatform.googleapis.com".to_owned(),
            // Groups of regions have addresses of their own, which keep the data there.
            "us" | "eu" => format!("https://aiplatform.{}.rep.googleapis.com", self.location),
            region => format!("https://{region}-aiplatform.googleapis.com"),
        }
    }

    /// Cloud Speech-to-Text's address for the location.
    pub(super) fn speech_address(&self) -> String {
        match self.location.as_str() {
            "global" => "https://speech.googleapis.com".to_owned(),
            region => format!("https://{region}-speech.googleapis.com"),
        }
    }
}

/// The deployment's base URL, or that of its provider's variables.
pub(super) fn own_base<'a>(target: &Target<'a>) -> Option<&'a str> {
    urls::base(target).ok()
}

/// A base that already says project and model: it has a path.
pub(super) fn base_with_path<'a>(target: &Target<'a>) -> Option<&'a str> {
    own_base(target).filter(|base| Url::parse(base).is_ok_and(|url| url.path() != "/"))
}

/// The token that a request needs.
pub(super) fn auth(target: &Target<'_>) -> AuthPlan {
    AuthPlan::GoogleOauth { scopes: SCOPES, credential: Arc::new(credential(target)) }
}

fn credential(target: &Target<'_>) -> GoogleCredential {
    let env = target.env;
    let own = GoogleCredential::PARAMS.iter().find_map(|key| match target.deployment.params.get(key)? {
        Value::String(text) if !text.is_empty() => Some(GoogleCredential::of_text(text)),
        document @ Value::Object(_) => Some(GoogleCredential::Document(Secret::from(document.to_string()))),
        _ => None,
    });
    own.or_else(|| env.first(&GoogleCredential::VARIABLES).map(GoogleCredential::of_text)).unwrap_or_else(
        || {
            let folder = env.get("CLOUDSDK_CONFIG").map(str::to_owned);
            let folder = folder.or_else(|| env.get("HOME").map(|home| format!("{home}/.config/gcloud")));
            let metadata = env.get("GCE_METADATA_HOST").unwrap_or("metadata.google.internal");
            GoogleCredential::Ambient {
                file: folder.map(|folder| format!("{folder}/application_default_credentials.json")),
                metadata: format!("http://{metadata}"),
            }
        },
    )
}

/// The project that a credential belongs to; of the machine's own identity, the one that the environment names.
fn project_of_credential(target: &Target<'_>) -> Option<String> {
    let text = match credential(target) {
        GoogleCredential::Document(secret) => Some(secret.expose().to_owned()),
        GoogleCredential::File(path) => target.env.document(&path).map(str::to_owned),
        GoogleCredential::Ambient { .. } => None,
    };
    let named = text.and_then(|text| {
        let document: Value = serde_json::from_str(&text).ok()?;
        let project = document.get("project_id").or_else(|| document.get("quota_project_id"))?;
        project.as_str().map(str::to_owned)
    });
    named.or_else(|| target.env.first(PROJECT_VARIABLES).map(str::to_owned))
}

/// The first of these parameters that is set. Project numbers may be written without quotes.
fn param(target: &Target<'_>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match target.deployment.params.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
