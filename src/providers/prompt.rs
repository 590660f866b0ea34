//! Conversations as one text, for models that continue a text instead of taking turns.
//!
//! Each family was trained on turns between marks of its own.

use std::fmt::{self, Write};

use serde_json::{Map, Value};

use super::BuildError;

/// The messages of a chat request.
///
/// # Errors
/// When there are none, or something else in their place.
pub fn messages(request: &Map<String, Value>) -> Result<&[Value], BuildError> {
    match request.get("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => Ok(messages),
        Some(_) => Err(BuildError::BadCall {
            param: "messages".to_owned(),
            problem: "has to be a list of messages".to_owned(),
        }),
        None => Err(BuildError::BadCall { param: "messages".to_owned(), problem: "is missing".to_owned() }),
    }
}

/// The texts of a message.
#[must_use]
pub fn text_of(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.collect()
        }
        _ => String::new(),
    }
}

/// Who says what.
pub fn turns(messages: &[Value]) -> impl Iterator<Item = (&str, String)> {
    messages.iter().map(|message| (role_of(message), text_of(message)))
}

/// Who says a message; the user when it does not tell. What developers say is what the system says.
#[must_use]
pub fn role_of(message: &Value) -> &str {
    match message.get("role").and_then(Value::as_str) {
        Some("developer") => "system",
        role => role.unwrap_or("user"),
    }
}

/// The places of what has no place in a text, such as `messages[0].content[1]`: parts that are not text.
#[must_use]
pub fn unsayable(messages: &[Value]) -> Vec<String> {
    let mut places = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let parts = message.get("content").and_then(Value::as_array);
        for (part_at, part) in parts.into_iter().flatten().enumerate() {
            if part.get("text").is_none() {
                places.push(format!("messages[{at}].content[{part_at}]"));
            }
        }
    }
    places
}

/// The prompt for a model of which nothing but its name is known: in the marks of a family that it names, else the
/// bare texts.
#[must_use]
pub fn for_name(model: &str, messages: &[Value]) -> String {
    for_family(model, messages)
        .unwrap_or_else(|| turns(messages).map(|(_, text)| text).collect::<Vec<_>>().join(" "))
}

/// The prompt in the marks of the family that a model names, if it names one.
#[must_use]
pub fn for_family(model: &str, messages: &[Value]) -> Option<String> {
    let model = model.to_ascii_lowercase();
    let names = |family: &str| model.contains(family);
    if (names("meta-llama-3") || names("meta-llama/llama-3")) && names("instruct") {
        return Some(llama3(messages));
    }
    let llama2 = (names("meta-llama/llama-2") || names("togethercomputer/llama-2")) && names("chat");
    let code = (names("codellama/codellama") || names("togethercomputer/codellama")) && names("instruct");
    (llama2 || code).then(|| instructions(messages))
}

/// Meta's format since Llama 3.
#[must_use]
pub fn llama3(messages: &[Value]) -> String {
    let mut prompt = "<|begin_of_text|>".to_owned();
    for (role, text) in turns(messages) {
        add(
            &mut prompt,
            format_args!("<|start_header_id|>{role}<|end_header_id|>\n\n{}<|eot_id|>", text.trim()),
        );
    }
    prompt + "<|start_header_id|>assistant<|end_header_id|>\n\n"
}

/// The format of Mistral and Llama 2.
#[must_use]
pub fn instructions(messages: &[Value]) -> String {
    let mut prompt = "<s>".to_owned();
    for (role, text) in turns(messages) {
        match role {
            "assistant" => add(&mut prompt, format_args!(" {text}</s> ")),
            "system" => add(&mut prompt, format_args!("[INST] <<SYS>>\n{text}\n<</SYS>>\n [/INST]\n")),
            _ => add(&mut prompt, format_args!("[INST] {text} [/INST]\n")),
        }
    }
    prompt
}

/// IBM's format since Granite 3.
#[must_use]
pub fn granite(messages: &[Value]) -> String {
    let mut prompt = String::new();
    for (role, text) in turns(messages) {
        let role = if role == "developer" { "system" } else { role };
        add(&mut prompt, format_args!("<|start_of_role|>{role}<|end_of_role|>{text}<|end_of_text|>\n"));
    }
    prompt + "<|start_of_role|>assistant<|end_of_role|>"
}

/// Appends; writing to a text can't fail.
pub fn add(prompt: &mut String, text: fmt::Arguments<'_>) {
    let _ = prompt.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_tells_the_marks() {
        let messages = [json!({"role": "user", "content": "Hi"}), json!({"content": [{"text": "there"}]})];
        assert!(for_name("meta/meta-llama-3-70b-instruct", &messages).starts_with("<|begin_of_text|>"));
        assert_eq!(
            for_name("codellama/CodeLlama-7b-Instruct-hf", &messages),
            "<s>[INST] Hi [/INST]\n[INST] there [/INST]\n"
        );
        for model in ["meta/llama-2-70b-chat", "meta/meta-llama-3-70b", "owner/model"] {
            assert_eq!(for_name(model, &messages), "Hi there", "{model}");
        }
    }
}
