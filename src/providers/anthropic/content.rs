//! A conversation: from OpenAI's `messages` to the Messages API's `system` and `messages`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::names::{known_id, known_name};

/// A conversation in Anthropic's form.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Text blocks of the system prompt.
    pub(super) system: Vec<Value>,
    /// Turns with content blocks; neighbours have different roles.
    pub(super) messages: Vec<Value>,
}

/// Translates a conversation. Fails with the rest of a sentence about `messages`. Where roles need not take turns,
/// only the results of tools are one turn.
pub(super) fn conversation(messages: &[Value], takes_turns: bool) -> Result<Conversation, String> {
    let mut conversation = Conversation::default();
    let mut after_result = false;
    for message in messages {
        let content = message.get("content").unwrap_or(&Value::Null);
        let role = message.get("role").and_then(Value::as_str);
        let is_result = matches!(role, Some("tool" | "function"));
        let joins = takes_turns || is_result && after_result;
        after_result = is_result;
        match role {
            Some("system" | "developer") => conversation.system.extend(system(content, message)?),
            Some("assistant") => conversation.push("assistant", assistant(message, content)?, joins),
            Some("tool" | "function") => {
                conversation.push("user", vec![tool_result(message, content)?], joins);
            }
            Some("user") => conversation.push("user", blocks(content, message)?, joins),
            Some(other) => {
                return Err(format!("have the role `{other}`, which the Messages API does not know"));
            }
            None => return Err("have an entry without a role".to_owned()),
        }
    }
    if conversation.messages.is_empty() {
        return Err("have nothing besides the system prompt".to_owned());
    }
    conversation.trim_prefill();
    Ok(conversation)
}

impl Conversation {
    /// Whether a tool was called in it.
    pub(super) fn calls_tools(&self) -> bool {
        let mut blocks = self.messages.iter().filter_map(|message| message["content"].as_array()).flatten();
        blocks.any(|block| block["type"] == "tool_use")
    }

    /// Adds blocks, to the last turn if they join it and it has the same role.
    fn push(&mut self, role: &str, blocks: Vec<Value>, joins: bool) {
        if blocks.is_empty() {
            return;
        }
        if joins
            && let Some(last) = self.messages.last_mut()
            && last["role"] == role
            && let Some(content) = last["content"].as_array_mut()
        {
            content.extend(blocks);
        } else {
            self.messages.push(json!({"role": role, "content": blocks}));
        }
    }

    /// The API refuses an answer begun by the caller that ends in white space.
    fn trim_prefill(&mut self) {
        if let Some(last) = self.messages.last_mut()
            && last["role"] == "assistant"
            && let Some(Value::String(text)) = last.pointer_mut("/content").and_then(last_text)
        {
            text.truncate(text.trim_end().len());
        }
    }
}

fn last_text(content: &mut Value) -> Option<&mut Value> {
    content.as_array_mut()?.last_mut()?.get_mut("text")
}

/// What the model said: its thoughts, its words and its calls, in the order that the API wants them in.
fn assistant(message: &Value, content: &Value) -> Result<Vec<Value>, String> {
    let thoughts = message.get("thinking_blocks").and_then(Value::as_array).into_iter().flatten();
    let mut translated: Vec<Value> =
        thoughts.filter(|thought| is_proven(thought)).map(without_place).collect();
    translated.extend(blocks(content, message)?);
    translated.extend(blocks(message.get("refusal").unwrap_or(&Value::Null), message)?);
    for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        translated.push(tool_use(call.get("id"), call.get("function"), call)?);
    }
    if let Some(function) = message.get("function_call").filter(|function| function.is_object()) {
        translated.push(tool_use(None, Some(function), message)?);
    }
    Ok(translated)
}

/// Thoughts are taken back only with what proves that they are the model's own.
fn is_proven(thought: &Value) -> bool {
    let is_told = |name: &str| thought.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    is_told("signature") || is_told("data")
}

