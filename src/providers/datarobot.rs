//! DataRobot: OpenAI's format at the path of its gateway, or of a deployment, with a slash behind it.

use serde_json::Value;
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, url as urls};

/// The adapter of `datarobot`.
pub(super) struct DataRobot;

/// The gateway's path on a host.
const GATEWAY: &str = "/api/v2/genai/llmgw/chat/completions/";

impl Adapter for DataRobot {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let body = openai::json_body(target, call, &mut left_out);
        let url = address(urls::base(target)?)?;
        openai::finish(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(Mode::Chat, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// A host, or the root of its API, leads to the gateway; any other path is an endpoint already.
fn address(base: &str) -> Result<Url, BuildError> {
    let mut url = urls::parse(base.to_owned())?;
    let path = match url.path().trim_end_matches('/') {
        "" | "/api/v2" => GATEWAY.to_owned(),
        other => format!("{other}/"),
    };
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_leads_to_the_gateway_and_a_path_stays() {
        for base in ["https://h", "https://h/", "https://h/api/v2", "https://h/api/v2/"] {
            assert_eq!(address(base).unwrap().path(), GATEWAY, "{base}");
        }
        for base in ["https://h/api/v2/deployments/1", "https://h/api/v2/deployments/1/"] {
            assert_eq!(address(base).unwrap().path(), "/api/v2/deployments/1/", "{base}");
        }
    }
}
