//! Jina AI: reranking lives at the root of a host, whatever path the base URL has.
//!
//! The embeddings of a configured base are below its path, so that one host behind a gateway may need two deployments;
//! LiteLLM asks so in real traffic, and a probe has to ask where the traffic goes.

use serde_json::Value;

use crate::domain::{Body, Call, Mode, WireRequest};
use crate::providers::openai::{self, Departure, OpenAi};
use crate::providers::{Adapter, BuildError, Target, url as urls};

/// The departure of `jina_ai`.
pub(in crate::providers) struct JinaAi;

impl Departure for JinaAi {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode != Mode::Rerank {
            return OpenAi.build(target, call);
        }
        let mut url = urls::parse(urls::base(target)?.to_owned())?;
        url.set_path("/v1/rerank");
        let mut left_out = Vec::new();
        let body = openai::json_body(target, call, &mut left_out);
        openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    }
}
