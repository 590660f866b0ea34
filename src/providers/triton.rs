//! NVIDIA Triton: `…/generate` takes a text and parameters, `…/infer` takes tensors.
//!
//! The configured base is the whole URL, and its end tells which of the two it is.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::{Answers, TranslateError, Translator, history, message};
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, prompt, url as urls,
};

/// The adapter of `triton`.
pub(super) struct Triton;

/// OpenAI's parameters that its models know.
const NAMES: &[(&str, &str)] =
    &[("max_tokens", "max_tokens"), ("max_completion_tokens", "max_completion_tokens")];

/// The limits that LiteLLM sets where none is asked for, without which a model answers with a few tokens.
const GENERATE_MAX_TOKENS: u32 = 2000;
const INFER_MAX_TOKENS: u32 = 20;

impl Adapter for Triton {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let base = urls::base(target)?;
        let mut left_out = Vec::new();
        let mut request = params::wire_params(target, call);
        let mut body = if call.mode == Mode::Embedding {
            let texts = params::list(request.shift_remove("input").unwrap_or_default());
            let count = texts.as_array().map_or(0, Vec::len);
            Map::from_iter([(
                "inputs".to_owned(),
                json!([{"name": "input_text", "shape": [count], "datatype": "BYTES", "data": texts}]),
            )])
        } else {
            let messages = prompt::messages(&request)?;
            history::refuse_all_but_text(target, messages, &mut left_out);
            let text = prompt::for_name(target.model, messages);
            request.shift_remove("messages");
            let options = params::options(target, request, NAMES, &mut left_out);
            if base.ends_with("/generate") {
                generate(&text, options)
            } else if base.ends_with("/infer") {
                infer(&text, options)
            } else {
                return Err(BuildError::BadParam {
                    key: "api_base".to_owned(),
                    problem: "has to end in /generate or /infer".to_owned(),
                });
            }
        };
        params::merge_extra_body(target, &mut body);
        let url = urls::parse(base.to_owned())?;
        openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            text_output: Kind,
            outputs: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        match (answer.text_output, answer.outputs) {
            (Kind::Text(_), _) | (_, Kind::List(true)) => Ok(()),
            _ => Err(ShapeError::Missing("outputs")),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(Generated)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Reads what a model wrote, of either endpoint. Neither tells why it ended, nor counts.
struct Generated;

impl Translator for Generated {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Value,
            text_output: Option<String>,
            outputs: Vec<Tensor>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Tensor {
            data: Vec<Value>,
        }
        let answer: Answer = answer::read(response)?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(None, &response.body));
        }
        let of_tensor =
            || Some(answer.outputs.first()?.data.iter().filter_map(Value::as_str).collect::<String>());
        let text = answer.text_output.or_else(of_tensor).ok_or(ShapeError::Missing("outputs"))?;
        Ok(message::of_text(&text, "stop", None))
    }
}

fn generate(text: &str, mut options: Map<String, Value>) -> Map<String, Value> {
    options.entry("max_tokens").or_insert_with(|| json!(GENERATE_MAX_TOKENS));
    Map::from_iter([
        ("text_input".to_owned(), json!(text)),
        ("parameters".to_owned(), Value::Object(options)),
        ("stream".to_owned(), json!(false)),
    ])
}

/// The text and every parameter as a tensor of one element.
fn infer(text: &str, mut options: Map<String, Value>) -> Map<String, Value> {
    options.entry("max_tokens").or_insert_with(|| json!(INFER_MAX_TOKENS));
    let tensor = |name: &str, datatype: &str, value: &Value| json!({"name": name, "shape": [1], "datatype": datatype, "data": [value]});
    let mut inputs = vec![tensor("text_input", "BYTES", &json!(text))];
    for (name, value) in &options {
        let datatype = match value {
            Value::Number(number) if number.is_f64() => "FP32",
            Value::Number(_) | Value::Bool(_) => "INT32",
            _ => "BYTES",
        };
        inputs.push(tensor(name, datatype, value));
    }
    Map::from_iter([("inputs".to_owned(), Value::Array(inputs))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_tensors_of_their_type() {
        let options =
            Map::from_iter([("temperature".to_owned(), json!(0.5)), ("lora".to_owned(), json!("a"))]);
        let body = infer("Hi", options);
        let types: Vec<(&str, &str)> = body["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|input| (input["name"].as_str().unwrap(), input["datatype"].as_str().unwrap()))
            .collect();
        assert_eq!(
            types,
            [("text_input", "BYTES"), ("temperature", "FP32"), ("lora", "BYTES"), ("max_tokens", "INT32")]
        );
    }
}
