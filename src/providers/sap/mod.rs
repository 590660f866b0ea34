//! SAP AI Core: models by way of its orchestration service, whose deployment is looked up first.

mod chat;
mod key;

use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, url as urls};

use key::ServiceKey;

/// The adapter of `sap`.
pub(super) struct Sap;

/// Stands in a URL for the deployment's id until that is known.
const UNKNOWN: &str = "{deployment}";

/// The scenario whose deployments are the orchestration service.
const SCENARIO: &str = "orchestration";

const RESOURCE_GROUP: HeaderName = HeaderName::from_static("ai-resource-group");
const CLIENT_TYPE: HeaderName = HeaderName::from_static("ai-client-type");

/// Settings that name a place or a credential and are no parameters of a model.
const SETTINGS: [&str; 4] = ["model_version", "resource_group", "service_key", "deployment_url"];

impl Adapter for Sap {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let key = ServiceKey::of(target)?;
        let mut left_out = Vec::new();
        let (path, body) = match call.mode {
            Mode::Embedding => ("v2/embeddings", embedding(target, call, &mut left_out)),
            _ => ("v2/completion", chat::body(target, call, &mut left_out)),
        };
        let own = target.deployment.params.str("deployment_url");
        let base = own.map_or_else(|| format!("{}/inference/deployments/{UNKNOWN}", key.api), str::to_owned);
        let mut request = WireRequest::new(Method::POST, urls::join(&base, path)?);
        request.body = Body::Json(body);
        request.left_out = left_out;
        authorise(target, &key, &mut request)?;
        if own.is_none() {
            let mut look_up = WireRequest::new(Method::GET, urls::join(&key.api, "lm/deployments")?);
            authorise(target, &key, &mut look_up)?;
            request.look_up = Some(Box::new(look_up));
        }
        Ok(request)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let key = ServiceKey::of(target)?;
        let url = urls::join(&key.api, "lm/scenarios/foundation-models/models")?;
        let mut request = WireRequest::new(Method::GET, url);
        authorise(target, &key, &mut request)?;
        Ok(request)
    }

    /// The youngest orchestration that runs.
    fn aim(&self, request: WireRequest, found: &WireResponse) -> Result<WireRequest, ShapeError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Deployment {
            #[serde(default)]
            scenario_id: String,
            #[serde(default)]
            status: String,
            #[serde(default)]
            created_at: String,
            #[serde(default, rename = "deploymentUrl")]
            url: String,
        }
        #[derive(Deserialize)]
        struct Deployments {
            resources: Vec<Deployment>,
        }
        let deployments: Deployments = answer::read(found)?;
        let running = deployments
            .resources
            .into_iter()
            .filter(|one| one.scenario_id == SCENARIO && one.status == "RUNNING" && !one.url.is_empty());
        let youngest = running.max_by(|a, b| a.created_at.cmp(&b.created_at));
        let place =
            youngest.ok_or(ShapeError::Missing("running deployment of the orchestration scenario"))?;
        let path =
            if request.url.path().ends_with("/embeddings") { "v2/embeddings" } else { "v2/completion" };
        let url = urls::join(&place.url, path)
            .ok()
            // The token goes to the service that gave the address, and to no other.
            .filter(|url| same_site(url, &request.url))
            .ok_or(ShapeError::Missing("deploymentUrl of this service"))?;
        Ok(WireRequest { url, ..request })
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            final_result: Value,
            #[serde(default)]
            orchestration_result: Value,
            #[serde(default)]
            error: answer::Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        let field = if call.mode == Mode::Embedding { "data" } else { "choices" };
        let holds =
            |result: &Value| result.get(field).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        if holds(&answer.final_result) || holds(&answer.orchestration_result) {
            Ok(())
        } else {
            Err(ShapeError::Missing("final_result"))
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(chat::Orchestrated)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Hosts of one landscape differ in their first label at most.
fn same_site(a: &Url, b: &Url) -> bool {
    let site =
        |url: &Url| url.host_str().and_then(|host| host.split_once('.')).map(|(_, rest)| rest.to_owned());
    a.scheme() == b.scheme() && (a.host_str() == b.host_str() || site(a).is_some() && site(a) == site(b))
}

fn authorise(target: &Target<'_>, key: &ServiceKey, request: &mut WireRequest) -> Result<(), BuildError> {
    let group = params::own_or_env(target, "resource_group", &["AICORE_RESOURCE_GROUP"]).unwrap_or("default");
    let group = HeaderValue::from_str(group).map_err(|_| BuildError::BadParam {
        key: "resource_group".to_owned(),
        problem: "can't be sent as a header".to_owned(),
    })?;
    request.headers.insert(RESOURCE_GROUP, group);
    request.headers.insert(CLIENT_TYPE, HeaderValue::from_static("LiteLLM"));
    request.auth = key.plan();
    Ok(())
}

fn embedding(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Value {
    let mut params = openai::json_body(target, call, left_out);
    let input = params.shift_remove("input").unwrap_or_default();
    json!({"config": {"modules": {"embeddings": {"model": model(target, params)}}}, "input": {"text": input}})
}

fn model(target: &Target<'_>, mut params: Map<String, Value>) -> Value {
    let version = target.deployment.params.str("model_version").unwrap_or("latest");
    params.shift_remove("model");
    params.retain(|name, _| !SETTINGS.contains(&name.as_str()));
    json!({"name": target.model, "version": version, "params": params})
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn aimed(url: &str, deployments: &Value) -> Result<String, ShapeError> {
        let request = WireRequest::new(Method::POST, Url::parse(url).unwrap());
        let body = json!({"count": 1, "resources": deployments}).to_string().into();
        let found = WireResponse { status: 200, headers: HeaderMap::new(), body };
        Sap.aim(request, &found).map(|request| request.url.into())
    }

    #[test]
    fn the_youngest_running_orchestration_is_asked() {
        let one = |id: &str, scenario: &str, status: &str, day: &str| {
            json!({"id": id, "scenarioId": scenario, "status": status, "createdAt": day,
                   "deploymentUrl": format!("https://api.ai.x.example/v2/inference/deployments/{id}")})
        };
        let all = json!([
            one("old", "orchestration", "RUNNING", "2024-01-01T00:00:00Z"),
            one("new", "orchestration", "RUNNING", "2025-01-01T00:00:00Z"),
            one("dead", "orchestration", "STOPPED", "2026-01-01T00:00:00Z"),
            one("other", "foundation-models", "RUNNING", "2026-01-01T00:00:00Z"),
        ]);
        let url = "https://api.ai.x.example/v2/inference/deployments/%7Bdeployment%7D/v2/completion";
        assert_eq!(
            aimed(url, &all).as_deref(),
            Ok("https://api.ai.x.example/v2/inference/deployments/new/v2/completion")
        );
        assert!(aimed(url, &json!([])).is_err());
        let elsewhere = json!([{"scenarioId": "orchestration", "status": "RUNNING", "createdAt": "",
                                "deploymentUrl": "https://evil.example/d"}]);
        assert!(aimed(url, &elsewhere).is_err());
    }
}
