//! A conversation: from OpenAI's `messages` to Converse's `system` and `messages`.

use serde_json::{Value, json};

use crate::providers::BuildError;

/// A conversation in Converse's form.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Blocks of the system prompt.
    pub(super) system: Vec<Value>,
    /// Turns; neighbours have different roles.
    pub(super) messages: Vec<Value>,
    has_cache: bool,
}

/// Translates a conversation. Marks for the cache are passed on to models that have one.
pub(super) fn translate(messages: &[Value], has_cache: bool) -> Result<Conversation, BuildError> {
    let mut conversation = Conversation { has_cache, ..Conversation::default() };
    for message in messages {
        conversation
            .add(message)
            .map_err(|problem| BuildError::BadParam { key: "messages".to_owned(), problem })?;
    }
    if conversation.messages.is_empty() {
        let problem = "have nothing besides the system prompt".to_owned();
        return Err(BuildError::BadParam { key: "messages".to_owned(), problem });
    }
    Ok(conversation)
}

impl Conversation {
    /// Whether a tool was called in it.
    pub(super) fn calls_tools(&self) -> bool {
        let mut blocks = self.messages.iter().filter_map(|message| message["content"].as_array()).flatten();
        blocks.any(|block| block.get("toolUse").is_some())
    }

    fn add(&mut self, message: &Value) -> Result<(), String> {
        let content = message.get("content").unwrap_or(&Value::Null);
        match message.get("role").and_then(Value::as_str) {
            Some("system" | "developer") => self.system.extend(self.blocks(content)?),
            Some("user") => self.push("user", self.blocks(content)?),
            Some("tool" | "function") => self.push("user", vec![self.tool_result(message, content)?]),
            Some("assistant") => {
                let thoughts = message.get("thinking_blocks").and_then(Value::as_array).into_iter().flatten();
                let mut said: Vec<Value> = thoughts.filter_map(thought).collect();
                said.extend(self.blocks(content)?);
                let calls = message.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
                said.extend(calls.map(tool_use).collect::<Result<Vec<_>, _>>()?);
                self.push("assistant", said);
            }
            Some(other) => return Err(format!("have the role `{other}`, which Converse does not know")),
            None => return Err("have an entry without a role".to_owned()),
        }
        Ok(())
    }

    fn tool_result(&self, message: &Value, content: &Value) -> Result<Value, String> {
        let id = message.get("tool_call_id").ok_or("have a tool result without `tool_call_id`")?;
        Ok(json!({"toolResult": {"toolUseId": id, "content": self.blocks(content)?}}))
    }

    /// Content as blocks. Empty text is left out because Converse refuses it.
    fn blocks(&self, content: &Value) -> Result<Vec<Value>, String> {
        match content {
            Value::Null => Ok(Vec::new()),
            Value::String(text) if text.is_empty() => Ok(Vec::new()),
            Value::String(text) => Ok(vec![json!({"text": text})]),
            Value::Array(parts) => {
                let mut all = Vec::with_capacity(parts.len());
                for part in parts.iter().filter(|part| part.get("text") != Some(&json!(""))) {
                    all.push(block(part)?);
                    if self.has_cache && part.get("cache_control").is_some() {
                        all.push(json!({"cachePoint": {"type": "default"}}));
                    }
                }
                Ok(all)
            }
            _ => Err("have content that is neither text nor a list of parts".to_owned()),
        }
    }

    /// Adds to the last turn if it has the same role, because roles have to take turns.
    fn push(&mut self, role: &str, blocks: Vec<Value>) {
        if blocks.is_empty() {
            return;
        }
        if let Some(last) = self.messages.last_mut()
            && last["role"] == role
            && let Some(content) = last["content"].as_array_mut()
        {
            content.extend(blocks);
        } else {
            self.messages.push(json!({"role": role, "content": blocks}));
        }
    }
}

