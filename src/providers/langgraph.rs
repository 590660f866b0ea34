//! LangGraph: runs an assistant on a conversation and waits for its state. What else is asked belongs to the graph.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::message::{self, Usage};
use super::chat::{Answers, TranslateError, Translator, history};
use super::prompt::{messages, text_of, turns};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, url as urls};

/// The adapter of `langgraph`.
pub(super) struct LangGraph;

/// Of a deployment's own parameters, what a run takes.
const RUN_PARAMS: &[&str] = &["assistant_id", "config", "thread_id"];

impl Adapter for LangGraph {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut request = params::wire_params(target, call);
        let messages = messages(&request)?;
        history::refuse_all_but_text(target, messages, &mut left_out);
        let turns: Value = turns(messages).map(|(role, text)| turn(role, &text)).collect();
        let mut body = Map::from_iter([
            ("assistant_id".to_owned(), json!(target.model)),
            ("input".to_owned(), json!({"messages": turns})),
        ]);
        request.shift_remove("messages");
        for (key, value) in request {
            if RUN_PARAMS.contains(&key.as_str()) {
                body.insert(key, value);
            } else {
                params::report(target, &key, &mut left_out);
            }
        }
        params::merge_extra_body(target, &mut body);
        let url = urls::join(urls::base(target)?, "runs/wait")?;
        openai::finish(target, Mode::Chat, url, Body::Json(Value::Object(body)), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            #[serde(rename = "__error__")]
            graph_error: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        answer::refuse_error(answer.graph_error, response)?;
        // What the state of a graph holds is its author's choice.
        match answer::read::<Kind>(response)? {
            Kind::Object(true) => Ok(()),
            _ => Err(ShapeError::Missing("messages")),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(State)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Reads the state that a run leaves: the answer is the last message in it that is a model's.
struct State;

impl Translator for State {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let state: Value = answer::read(response)?;
        if ["error", "__error__"].iter().any(|key| state.get(key).is_some_and(|error| !error.is_null())) {
            return Err(TranslateError::told(None, &response.body));
        }
        let is_models = |message: &&Value| {
            let kind = message.get("type").or_else(|| message.get("role")).and_then(Value::as_str);
            matches!(kind, Some("ai" | "assistant" | "AIMessage" | "AIMessageChunk"))
        };
        let messages = state.get("messages").and_then(Value::as_array);
        let last = messages.and_then(|messages| messages.iter().rfind(is_models));
        let last = last.ok_or(ShapeError::Missing("messages"))?;
        let count = |name: &str| last.get("usage_metadata")?.get(name)?.as_u64();
        let usage = count("input_tokens").zip(count("output_tokens"));
        let usage = usage.map(|(prompt, completion)| Usage { prompt, completion, ..Usage::default() });
        Ok(message::of_text(&text_of(last), "stop", usage.as_ref()))
    }
}

fn turn(role: &str, text: &str) -> Value {
    let role = match role {
        "assistant" | "system" => role,
        _ => "human",
    };
    json!({"role": role, "content": text})
}
