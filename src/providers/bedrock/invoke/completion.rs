//! Models that continue a prompt. Their bodies differ in names only.

use serde_json::{Map, Value};

use crate::providers::prompt::{messages, role_of, unsayable};
use crate::providers::{BuildError, Target, params};

use super::super::model::Family;
use super::list;
use super::prompt::prompt;

/// The names of a family's fields.
struct Names {
    /// Where the prompt goes.
    prompt: &'static str,
    /// The object that holds all other fields; none when they stand beside the prompt.
    inside: Option<&'static str>,
    /// The limit of the answer.
    max_tokens: &'static str,
    /// OpenAI's name and the family's, of every other parameter that there is.
    others: &'static [(&'static str, &'static str)],
}

/// What Llama's body has, and those of imported models.
const LLAMA: Names = Names {
    prompt: "prompt",
    inside: None,
    max_tokens: "max_gen_len",
    others: &[("temperature", "temperature"), ("top_p", "top_p")],
};

fn names(family: Family) -> Names {
    match family {
        Family::Ai21 => Names {
            max_tokens: "maxTokens",
            others: &[("temperature", "temperature"), ("top_p", "topP")],
            ..LLAMA
        },
        Family::Cohere => {
            Names { max_tokens: "max_tokens", others: &[("temperature", "temperature")], ..LLAMA }
        }
        Family::Mistral => Names {
            max_tokens: "max_tokens",
            others: &[("temperature", "temperature"), ("top_p", "top_p"), ("stop", "stop")],
            ..LLAMA
        },
        Family::Pegasus => Names {
            prompt: "inputPrompt",
            max_tokens: "maxOutputTokens",
            others: &[("temperature", "temperature")],
            ..LLAMA
        },
        Family::Qwen => {
            Names { others: &[("temperature", "temperature"), ("top_p", "top_p"), ("stop", "stop")], ..LLAMA }
        }
        Family::Titan => Names {
            prompt: "inputText",
            inside: Some("textGenerationConfig"),
            max_tokens: "maxTokenCount",
            others: &[("temperature", "temperature"), ("top_p", "topP"), ("stop", "stopSequences")],
        },
        Family::Claude | Family::DeepseekR1 | Family::Llama | Family::Nova | Family::OpenAi => LLAMA,
    }
}

/// Translates a chat request for a family that continues prompts.
pub(super) fn body(
    target: &Target<'_>,
    family: Family,
    request: &Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Result<Value, BuildError> {
    let names = names(family);
    let mut fields = Map::new();
    for (key, value) in request.iter().filter(|(_, value)| !value.is_null()) {
        let known = names.others.iter().find(|(openai, _)| openai == key);
        match (key.as_str(), known) {
            ("messages" | "stream" | "stream_options", _) => {}
            ("max_tokens" | "max_completion_tokens", _) => {
                fields.insert(names.max_tokens.to_owned(), value.clone());
            }
            ("stop", Some((_, name))) => {
                fields.insert((*name).to_owned(), list(value));
            }
            (_, Some((_, name))) => {
                fields.insert((*name).to_owned(), value.clone());
            }
            (foreign, None) if params::is_openai_chat(foreign) => params::report(target, foreign, left_out),
            (own, None) => {
                fields.insert(own.to_owned(), value.clone());
            }
        }
    }
    let messages = messages(request)?;
    let results = if family == Family::Llama { Vec::new() } else { results_of_tools(messages) };
    for place in unsayable(messages).into_iter().chain(results) {
        params::report_part(target, place, left_out);
    }
    let prompt = prompt(family, target.model, messages);
    let mut body = Map::from_iter([(names.prompt.to_owned(), Value::String(prompt))]);
    match names.inside {
        Some(place) => {
            body.insert(place.to_owned(), Value::Object(fields));
        }
        None => body.extend(fields),
    }
    Ok(Value::Object(body))
}

/// The places of what tools gave. Llama alone is trained on turns of theirs.
pub(super) fn results_of_tools(messages: &[Value]) -> Vec<String> {
    let is_result = |message: &Value| matches!(role_of(message), "tool" | "function");
    let results = messages.iter().enumerate().filter(|(_, message)| is_result(message));
    results.map(|(at, _)| format!("messages[{at}]")).collect()
}
