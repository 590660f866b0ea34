//! The body of a Messages API request out of an OpenAI chat request.
//!
//! Declared reuse point: Claude on other clouds takes the same body around which those clouds put
//! their own envelope.

use serde_json::{Map, Value, json};

use super::content::conversation;
use super::generation::Generation;
use super::structured::{Beside, Structured, answer_in_json};
use super::{thinking, tools};
use crate::catalog::ModelFacts;
use crate::providers::{BuildError, Target, params};

/// `max_tokens` is mandatory; without a limit the model's own is asked for, and this where that is unknown.
const DEFAULT_MAX_TOKENS: u32 = 4096;

/// What OpenAI's API takes and the Messages API has nothing for.
pub(super) const FOREIGN: [&str; 16] = [
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "modalities",
    "n",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "safety_identifier",
    "seed",
    "store",
    "top_logprobs",
    "verbosity",
];

/// What a cloud has of the Messages API, and how it says it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// Where the schema of an answer goes; where nowhere, JSON is asked for by a tool.
    pub(crate) structured: Structured,
    /// Whether an answer may be as long as the model's own limit when nobody gives one.
    pub(crate) asks_for_all: bool,
    /// Whether neighbouring messages of one role have to be one turn, a tool has to tell its type, and one that was
    /// called has to be told.
    pub(crate) is_strict: bool,
}

impl Dialect {
    /// Anthropic itself, and Azure, which passes on what it gets.
    pub(crate) const ANTHROPIC: Self =
        Self { structured: Structured::OutputFormat, asks_for_all: true, is_strict: true };
    /// Bedrock's Mantle.
    pub(crate) const MANTLE: Self = Self { asks_for_all: true, ..Self::CLOUD };
    /// Vertex AI.
    pub(crate) const CLOUD: Self = Self { structured: Structured::Not, asks_for_all: false, is_strict: true };
    /// Bedrock's `InvokeModel`.
    pub(crate) const BEDROCK: Self = Self { structured: Structured::OutputConfig, ..Self::CLOUD };
    /// Snowflake.
    pub(crate) const SNOWFLAKE: Self = Self { is_strict: false, ..Self::CLOUD };
}