/// A thought as the API knows it: its place in a streamed answer is OpenAI's word.
fn without_place(thought: &Value) -> Value {
    let mut thought = thought.clone();
    if let Value::Object(fields) = &mut thought {
        fields.shift_remove("index");
    }
    thought
}

fn tool_use(id: Option<&Value>, function: Option<&Value>, marked: &Value) -> Result<Value, String> {
    let name = function.and_then(|function| function.get("name"));
    let known = name.and_then(Value::as_str).map(known_name);
    let arguments = function.and_then(|function| function.get("arguments")?.as_str()).unwrap_or("");
    let input: Value = match arguments.trim() {
        "" => json!({}),
        text => serde_json::from_str(text)
            .map_err(|error| format!("have a tool call whose arguments are not JSON: {error}"))?,
    };
    let block = json!({"type": "tool_use", "id": known_id(id, name), "name": known, "input": input});
    Ok(with_cache(block, marked))
}

fn tool_result(message: &Value, content: &Value) -> Result<Value, String> {
    let id = message.get("tool_call_id").filter(|id| !id.is_null());
    let id = known_id(id, message.get("name")).ok_or("have a tool result without `tool_call_id`")?;
    let content =
        if content.is_string() { content.clone() } else { Value::Array(blocks(content, &Value::Null)?) };
    Ok(with_cache(json!({"type": "tool_result", "tool_use_id": id, "content": content}), message))
}

/// Content as blocks. Empty text is left out because the API refuses it. A mark for the cache at the message is one
/// for the text that it consists of.
fn blocks(content: &Value, message: &Value) -> Result<Vec<Value>, String> {
    match content {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => Ok(vec![with_cache(json!({"type": "text", "text": text}), message)]),
        Value::Array(parts) => {
            parts.iter().filter(|part| part.get("text") != Some(&json!(""))).map(block).collect()
        }
        _ => Err("have content that is neither text nor a list of parts".to_owned()),
    }
}

/// A system prompt, which is text and nothing else.
fn system(content: &Value, message: &Value) -> Result<Vec<Value>, String> {
    let blocks = blocks(content, message)?;
    if blocks.iter().all(|block| block["type"] == "text") {
        Ok(blocks)
    } else {
        Err("have a system prompt with parts that are not text".to_owned())
    }
}

fn block(part: &Value) -> Result<Value, String> {
    let translated = match part.get("type").and_then(Value::as_str) {
        Some("image_url") => {
            let image = part.get("image_url").unwrap_or(&Value::Null);
            let url = image.get("url").unwrap_or(image).as_str().ok_or("have an image without a URL")?;
            let source = source(url, image.get("format"))?;
            let is_document = source["media_type"] == "application/pdf";
            json!({"type": if is_document { "document" } else { "image" }, "source": source})
        }
        Some("file") => file(part)?,
        Some("guarded_text") => json!({"type": "text", "text": part.get("text")}),
        Some("input_audio") => return Err("have audio, which the Messages API does not take".to_owned()),
        // Text is the same in both forms, and every other type is Anthropic's own.
        Some(_) => return Ok(part.clone()),
        None => return Err("have a part without a type".to_owned()),
    };
    Ok(with_cache(translated, part))
}

/// A file: within the message, at an address, or one that the provider has been given before.
fn file(part: &Value) -> Result<Value, String> {
    let told = |name: &str| part.pointer(name).and_then(Value::as_str);
    let source = match (told("/file/file_data"), told("/file/file_id")) {
        (Some(data), _) => source(data, part.pointer("/file/format"))?,
        (None, Some(url)) if url.starts_with("https://") || url.starts_with("http://") => {
            json!({"type": "url", "url": url})
        }
        (None, Some(id)) => json!({"type": "file", "file_id": id}),
        (None, None) => return Err("have a file with neither `file_data` nor `file_id`".to_owned()),
    };
    let is_image = source["media_type"].as_str().is_some_and(|kind| kind.starts_with("image/"));
    Ok(json!({"type": if is_image { "image" } else { "document" }, "source": source}))
}

