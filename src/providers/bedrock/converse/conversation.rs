//! A conversation: from OpenAI's `messages` to Converse's `system` and `messages`.

use serde_json::{Value, json};

use crate::providers::BuildError;
use crate::providers::anthropic::{known_id, known_name};

/// Converse's words for types of documents, where they are not the type's own.
const DOCUMENTS: [(&str, &str); 6] = [
    ("text/plain", "txt"),
    ("text/markdown", "md"),
    ("application/msword", "doc"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
];

/// A conversation in Converse's form.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Blocks of the system prompt.
    pub(super) system: Vec<Value>,
    /// Turns; neighbours have different roles.
    pub(super) messages: Vec<Value>,
    cache: Cache,
    /// The names of documents so far, of which no two may be the same.
    documents: Vec<String>,
}

/// What a model has to keep what it was asked before. Others refuse a mark for it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cache {
    /// Nothing.
    #[default]
    None,
    /// A cache for five minutes.
    Short,
    /// A cache for as long as the mark says.
    Timed,
}

/// Translates a conversation. Marks for the cache are passed on to models that have one.
pub(super) fn translate(messages: &[Value], cache: Cache) -> Result<Conversation, BuildError> {
    let mut conversation = Conversation { cache, ..Conversation::default() };
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

impl Cache {
    /// The mark of a message, a part, a call or a tool, as a block that stands behind it.
    pub(super) fn point(self, marked: &Value) -> Option<Value> {
        let mark = marked.get("cache_control").filter(|mark| self != Self::None && !mark.is_null())?;
        let mut point = json!({"cachePoint": {"type": "default"}});
        if let (Self::Timed, Some(ttl)) = (self, mark.get("ttl")) {
            point["cachePoint"]["ttl"] = ttl.clone();
        }
        Some(point)
    }
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
            Some("system" | "developer") => {
                let blocks = self.blocks(content, message)?;
                if blocks.iter().any(|block| block.get("image").or(block.get("document")).is_some()) {
                    return Err("have a system prompt with parts that are not text".to_owned());
                }
                self.system.extend(blocks);
            }
            Some("user") => {
                let blocks = self.blocks(content, message)?;
                self.push("user", blocks);
            }
            Some("tool" | "function") => {
                let blocks = self.tool_result(message, content)?;
                self.push("user", blocks);
            }
            Some("assistant") => {
                let said = self.assistant(message, content)?;
                self.push("assistant", said);
            }
            Some(other) => return Err(format!("have the role `{other}`, which Converse does not know")),
            None => return Err("have an entry without a role".to_owned()),
        }
        Ok(())
    }

    fn assistant(&mut self, message: &Value, content: &Value) -> Result<Vec<Value>, String> {
        let thoughts = message.get("thinking_blocks").and_then(Value::as_array).into_iter().flatten();
        let mut said: Vec<Value> = thoughts.filter_map(thought).collect();
        said.extend(self.blocks(content, message)?);
        said.extend(self.blocks(message.get("refusal").unwrap_or(&Value::Null), message)?);
        for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            said.push(tool_use(call.get("id"), call.get("function"))?);
            said.extend(self.cache.point(call));
        }
        if let Some(function) = message.get("function_call").filter(|function| function.is_object()) {
            said.push(tool_use(None, Some(function))?);
        }
        Ok(said)
    }

    /// What a tool gave; a mark for the cache stands behind it, not in it.
    fn tool_result(&mut self, message: &Value, content: &Value) -> Result<Vec<Value>, String> {
        let id = message.get("tool_call_id").filter(|id| !id.is_null());
        let id = known_id(id, message.get("name")).ok_or("have a tool result without `tool_call_id`")?;
        let mut given = self.blocks(content, &Value::Null)?;
        let all = given.len();
        given.retain(|block| block.get("cachePoint").is_none());
        let inner = (given.len() < all).then(|| json!({"cachePoint": {"type": "default"}}));
        let mut blocks = vec![json!({"toolResult": {"toolUseId": id, "content": given}})];
        blocks.extend(self.cache.point(message).or(inner));
        Ok(blocks)
    }

    /// Content as blocks. Empty text is left out because Converse refuses it. A mark for the cache at the message is
    /// one for the text that it consists of.
    fn blocks(&mut self, content: &Value, message: &Value) -> Result<Vec<Value>, String> {
        match content {
            Value::Null => Ok(Vec::new()),
            Value::String(text) if text.is_empty() => Ok(Vec::new()),
            Value::String(text) => {
                Ok(std::iter::once(json!({"text": text})).chain(self.cache.point(message)).collect())
            }
            Value::Array(parts) => {
                let mut all = Vec::with_capacity(parts.len());
                for part in parts.iter().filter(|part| part.get("text") != Some(&json!(""))) {
                    all.push(self.block(part)?);
                    all.extend(self.cache.point(part));
                }
                Ok(all)
            }
            _ => Err("have content that is neither text nor a list of parts".to_owned()),
        }
    }

    fn block(&mut self, part: &Value) -> Result<Value, String> {
        match part.get("type").and_then(Value::as_str) {
            Some("text") => Ok(json!({"text": part.get("text")})),
            Some("guarded_text") => Ok(json!({"guardContent": {"text": {"text": part.get("text")}}})),
            Some("image_url") => {
                let image = part.get("image_url").unwrap_or(&Value::Null);
                let url = image.get("url").unwrap_or(image).as_str().ok_or("have an image without a URL")?;
                self.media(url, image.get("format"), None)
            }
            Some("file") => {
                let told = |name: &str| part.get("file")?.get(name);
                let data =
                    told("file_data").and_then(Value::as_str).ok_or("have a file without `file_data`")?;
                self.media(data, told("format"), told("filename").and_then(Value::as_str))
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

    /// An image, or a document under a name of its own.
    fn media(&mut self, url: &str, format: Option<&Value>, name: Option<&str>) -> Result<Value, String> {
        let (media_type, data) = inline(url)?;
        let media_type = format.and_then(Value::as_str).unwrap_or(media_type);
        let source = json!({"bytes": data});
        if let Some(kind) = media_type.strip_prefix("image/") {
            let format = if kind == "jpg" { "jpeg" } else { kind };
            return Ok(json!({"image": {"format": format, "source": source}}));
        }
        let known = DOCUMENTS.iter().find(|(known, _)| *known == media_type);
        let format = known.map(|(_, format)| *format).or(media_type.split('/').nth(1)).unwrap_or(media_type);
        let stem = document_name(name.unwrap_or_default());
        let same = self.documents.iter().filter(|taken| **taken == stem).count();
        self.documents.push(stem.clone());
        let name = if same == 0 { stem } else { format!("{stem} {}", same + 1) };
        Ok(json!({"document": {"format": format, "name": name, "source": source}}))
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
    let told = |name: &str| block.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let reasoning = match told("data") {
        Some(data) => json!({"redactedContent": data}),
        None => {
            json!({"reasoningText": {"text": block.get("thinking"), "signature": told("signature")?}})
        }
    };
    Some(json!({"reasoningContent": reasoning}))
}

fn tool_use(id: Option<&Value>, function: Option<&Value>) -> Result<Value, String> {
    let told = |name: &str| function.and_then(|function| function.get(name));
    let arguments = told("arguments").and_then(Value::as_str).unwrap_or_default();
    let input: Value = match arguments.trim() {
        "" => json!({}),
        text => serde_json::from_str(text)
            .map_err(|error| format!("have a tool call whose arguments are not JSON: {error}"))?,
    };
    let name = told("name");
    let known = name.and_then(Value::as_str).map(known_name);
    Ok(json!({"toolUse": {"toolUseId": known_id(id, name), "name": known, "input": input}}))
}

/// The format of a document's name: letters, digits, single spaces and few marks besides, without the ending.
fn document_name(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let is_taken = |letter: char| letter.is_ascii_alphanumeric() || "-()[]".contains(letter);
    let spaced: String = stem.chars().map(|letter| if is_taken(letter) { letter } else { ' ' }).collect();
    let name = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() { "document".to_owned() } else { name }
}

/// The media type and the data of a data URL. Converse fetches nothing from the web.
fn inline(url: &str) -> Result<(&str, &str), String> {
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (media_type, data) = data.ok_or("have an image or file that is not a data URL in base64")?;
    Ok((media_type.split(';').next().unwrap_or(media_type), data))
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
        ], Cache::Short)
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
            let error = translate(std::slice::from_ref(&message), Cache::Short).unwrap_err().to_string();
            assert!(error.contains(problem), "{message}: {error}");
        }
    }
}