/// Translates the messages and every parameter of an OpenAI chat request. The result lacks `model` and `stream`,
/// which each cloud puts elsewhere; unknown parameters go along as they are, and what can't be said goes to
/// `left_out`.
///
/// # Errors
/// [`BuildError::BadParam`] for a conversation or an effort that can't be put into this format.
pub(crate) fn to_messages(
    target: &Target<'_>,
    request: &Map<String, Value>,
    dialect: Dialect,
    left_out: &mut Vec<String>,
) -> Result<Map<String, Value>, BuildError> {
    let generation = Generation::of(target.model);
    let structured = if generation.structures_outputs() { dialect.structured } else { Structured::Not };
    let mut body = Map::new();
    put_conversation(&mut body, request, dialect)?;
    if thinks(target, generation) {
        put_thinking(&mut body, request, generation)?;
    }
    let tools = request.get("tools").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let parallel = request.get("parallel_tool_calls").and_then(Value::as_bool);
    let is_thinking = thinking::is_on(&body);
    if let Some(mut choice) = tools::choice(request.get("tool_choice"), parallel) {
        if is_thinking && tools::leave_open(&mut choice) {
            params::report(target, "tool_choice", left_out);
        }
        body.insert("tool_choice".to_owned(), choice);
    }
    if let Some(format) = request.get("response_format") {
        let chooses = request.get("tool_choice").is_some_and(|choice| !choice.is_null() && choice != "none");
        answer_in_json(&mut body, format, structured, Beside { has_tools: !tools.is_empty(), chooses });
    }
    for tool in tools {
        tools::offer(&mut body, tool, structured != Structured::Not, dialect.is_strict);
    }

    for (key, value) in request.iter().filter(|(_, value)| !value.is_null()) {
        match key.as_str() {
            "stop" => {
                let mut sequences = stop_sequences(value);
                if leave_out_blanks(&mut sequences) {
                    params::report(target, key, left_out);
                }
                body.insert("stop_sequences".to_owned(), sequences);
            }
            "user" => put_user(&mut body, value),
            // OpenAI's are notes for one's own use.
            "metadata" => {
                if let Some(user) = value.get("user_id") {
                    put_user(&mut body, user);
                }
            }
            "service_tier" => match tier(value) {
                Some(tier) => {
                    body.insert(key.clone(), json!(tier));
                }
                None => params::report(target, key, left_out),
            },
            "web_search_options" => tools::search_the_web(&mut body, value),
            "temperature" | "top_p" | "top_k"
                if refuses(target, generation, key, value)
                    || is_thinking && thinking::excludes(key, value) =>
            {
                params::report(target, key, left_out);
            }
            "thinking" | "reasoning_effort" if !thinks(target, generation) => {
                params::report(target, key, left_out);
            }
            key if FOREIGN.contains(&key) => params::report(target, key, left_out),
            // Read above or below, or without a meaning here: usage is always told.
            "messages"
            | "max_tokens"
            | "max_completion_tokens"
            | "tools"
            | "tool_choice"
            | "parallel_tool_calls"
            | "response_format"
            | "thinking"
            | "reasoning_effort"
            | "stream_options" => {}
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
    let limit = max_tokens(target, request, dialect, &mut body);
    body.insert("max_tokens".to_owned(), limit);
    Ok(body)
}

fn put_conversation(
    body: &mut Map<String, Value>,
    request: &Map<String, Value>,
    dialect: Dialect,
) -> Result<(), BuildError> {
    let bad = |problem: String| BuildError::BadParam { key: "messages".to_owned(), problem };
    let messages = request.get("messages").ok_or(BuildError::MissingParam { key: "messages" })?;
    let messages = messages.as_array().ok_or_else(|| bad("is not a list".to_owned()))?;
    let conversation = conversation(messages, dialect.is_strict).map_err(bad)?;
    let tools = request.get("tools").and_then(Value::as_array);
    if dialect.is_strict && tools.is_none_or(Vec::is_empty) && conversation.calls_tools() {
        tools::add(body, tools::placeholder());
    }
    if !conversation.system.is_empty() {
        body.insert("system".to_owned(), Value::Array(conversation.system));
    }
    body.insert("messages".to_owned(), Value::Array(conversation.messages));
    Ok(())
}

/// The limit that was asked for, with room for a thinking budget, else the most that the model gives.
fn max_tokens(
    target: &Target<'_>,
    request: &Map<String, Value>,
    dialect: Dialect,
    body: &mut Map<String, Value>,
) -> Value {
    let asked = ["max_completion_tokens", "max_tokens"]
        .iter()
        .find_map(|key| request.get(*key).filter(|value| !value.is_null()));
    if let Some(room) = thinking::make_room(body, asked) {
        return json!(room);
    }
    asked.cloned().unwrap_or_else(|| {
        let most = || Generation::of(target.model).max_output_tokens(target.model);
        let known = dialect.asks_for_all && facts(target).is_some();
        json!(known.then(most).flatten().unwrap_or(DEFAULT_MAX_TOKENS))
    })
}

/// OpenAI takes one sequence without a list.
pub(super) fn stop_sequences(stop: &Value) -> Value {
    if stop.is_array() { stop.clone() } else { json!([stop]) }
}

/// Takes out the sequences that are nothing but white space, which the API refuses. Whether there were any.
fn leave_out_blanks(sequences: &mut Value) -> bool {
    let Value::Array(sequences) = sequences else { return false };
    let all = sequences.len();
    sequences.retain(|sequence| sequence.as_str().is_none_or(|text| !text.trim().is_empty()));
    sequences.len() < all
}

/// Which capacity is used, in Anthropic's word. There is no slower one to be had, and a faster one only by contract.
fn tier(tier: &Value) -> Option<&'static str> {
    match tier.as_str()? {
        "auto" => Some("auto"),
        "default" | "standard_only" => Some("standard_only"),
        _ => None,
    }
}

/// The API refuses an e-mail address or a telephone number as the id of a user.
fn put_user(body: &mut Map<String, Value>, user: &Value) {
    let Some(id) = user.as_str() else { return };
    let telephone = id.len() >= 7 && id.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c));
    if !id.contains('@') && !telephone {
        body.insert("metadata".to_owned(), json!({"user_id": id}));
    }
}

fn put_thinking(
    body: &mut Map<String, Value>,
    request: &Map<String, Value>,
    generation: Generation,
) -> Result<(), BuildError> {
    if let Some(own) = request.get("thinking").filter(|own| !own.is_null()) {
        thinking::adopt(body, generation, own);
    }
    if let Some(effort) = request.get("reasoning_effort") {
        thinking::ask(body, generation, effort).map_err(|thinking::UnknownEffort| BuildError::BadParam {
            key: "reasoning_effort".to_owned(),
            problem: format!(
                "is {effort}, which is none of the words that the model knows: none, minimal, low, medium, high, max, \
                 and xhigh since Claude 4.7"
            ),
        })?;
    }
    Ok(())
}

/// What is known of the model.
fn facts<'a>(target: &Target<'a>) -> Option<ModelFacts<'a>> {
    target.catalog.lookup_for(target.provider.slug, target.model)
}

/// The catalog says whether a model thinks; of one that it does not know, the name does.
fn thinks(target: &Target<'_>, generation: Generation) -> bool {
    facts(target).map_or_else(|| generation.thinks(), |facts| facts.reasoning)
}

/// Whether a sampling parameter is one that the model takes only with its default. A model that is not
/// known may take it.
fn refuses(target: &Target<'_>, generation: Generation, key: &str, value: &Value) -> bool {
    let default = key != "top_k" && value.as_f64() == Some(1.0);
    !default && generation.refuses_sampling() && facts(target).is_some()
}
