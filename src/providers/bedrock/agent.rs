//! Agents: those that Bedrock runs, and those that AgentCore hosts.

use http::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::WireRequest;
use crate::providers::prompt::{messages, text_of};
use crate::providers::{BuildError, Target, url as urls};

use super::endpoint::{Access, Endpoint};
use super::model::{Model, bad};

/// AgentCore takes the session from this header; it has to be at least 33 characters long.
const SESSION: HeaderName = HeaderName::from_static("x-amzn-bedrock-agentcore-runtime-session-id");

/// `InvokeAgent`. Every question begins a session of its own: an agent remembers all that was said in one.
pub(super) fn invoke_agent(
    target: &Target<'_>,
    model: &Model<'_>,
    agent: &str,
    alias: &str,
    request: &Map<String, Value>,
) -> Result<WireRequest, BuildError> {
    let path = format!(
        "agents/{}/agentAliases/{}/sessions/{}/text",
        urls::segment(agent),
        urls::segment(alias),
        Uuid::new_v4()
    );
    let body = json!({"inputText": question(request)?, "enableTrace": true});
    Endpoint::agent_runtime(target, model).post(target, &path, body, Access::Signature)
}

/// `InvokeAgentRuntime`.
pub(super) fn invoke_runtime(
    target: &Target<'_>,
    model: &Model<'_>,
    arn: &str,
    request: &Map<String, Value>,
) -> Result<WireRequest, BuildError> {
    if !arn.starts_with("arn:") {
        return Err(bad("has to name a runtime: `bedrock/agentcore/arn:aws:bedrock-agentcore:…`"));
    }
    let path = format!("runtimes/{}/invocations", urls::segment(arn));
    let body = json!({"prompt": question(request)?});
    let mut built = Endpoint::agent_core(target, model).post(target, &path, body, Access::Signature)?;
    let session = format!("litellm-session-{}", Uuid::new_v4());
    let session = HeaderValue::from_str(&session).map_err(|_| bad("has no usable session"))?;
    built.headers.entry(SESSION).or_insert(session);
    Ok(built)
}

/// What an agent is asked: the last message. What was said before is in its session.
fn question(request: &Map<String, Value>) -> Result<String, BuildError> {
    Ok(messages(request)?.last().map(text_of).unwrap_or_default())
}
