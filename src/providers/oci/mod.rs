//! Oracle Cloud's Generative AI: Cohere's models in Cohere's format, all others in a generic one.

mod answers;
mod cohere;
mod cohere_answers;
mod generic;
mod schema;

use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{AuthPlan, Body, Call, Mode, OciCredential, OciKey, WireRequest, WireResponse};

use super::answer::{self, Kind};
use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, params, url as urls};

/// The adapter of `oci`.
pub(super) struct Oci;

/// The region when nobody names one.
const REGION: &str = "us-ashburn-1";

/// The limit of an answer when nobody names one.
const MAX_TOKENS: u32 = 4096;

/// How a parameter of OpenAI is said.
enum Field {
    /// Under this name, as it is.
    Named(&'static str),
    /// Under this name, as a word in capitals.
    Capitals(&'static str),
    /// In another way, or not at all.
    Other,
}

impl Adapter for Oci {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let compartment = setting(target, "oci_compartment_id", "OCI_COMPARTMENT_ID")?;
        let mut body = Map::from_iter([
            ("compartmentId".to_owned(), json!(compartment)),
            ("servingMode".to_owned(), serving_mode(target)),
        ]);
        let request = params::wire_params(target, call);
        let action = if call.mode == Mode::Embedding {
            body.extend(embedding(&request));
            "embedText"
        } else {
            let chat = if is_cohere(target.model) {
                cohere::chat(target, &request, call.stream, &mut left_out)?
            } else {
                generic::chat(target, &request, call.stream, &mut left_out)?
            };
            body.insert("chatRequest".to_owned(), Value::Object(chat));
            "chat"
        };
        let url = address(target, action)?;
        let mut request = WireRequest { left_out, ..WireRequest::new(Method::POST, url) };
        request.body = Body::Json(Value::Object(body));
        params::add_user_headers(target, &mut request.headers)?;
        request.auth = AuthPlan::OciSignature(Arc::new(credential(target)?));
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Answer {
            error: Kind,
            embeddings: Kind,
            chat_response: Option<ChatResponse>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct ChatResponse {
            choices: Kind,
            text: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        if call.mode == Mode::Embedding {
            let holds = answer.embeddings == Kind::List(true);
            return if holds { Ok(()) } else { Err(ShapeError::Missing("embeddings")) };
        }
        match answer.chat_response {
            Some(chat) if chat.choices == Kind::List(true) || matches!(chat.text, Kind::Text(_)) => Ok(()),
            _ => Err(ShapeError::Missing("chatResponse")),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat if is_cohere(target.model) => Ok(Answers::by(cohere_answers::Cohere)),
            Mode::Chat => Ok(Answers::by(answers::Generic)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Only Cohere's own names say that its format is due; a dedicated endpoint has an id that says nothing.
fn is_cohere(model: &str) -> bool {
    model.starts_with("cohere.")
}

/// A model of the region, or an endpoint of the customer's own.
fn serving_mode(target: &Target<'_>) -> Value {
    let params = &target.deployment.params;
    match params.str("oci_serving_mode") {
        Some(mode) if mode.eq_ignore_ascii_case("DEDICATED") => {
            let endpoint = params.str("oci_endpoint_id").unwrap_or(target.model);
            json!({"servingType": "DEDICATED", "endpointId": endpoint})
        }
        _ => json!({"servingType": "ON_DEMAND", "modelId": target.model}),
    }
}

fn address(target: &Target<'_>, action: &str) -> Result<Url, BuildError> {
    let path = ["20231130/actions/", action].concat();
    if let Some(base) = urls::configured_base(target) {
        return urls::join(base, &path);
    }
    let region = params::own_or_env(target, "oci_region", &["OCI_REGION"]).unwrap_or(REGION);
    if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(BuildError::BadParam {
            key: "oci_region".to_owned(),
            problem: "is not a region".to_owned(),
        });
    }
    urls::join(&format!("https://inference.generativeai.{region}.oci.oraclecloud.com"), &path)
}

fn setting<'a>(
    target: &Target<'a>,
    key: &'static str,
    variable: &'static str,
) -> Result<&'a str, BuildError> {
    params::own_or_env(target, key, &[variable]).ok_or(BuildError::MissingParam { key })
}

fn credential(target: &Target<'_>) -> Result<OciCredential, BuildError> {
    // In an environment variable or on one line of YAML, line breaks are written out.
    let key = match params::own_or_env(target, "oci_key", &["OCI_KEY"]) {
        Some(pem) => OciKey::Pem(pem.replace("\\n", "\n").into()),
        None => OciKey::File(setting(target, "oci_key_file", "OCI_KEY_FILE")?.to_owned()),
    };
    Ok(OciCredential {
        tenancy: setting(target, "oci_tenancy", "OCI_TENANCY")?.to_owned(),
        user: setting(target, "oci_user", "OCI_USER")?.to_owned(),
        fingerprint: setting(target, "oci_fingerprint", "OCI_FINGERPRINT")?.to_owned(),
        key,
    })
}

fn embedding(request: &Map<String, Value>) -> Map<String, Value> {
    let input = request.get("input").cloned().unwrap_or_default();
    let inputs = if input.is_string() { json!([input]) } else { input };
    let truncate = request.get("truncate").cloned().unwrap_or_else(|| json!("END"));
    let mut body = Map::from_iter([("inputs".to_owned(), inputs), ("truncate".to_owned(), truncate)]);
    for (openai, oci) in [("input_type", "inputType"), ("dimensions", "outputDimensions")] {
        if let Some(value) = request.get(openai) {
            body.insert(oci.to_owned(), value.clone());
        }
    }
    body
}

/// Says the parameters that a format has a name for, and reports the others. Parameters that nobody knows are
/// not for these formats, which refuse them.
fn add_parameters(
    target: &Target<'_>,
    request: &Map<String, Value>,
    field: fn(&str) -> Field,
    body: &mut Map<String, Value>,
    left_out: &mut Vec<String>,
) {
    for (name, value) in request.iter().filter(|(_, value)| !value.is_null()) {
        match field(name) {
            Field::Named(name) => {
                body.insert(name.to_owned(), value.clone());
            }
            Field::Capitals(name) => {
                let word = value.as_str().map(|word| json!(word.to_ascii_uppercase()));
                body.insert(name.to_owned(), word.unwrap_or_else(|| value.clone()));
            }
            Field::Other if HANDLED.contains(&name.as_str()) => {}
            Field::Other => params::report(target, name, left_out),
        }
    }
    body.entry("maxTokens").or_insert(json!(MAX_TOKENS));
}

/// What both formats say in a way of their own, or have no word for and need none.
const HANDLED: [&str; 6] = ["messages", "tools", "response_format", "stream", "stream_options", "user"];

/// The text of a message's content.
fn text(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}
