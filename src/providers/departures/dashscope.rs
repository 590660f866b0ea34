//! Alibaba's `DashScope`: images and reranking have APIs of their own, beside the one that speaks OpenAI's format.
//!
//! Source: the API reference of Model Studio, "Qwen-Image" and "text rerank".

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::openai::{self, Departure, OpenAi};
use crate::providers::{Adapter, BuildError, ShapeError, Target, params, url as urls};

/// The departure of `dashscope`, `qwencloud` and `qwen_ai_platform`: one API, several hosts.
pub(in crate::providers) struct DashScope {
    /// Where images are made.
    pub images: &'static str,
    /// The environment variable that says otherwise.
    pub images_env: &'static [&'static str],
    /// The environment variable that says where documents are ranked.
    pub rerank_env: &'static [&'static str],
}

/// The end of the addresses that speak OpenAI's format.
const COMPATIBLE: &str = "/compatible-mode/v1";
/// Parameters of OpenAI's images that go into `parameters`; the size is written with a star.
const IMAGE_PARAMS: &[&str] = &["n", "size"];

impl Departure for DashScope {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        match call.mode {
            Mode::ImageGeneration => self.generate(target, call),
            Mode::Rerank => self.rerank(target, call),
            _ => OpenAi.build(target, call),
        }
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        if call.mode != Mode::ImageGeneration {
            return OpenAi.verify(call, response);
        }
        let answer: Images = answer::read(response)?;
        answer::refuse_error(answer.code, response)?;
        let has_image = answer.output.choices.iter().any(|choice| choice.message.content == Kind::List(true));
        if has_image { Ok(()) } else { Err(ShapeError::Missing("output.choices")) }
    }
}

impl DashScope {
    fn generate(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let own = own_base(target);
        let url = own.or_else(|| target.env.first(self.images_env)).unwrap_or(self.images);
        let url = urls::parse(url.trim_end_matches('/').to_owned())?;
        let mut asked = params::wire_params(target, call);
        let prompt = asked.shift_remove("prompt").unwrap_or_default();
        let mut parameters = Map::new();
        let mut left_out = Vec::new();
        for (name, value) in asked {
            match (name.as_str(), value) {
                ("size", Value::String(size)) => {
                    parameters.insert(name, Value::from(size.replace('x', "*")));
                }
                (known, value) if IMAGE_PARAMS.contains(&known) => {
                    parameters.insert(name, value);
                }
                (other, _) => params::report(target, other, &mut left_out),
            }
        }
        params::merge_extra_body(target, &mut parameters);
        let body = json!({
            "model": target.model,
            "input": {"messages": [{"role": "user", "content": [{"text": prompt}]}]},
            "parameters": parameters,
        });
        openai::finish(target, call.mode, url, Body::Json(body), left_out)
    }

    fn rerank(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let base = match own_base(target).or_else(|| target.env.first(self.rerank_env)) {
            Some(base) => base.to_owned(),
            None => urls::base(target)?.trim_end_matches('/').replace(COMPATIBLE, "/compatible-api/v1"),
        };
        let request = OpenAi.build(target, call)?;
        Ok(WireRequest { method: Method::POST, url: urls::join(&base, "reranks")?, ..request })
    }
}

/// An `api_base` that is not the address which speaks OpenAI's format.
fn own_base<'a>(target: &Target<'a>) -> Option<&'a str> {
    urls::deployment_base(target).filter(|base| !base.trim_end_matches('/').ends_with(COMPATIBLE))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Images {
    code: Kind,
    output: Output,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Output {
    choices: Vec<Choice>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    message: Message,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    content: Kind,
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn verdict(body: &'static str) -> Result<(), ShapeError> {
        let response = WireResponse {
            status: 200,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        DashScope { images: "", images_env: &[], rerank_env: &[] }
            .verify(&Call::new(Mode::ImageGeneration, Map::new()), &response)
    }

    #[test]
    fn a_picture_is_an_answer_and_errors_come_with_200() {
        let picture = r#"{"output": {"choices": [{"message": {"content": [{"image": "https://x"}]}}]}}"#;
        assert_eq!(verdict(picture), Ok(()));
        let refused = r#"{"code": "InvalidParameter", "message": "size"}"#;
        assert_eq!(verdict(refused), Err(ShapeError::Error("size".to_owned())));
        for body in ["{}", r#"{"output": {}}"#, r#"{"output": {"choices": [{"message": {"content": []}}]}}"#]
        {
            assert!(verdict(body).is_err(), "{body:?} passed");
        }
    }
}
