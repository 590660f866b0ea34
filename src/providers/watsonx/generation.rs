//! Text generation is asked with a text to be continued, for models without chat.

use serde_json::{Map, Value, json};

use crate::domain::{Body, Call};
use crate::providers::chat::history;
use crate::providers::prompt;
use crate::providers::{BuildError, Target, params};

use super::{parameters, with_place};

pub(super) fn body(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Result<Body, BuildError> {
    let messages = prompt::messages(&call.payload)?;
    history::refuse_all_but_text(target, messages, left_out);
    let mut own = Map::new();
    let mut moderations = json!({});
    for (name, mut value) in parameters(target, call, &["messages", "stream", "stream_options", "user"]) {
        let name = match name.as_str() {
            "moderations" => {
                moderations = value;
                continue;
            }
            "max_tokens" => "max_new_tokens",
            "seed" => "random_seed",
            "stop" => {
                value = params::list(value);
                "stop_sequences"
            }
            "frequency_penalty" => "repetition_penalty",
            "temperature" | "top_p" => name.as_str(),
            foreign if params::is_openai_chat(foreign) => {
                params::report(target, foreign, left_out);
                continue;
            }
            own => own,
        };
        own.insert(name.to_owned(), value);
    }
    let input = input(target.model, messages);
    let mut body = json!({"input": input, "moderations": moderations, "parameters": own});
    if call.stream {
        // LiteLLM says it in both places, though the address says it already.
        body["parameters"]["stream"] = json!(true);
        body["stream"] = json!(true);
    }
    Ok(with_place(target, body))
}

/// A conversation as one text, in the marks that the model was trained on; those of a model that nobody knows are
/// paragraphs.
fn input(model: &str, messages: &[Value]) -> String {
    let names = |family: &str| model.contains(family);
    if names("granite-3") || names("granite-4") {
        return prompt::granite(messages);
    }
    if names("mistral") || names("mixtral") {
        return prompt::instructions(messages);
    }
    prompt::for_family(model, messages).unwrap_or_else(|| {
        let texts = prompt::turns(messages).map(|(_, text)| text).filter(|text| !text.is_empty());
        texts.collect::<Vec<_>>().join("\n\n")
    })
}
