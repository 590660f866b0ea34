//! NVIDIA NIM: reranking is an endpoint of the model, on a host of its own.
//!
//! Source: <https://docs.api.nvidia.com/nim/reference>, "Retrieval".

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::openai::{self, Departure, OpenAi};
use crate::providers::{Adapter, BuildError, ShapeError, Target, params, url as urls};

/// The departure of `nvidia_nim`.
pub(in crate::providers) struct NvidiaNim;

/// Where hosted rerankers are.
const RERANK_BASE: &str = "https://ai.api.nvidia.com";

impl Departure for NvidiaNim {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode != Mode::Rerank {
            return OpenAi.build(target, call);
        }
        // Models that are served by the common endpoint are configured as `ranking/<model>`.
        let (model, is_common) = match target.model.strip_prefix("ranking/") {
            Some(model) => (model, true),
            None => (target.model, false),
        };
        let base = urls::deployment_base(target).unwrap_or(RERANK_BASE);
        let url = match (base.contains("/retrieval/"), is_common) {
            (true, _) => urls::parse(base.trim_end_matches('/').to_owned())?,
            (false, true) => urls::join(base, "v1/ranking")?,
            (false, false) => {
                urls::join(base, &["v1/retrieval/", &urls::segments(model), "/reranking"].concat())?
            }
        };
        let mut body = params::wire_params(target, call);
        // Paths write `llama-3_2` for what is `llama-3.2` elsewhere.
        body.insert("model".to_owned(), Value::from(model.replace('_', ".")));
        rewrite(&mut body, is_common);
        params::merge_extra_body(target, &mut body);
        openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), Vec::new())
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        if call.mode != Mode::Rerank {
            return OpenAi.verify(call, response);
        }
        let answer: Rankings = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        if answer.rankings == Kind::List(true) { Ok(()) } else { Err(ShapeError::Missing("rankings")) }
    }
}

/// Queries and documents are objects here. The common endpoint has no limit of results.
fn rewrite(body: &mut Map<String, Value>, is_common: bool) {
    let query = body.shift_remove("query").unwrap_or_default();
    body.insert("query".to_owned(), json!({"text": query}));
    if let Some(Value::Array(documents)) = body.shift_remove("documents") {
        let passage =
            |document: Value| if document.is_object() { document } else { json!({"text": document}) };
        body.insert("passages".to_owned(), documents.into_iter().map(passage).collect());
    }
    if let Some(limit) = body.shift_remove("top_n")
        && !is_common
    {
        body.insert("top_k".to_owned(), limit);
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rankings {
    error: Kind,
    rankings: Kind,
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
        NvidiaNim.verify(&Call::new(Mode::Rerank, Map::new()), &response)
    }

    #[test]
    fn rankings_are_an_answer() {
        assert_eq!(verdict(r#"{"rankings": [{"index": 0, "logit": 1.5}]}"#), Ok(()));
        for body in ["{}", r#"{"rankings": []}"#, r#"{"error": {"message": "no"}}"#] {
            assert!(verdict(body).is_err(), "{body:?} passed");
        }
    }

    #[test]
    fn the_common_endpoint_takes_no_limit() {
        for (is_common, has_limit) in [(true, false), (false, true)] {
            let asked = json!({"query": "q", "documents": ["d", {"text": "e"}], "top_n": 1});
            let Value::Object(mut body) = asked else { unreachable!() };
            rewrite(&mut body, is_common);
            assert_eq!(body["passages"], json!([{"text": "d"}, {"text": "e"}]));
            assert_eq!(body["query"], json!({"text": "q"}));
            assert_eq!(body.contains_key("top_k"), has_limit);
        }
    }
}
