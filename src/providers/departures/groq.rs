//! Groq: models that follow no schema are made to by a tool.
//!
//! Source: <https://console.groq.com/docs/structured-outputs>, "Supported models".

use serde_json::Value;

use crate::domain::{Body, Call, Mode, WireRequest};
use crate::providers::chat::Answers;
use crate::providers::openai::{self, Accent, Departure, OpenAi, structured};
use crate::providers::{Adapter, BuildError, Target};

/// The departure of `groq`.
pub(in crate::providers) struct Groq;

/// Beginnings of models that follow schemas.
const FOLLOW_SCHEMAS: &[&str] = &["openai/gpt-oss", "moonshotai/kimi-k2-instruct-0905", "meta-llama/llama-4"];

impl Departure for Groq {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = OpenAi.build(target, call)?;
        if let (Mode::Chat, false, Body::Json(Value::Object(body))) =
            (call.mode, follows_schemas(target), &mut request.body)
        {
            let has_tools = body.contains_key("tools");
            if structured::by_tool(body) && has_tools {
                return Err(BuildError::BadCall {
                    param: "response_format".to_owned(),
                    problem: "can't follow a schema beside `tools`: this model follows one by way of a tool"
                        .to_owned(),
                });
            }
        }
        Ok(request)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        if call.mode == Mode::Chat && !follows_schemas(target) && structured::is_asked(target, call) {
            return Ok(Answers::by(Accent { by_tool: true, ..Accent::default() }));
        }
        openai::answers(target, call)
    }
}

fn follows_schemas(target: &Target<'_>) -> bool {
    FOLLOW_SCHEMAS.iter().any(|model| target.model.starts_with(model))
}