/// Where an image or document comes from: inline for a data URL, else fetched by the provider. `format` is the media
/// type that the client tells besides.
fn source(url: &str, format: Option<&Value>) -> Result<Value, String> {
    let Some(inline) = url.strip_prefix("data:") else {
        return Ok(json!({"type": "url", "url": url}));
    };
    let (media_type, data) = inline.split_once(";base64,").ok_or("have a data URL that is not in base64")?;
    let media_type = media_type.split(';').next().unwrap_or(media_type);
    match format.and_then(Value::as_str).unwrap_or(media_type) {
        "text/plain" => {
            let text = STANDARD.decode(data).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or("have a file of text that is not in base64")?;
            Ok(json!({"type": "text", "media_type": "text/plain", "data": text}))
        }
        // Often written, but no media type.
        "image/jpg" => Ok(json!({"type": "base64", "media_type": "image/jpeg", "data": data})),
        media_type => Ok(json!({"type": "base64", "media_type": media_type, "data": data})),
    }
}

/// A block with the mark for the cache of what it stands for.
fn with_cache(mut block: Value, marked: &Value) -> Value {
    if let Some(mark) = marked.get("cache_control").filter(|mark| !mark.is_null()) {
        block["cache_control"] = mark.clone();
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        json!({"type": "text", "text": text})
    }

    #[test]
    fn a_conversation_with_tools_keeps_its_order() {
        let translated = conversation(&[
            json!({"role": "system", "content": "Be brief."}),
            json!({"role": "user", "content": "Time in Oslo and Rome?"}),
            json!({"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{\"city\": \"Oslo\"}"}},
                {"id": "c2", "type": "function", "function": {"name": "now", "arguments": ""}},
            ]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": "9:00"}),
            json!({"role": "tool", "tool_call_id": "c2", "content": "9:01"}),
            json!({"role": "user", "content": "Thanks"}),
        ], true)
        .unwrap();
        assert_eq!(translated.system, [text("Be brief.")]);
        assert_eq!(
            translated.messages,
            [
                json!({"role": "user", "content": [text("Time in Oslo and Rome?")]}),
                json!({"role": "assistant", "content": [
                    {"type": "tool_use", "id": "c1", "name": "now", "input": {"city": "Oslo"}},
                    {"type": "tool_use", "id": "c2", "name": "now", "input": {}},
                ]}),
                json!({"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "9:00"},
                    {"type": "tool_result", "tool_use_id": "c2", "content": "9:01"},
                    text("Thanks"),
                ]}),
            ]
        );
    }

    #[test]
    fn images_become_sources() {
        let translated = conversation(&[json!({"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "image_url", "image_url": "https://example.com/a.png", "cache_control": {"type": "ephemeral"}},
        ]})], true)
        .unwrap();
        assert_eq!(
            translated.messages[0]["content"],
            json!([
                text("What is this?"),
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                {
                    "type": "image", "source": {"type": "url", "url": "https://example.com/a.png"},
                    "cache_control": {"type": "ephemeral"},
                },
            ])
        );
    }

    #[test]
    fn an_answer_begun_by_the_caller_loses_its_trailing_space() {
        let translated = conversation(
            &[json!({"role": "user", "content": "Count"}), json!({"role": "assistant", "content": "1, 2, "})],
            true,
        )
        .unwrap();
        assert_eq!(translated.messages[1], json!({"role": "assistant", "content": [text("1, 2,")]}));
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for (message, problem) in [
            (json!({"role": "narrator", "content": "x"}), "the role `narrator`"),
            (json!({"content": "x"}), "without a role"),
            (json!({"role": "tool", "content": "x"}), "`tool_call_id`"),
            (json!({"role": "system", "content": "x"}), "nothing besides"),
            (json!({"role": "user", "content": 1}), "neither text nor"),
            (json!({"role": "user", "content": [{"type": "input_audio"}]}), "audio"),
            (
                json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}),
                "not in base64",
            ),
        ] {
            let error = conversation(std::slice::from_ref(&message), true).unwrap_err();
            assert!(error.contains(problem), "{message}: {error}");
        }
    }
}
