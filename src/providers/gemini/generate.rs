//! The body of `generateContent` out of an OpenAI chat request.
//!
//! Declared reuse point: AI Studio and Vertex AI take the same body, with small differences ([`Service`]).

use serde_json::{Map, Value, json};

use super::contents::conversation;
use super::generation::Generation;
use super::{thinking, tools};
use crate::providers::{BuildError, Target, params, prompt};

/// Who serves Gemini.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// The Gemini API of Google AI Studio.
    AiStudio,
    /// Vertex AI.
    Vertex,
}

impl Service {
    /// The provider under which the catalog lists the models.
    fn listed_as(self) -> &'static str {
        match self {
            Self::AiStudio => "gemini",
            Self::Vertex => "vertex_ai",
        }
    }
}

/// OpenAI's parameters that only change their name.
const RENAMED: &[(&str, &str)] = &[
    ("max_tokens", "max_output_tokens"),
    ("max_completion_tokens", "max_output_tokens"),
    ("n", "candidate_count"),
    ("logprobs", "responseLogprobs"),
    ("top_logprobs", "logprobs"),
];

/// Google's own parameters, which go into `generationConfig` as they are.
const CONFIG: &[&str] = &[
    "candidate_count",
    "frequency_penalty",
    "imageConfig",
    "max_output_tokens",
    "mediaResolution",
    "presence_penalty",
    "responseLogprobs",
    "responseModalities",
    "response_json_schema",
    "response_mime_type",
    "response_schema",
    "seed",
    "speechConfig",
    "stop_sequences",
    "temperature",
    "thinkingConfig",
    "top_k",
    "top_p",
];

/// Google's own parameters that stand beside `generationConfig`, in the spellings that people use.
const BESIDE: &[(&str, &str)] = &[
    ("cached_content", "cachedContent"),
    ("cachedContent", "cachedContent"),
    ("safety_settings", "safetySettings"),
    ("safetySettings", "safetySettings"),
    ("toolConfig", "toolConfig"),
];

/// What OpenAI's API takes, and what changes nothing here: usage is always told, parallel calls are always
/// allowed, and who the user is nobody asks.
const WITHOUT_MEANING: &[&str] =
    &["messages", "parallel_tool_calls", "store", "stream", "stream_options", "user"];

/// Translates the messages and every parameter of an OpenAI chat request. What can't be said goes to `left_out`.
///
/// # Errors
/// For a conversation or an effort that can't be put into this format.
pub(crate) fn to_generate_content(
    target: &Target<'_>,
    service: Service,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Map<String, Value>, BuildError> {
    let generation = Generation::of(target.model);
    let mut body = Map::new();
    let mut config = Map::new();
    put_conversation(&mut body, &mut config, request, generation)?;
    let mut all_tools = Vec::new();
    for (key, value) in request.iter().filter(|(_, value)| !value.is_null()) {
        if refuses(target, service, generation, key) {
            params::report(target, key, left_out);
            continue;
        }
        match key.as_str() {
            "stop" => {
                let sequences = if value.is_array() { value.clone() } else { json!([value]) };
                config.insert("stop_sequences".to_owned(), sequences);
            }
            "tools" => {
                let refuse = |place| params::report_part(target, format!("tools[{place}]"), left_out);
                all_tools.extend(tools::translate(value.as_array().map_or(&[], Vec::as_slice), refuse));
            }
            "functions" => {
                let functions = value.as_array().into_iter().flatten();
                let wrapped: Vec<Value> = functions.map(|function| json!({"function": function})).collect();
                all_tools.extend(tools::translate(&wrapped, |_| ()));
            }
            "web_search_options" => all_tools.push(tools::web_search()),
            "tool_choice" | "function_call" => match tools::choice(value) {
                Some(choice) => {
                    body.insert("toolConfig".to_owned(), choice);
                }
                None => params::report(target, key, left_out),
            },
            "response_format" => put_format(&mut config, value, generation),
            "modalities" => {
                let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                let modalities: Vec<String> = words.map(str::to_ascii_uppercase).collect();
                config.insert("responseModalities".to_owned(), json!(modalities));
            }
            "audio" => {
                if let Some(voice) = value.get("voice") {
                    config.insert("speechConfig".to_owned(), speech_config(voice));
                }
            }
            "reasoning_effort" => {
                let asked = thinking::of_effort(generation, value);
                let asked = asked.map_err(|thinking::UnknownEffort| {
                    let problem = format!("is {value}, but has to be none, minimal, low, medium or high");
                    params::bad_value(target, "reasoning_effort", problem)
                })?;
                config.insert("thinkingConfig".to_owned(), asked);
            }
            "thinking" => {
                config.insert("thinkingConfig".to_owned(), thinking::of_thinking(generation, value));
            }
            "labels" if service == Service::Vertex => {
                body.insert("labels".to_owned(), value.clone());
            }
            key if WITHOUT_MEANING.contains(&key) => {}
            key => match place(key) {
                Some(Place::Config(name)) => {
                    config.insert(name.to_owned(), value.clone());
                }
                Some(Place::Beside(name)) => {
                    body.insert(name.to_owned(), value.clone());
                }
                None => params::report(target, key, left_out),
            },
        }
    }
    if !all_tools.is_empty() {
        body.insert("tools".to_owned(), Value::Array(all_tools));
    }
    if generation.is_third() {
        // Google: a lower temperature than this makes Gemini 3 loop. A user's own stays.
        config.entry("temperature").or_insert(json!(1.0));
    }
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(config));
    }
    Ok(body)
}