/// Thinking that the client brings back, in Anthropic's form; none without the signature that proves it.
fn thought(block: &Value) -> Option<Value> {
    let reasoning = match block.get("data") {
        Some(data) => json!({"redactedContent": data}),
        None => {
            json!({"reasoningText": {"text": block.get("thinking"), "signature": block.get("signature")?}})
        }
    };
    Some(json!({"reasoningContent": reasoning}))
}

fn tool_use(call: &Value) -> Result<Value, String> {
    let arguments = call.pointer("/function/arguments").and_then(Value::as_str).unwrap_or_default();
    let input: Value = match arguments.trim() {
        "" => json!({}),
        text => serde_json::from_str(text)
            .map_err(|error| format!("have a tool call whose arguments are not JSON: {error}"))?,
    };
    Ok(json!({"toolUse": {
        "toolUseId": call.get("id"),
        "name": call.pointer("/function/name"),
        "input": input,
    }}))
}

fn block(part: &Value) -> Result<Value, String> {
    match part.get("type").and_then(Value::as_str) {
        Some("text") => Ok(json!({"text": part.get("text")})),
        Some("image_url") => {
            let image = part.get("image_url").unwrap_or(&Value::Null);
            let url = image.get("url").unwrap_or(image).as_str().ok_or("have an image without a URL")?;
            let (format, data) = inline(url)?;
            Ok(json!({"image": {"format": format, "source": {"bytes": data}}}))
        }
        Some("file") => {
            let file = part.pointer("/file/file_data").and_then(Value::as_str);
            let (format, data) = inline(file.ok_or("have a file without `file_data`")?)?;
            Ok(json!({"document": {"format": format, "name": "document", "source": {"bytes": data}}}))
        }
        Some("input_audio") => Ok(json!({"audio": {
            "format": part.pointer("/input_audio/format"),
            "source": {"bytes": part.pointer("/input_audio/data")},
        }})),
        // Every other block is Converse's own.
        Some(_) => Ok(part.clone()),
        None => Err("have a part without a type".to_owned()),
    }
}

/// The format and the data of a data URL. Converse fetches nothing from the web.
fn inline(url: &str) -> Result<(&str, &str), String> {
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (media_type, data) = data.ok_or("have an image or file that is not a data URL in base64")?;
    let format = media_type.split(';').next().and_then(|kind| kind.split('/').nth(1)).unwrap_or("png");
    Ok((format, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_with_tools_and_images_keeps_its_order() {
        let translated = translate(&[
            json!({"role": "system", "content": "Be brief."}),
            json!({"role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ]}),
            json!({"role": "assistant", "content": "", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1}"}},
            ]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": "a dot"}),
            json!({"role": "user", "content": "Thanks"}),
        ], true)
        .unwrap();
        assert!(translated.calls_tools());
        assert_eq!(translated.system, [json!({"text": "Be brief."})]);
        assert_eq!(
            translated.messages,
            [
                json!({"role": "user", "content": [
                    {"text": "What is this?"},
                    {"image": {"format": "png", "source": {"bytes": "AAAA"}}},
                ]}),
                json!({"role": "assistant", "content": [
                    {"toolUse": {"toolUseId": "c1", "name": "look", "input": {"at": 1}}},
                ]}),
                json!({"role": "user", "content": [
                    {"toolResult": {"toolUseId": "c1", "content": [{"text": "a dot"}]}},
                    {"text": "Thanks"},
                ]}),
            ]
        );
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for (message, problem) in [
            (json!({"role": "narrator", "content": "x"}), "the role `narrator`"),
            (json!({"content": "x"}), "without a role"),
            (json!({"role": "tool", "content": "x"}), "`tool_call_id`"),
            (
                json!({"role": "user", "content": [{"type": "image_url", "image_url": "https://x"}]}),
                "data URL",
            ),
        ] {
            let error = translate(std::slice::from_ref(&message), true).unwrap_err().to_string();
            assert!(error.contains(problem), "{message}: {error}");
        }
    }
}
