//! Embeddings: `InvokeModel`, or `StartAsyncInvoke` behind `async_invoke/`.

use http::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use crate::domain::{Call, WireRequest};
use crate::providers::aws::EnvOrder;
use crate::providers::{BuildError, Target, params};

use super::endpoint::{Access, Endpoint};
use super::model::{Model, PathForm, bad, base};

/// Tells Cohere which client asks, in LiteLLM's name as LiteLLM does it.
const REQUEST_SOURCE: (HeaderName, HeaderValue) =
    (HeaderName::from_static("request-source"), HeaderValue::from_static("unspecified:litellm"));

/// How many numbers Nova embeds into when not asked for fewer.
const NOVA_DIMENSIONS: u32 = 3072;

/// Embeds one text, the first of the call's.
pub(super) fn build(target: &Target<'_>, model: &Model<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut request = params::wire_params(target, call);
    request.shift_remove("model_id");
    let later = model.name.strip_prefix("async_invoke/");
    let id = later.unwrap_or(&model.name);
    let mut left_out = Vec::new();
    let runtime = Endpoint::runtime(target, model, EnvOrder::AwsFirst);
    let uri = request.get("output_s3_uri").cloned();
    let body = body(target, id, request, &mut left_out)?;
    let mut built = match later {
        None => {
            let path = ["model/", &super::id_in_path(target, id, PathForm::Encoded), "/invoke"].concat();
            runtime.post(target, &path, body, Access::KeyOrSignature)?
        }
        Some(id) => {
            let uri = uri.ok_or(BuildError::MissingParam { key: "output_s3_uri" })?;
            let body = json!({
                "modelId": id,
                "modelInput": body,
                "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": uri}},
            });
            runtime.post(target, "async-invoke", body, Access::KeyOrSignature)?
        }
    };
    if base(id).starts_with("cohere.") {
        let (name, value) = REQUEST_SOURCE;
        built.headers.entry(name).or_insert(value);
    }
    built.left_out = left_out;
    Ok(built)
}

/// What a call asks, of which each family takes what it can say.
struct Asked {
    input: Value,
    dimensions: Option<Value>,
    encoding: Option<Value>,
}

impl Asked {
    /// The one text that most families embed at a time.
    fn text(&self) -> Value {
        match &self.input {
            Value::Array(texts) => texts.first().cloned().unwrap_or_default(),
            text => text.clone(),
        }
    }
}

/// The body in the words of the model's vendor, with what the deployment says in those words itself.
fn body(
    target: &Target<'_>,
    id: &str,
    mut request: Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Value, BuildError> {
    let mut asked = Asked {
        input: request.shift_remove("input").unwrap_or_default(),
        dimensions: request.shift_remove("dimensions"),
        encoding: request.shift_remove("encoding_format"),
    };
    let mut body = match family(base(id))? {
        Family::Cohere => cohere(&mut asked),
        Family::TitanText2 => titan_text_2(&mut asked),
        Family::TitanImage => titan_image(&mut asked),
        Family::Titan => json!({"inputText": asked.text()}),
        Family::Nova => nova(&mut asked),
        Family::Marengo3 => json!({"inputType": "text", "text": {"inputText": asked.text()}}),
        Family::Marengo => json!({"inputType": "text", "inputText": asked.text(), "textTruncate": "end"}),
    };
    for (name, unsaid) in [("dimensions", asked.dimensions), ("encoding_format", asked.encoding)] {
        if unsaid.is_some() {
            params::report(target, name, left_out);
        }
    }
    for (key, value) in request {
        body[key] = value;
    }
    Ok(body)
}

/// Models with a body in common.
#[derive(Clone, Copy)]
enum Family {
    Cohere,
    TitanText2,
    TitanImage,
    Titan,
    Nova,
    Marengo3,
    Marengo,
}

fn family(base: &str) -> Result<Family, BuildError> {
    let known = [
        ("cohere.embed", Family::Cohere),
        ("amazon.titan-embed-text-v2", Family::TitanText2),
        ("amazon.titan-embed-image", Family::TitanImage),
        ("amazon.titan", Family::Titan),
        ("amazon.nova", Family::Nova),
        ("twelvelabs.marengo-embed-3", Family::Marengo3),
        ("twelvelabs.", Family::Marengo),
    ];
    known.iter().find(|(start, _)| base.starts_with(start)).map(|(_, family)| *family).ok_or_else(|| {
        bad("names no embedding model of Amazon, Cohere or TwelveLabs: put an ARN into \
             `litellm_params.model_id`, and the model that it stands for here")
    })
}

fn cohere(asked: &mut Asked) -> Value {
    let texts = if asked.input.is_array() { asked.input.clone() } else { json!([asked.input]) };
    let mut body = json!({"texts": texts, "input_type": "search_document"});
    if let Some(count) = asked.dimensions.take() {
        body["output_dimension"] = count;
    }
    if let Some(encoding) = asked.encoding.take() {
        body["embedding_types"] = json!([encoding]);
    }
    body
}

fn titan_text_2(asked: &mut Asked) -> Value {
    let mut body = json!({"inputText": asked.text()});
    if let Some(count) = asked.dimensions.take() {
        body["dimensions"] = count;
    }
    if let Some(encoding) = asked.encoding.take() {
        body["embeddingTypes"] = json!([if encoding == "base64" { json!("binary") } else { encoding }]);
    }
    body
}

fn titan_image(asked: &mut Asked) -> Value {
    let mut body = json!({"inputText": asked.text()});
    if let Some(count) = asked.dimensions.take() {
        body["embeddingConfig"] = json!({"outputEmbeddingLength": count});
    }
    body
}

fn nova(asked: &mut Asked) -> Value {
    let dimensions = asked.dimensions.take().unwrap_or_else(|| json!(NOVA_DIMENSIONS));
    json!({
        "schemaVersion": "nova-multimodal-embed-v1",
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {
            "embeddingPurpose": "GENERIC_INDEX",
            "embeddingDimension": dimensions,
            "text": {"truncationMode": "END", "value": asked.text()},
        },
    })
}