/// The voice that speaks.
pub(super) fn speech_config(voice: &Value) -> Value {
    json!({"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}})
}

/// Where a parameter goes, and under which name.
enum Place {
    Config(&'static str),
    Beside(&'static str),
}

fn place(key: &str) -> Option<Place> {
    let renamed = |list: &'static [(&'static str, &'static str)]| {
        list.iter().find(|(from, _)| *from == key).map(|(_, to)| *to)
    };
    renamed(RENAMED)
        .or_else(|| CONFIG.iter().copied().find(|name| *name == key))
        .map(Place::Config)
        .or_else(|| renamed(BESIDE).map(Place::Beside))
}

/// Whether a parameter is one that the model or the service does not take.
fn refuses(target: &Target<'_>, service: Service, generation: Generation, key: &str) -> bool {
    match key {
        "seed" | "top_logprobs" => service == Service::AiStudio,
        "presence_penalty" | "frequency_penalty" => generation.is_third(),
        "reasoning_effort" | "thinking" => {
            let facts = target.catalog.lookup_for(service.listed_as(), target.model);
            !facts.is_some_and(|facts| facts.reasoning)
        }
        _ => false,
    }
}

fn put_conversation(
    body: &mut Map<String, Value>,
    config: &mut Map<String, Value>,
    request: &Map<String, Value>,
    generation: Generation,
) -> Result<(), BuildError> {
    let bad = |problem: String| BuildError::BadCall { param: "messages".to_owned(), problem };
    let conversation = conversation(prompt::messages(request)?, generation).map_err(bad)?;
    body.insert("contents".to_owned(), Value::Array(conversation.contents));
    if !conversation.system.is_empty() {
        body.insert("system_instruction".to_owned(), json!({"parts": conversation.system}));
    }
    if let Some(resolution) = conversation.media_resolution {
        config.insert("mediaResolution".to_owned(), json!(resolution));
    }
    Ok(())
}

/// `response_format`: plain text, any JSON, or JSON of a schema.
fn put_format(config: &mut Map<String, Value>, format: &Value, generation: Generation) {
    let media_type = match format.get("type").and_then(Value::as_str) {
        Some("json_object" | "json_schema") => "application/json",
        Some("text") => "text/plain",
        _ => return,
    };
    config.insert("response_mime_type".to_owned(), json!(media_type));
    let schema = format.pointer("/json_schema/schema").or_else(|| format.get("response_schema"));
    if let Some(schema) = schema {
        if generation.takes_json_schema() {
            config.insert("response_json_schema".to_owned(), schema.clone());
        } else {
            config.insert("response_schema".to_owned(), super::schema::translate(schema));
        }
    }
}
