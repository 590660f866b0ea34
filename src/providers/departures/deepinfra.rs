//! `DeepInfra`: reranking is an inference endpoint of the model, beside the API that speaks OpenAI's format.
//!
//! Source: <https://deepinfra.com/docs>, "Rerankers".

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::openai::{self, Departure, OpenAi};
use crate::providers::{Adapter, BuildError, ShapeError, Target, params, url as urls};

/// The departure of `deepinfra`.
pub(in crate::providers) struct DeepInfra;

/// What the endpoint takes besides queries and documents.
const RERANK_PARAMS: &[&str] = &["instruction", "service_tier", "webhook"];

impl Departure for DeepInfra {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode != Mode::Rerank {
            return OpenAi.build(target, call);
        }
        let base = urls::base(target)?.trim_end_matches('/');
        let base = base.strip_suffix("/openai").unwrap_or(base);
        let url = urls::join(base, &["inference/", &urls::segments(target.model)].concat())?;
        let mut asked = params::wire_params(target, call);
        let documents = asked.shift_remove("documents").unwrap_or_default();
        let query = asked.shift_remove("query").unwrap_or_default();
        // One query for each document.
        let count = documents.as_array().map_or(1, Vec::len);
        let mut body = Map::new();
        body.insert("queries".to_owned(), Value::from(vec![query; count]));
        body.insert("documents".to_owned(), documents);
        let mut left_out = Vec::new();
        for (name, value) in asked {
            if RERANK_PARAMS.contains(&name.as_str()) {
                body.insert(name, value);
            } else {
                params::report(target, &name, &mut left_out);
            }
        }
        params::merge_extra_body(target, &mut body);
        openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        if call.mode != Mode::Rerank {
            return OpenAi.verify(call, response);
        }
        let answer: Scores = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        if answer.scores == Kind::List(true) { Ok(()) } else { Err(ShapeError::Missing("scores")) }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scores {
    error: Kind,
    scores: Kind,
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
        DeepInfra.verify(&Call::new(Mode::Rerank, Map::new()), &response)
    }

    #[test]
    fn scores_are_an_answer() {
        assert_eq!(verdict(r#"{"scores": [0.5]}"#), Ok(()));
        for body in ["{}", r#"{"scores": []}"#, r#"{"error": "no"}"#, r#"{"results": [{}]}"#] {
            assert!(verdict(body).is_err(), "{body:?} passed");
        }
    }
}
