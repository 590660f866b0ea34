//! A conversation: from OpenAI's `messages` to Gemini's `contents` and `system_instruction`.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::generation::Generation;
use super::source::source_part;

/// Stands for the signature of a thought that another model had. Gemini 3 refuses a tool call without any, and
/// this is the one that Google documents for calls that it did not make itself.
const FOREIGN_SIGNATURE: &str = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

/// What LiteLLM puts between the id of a tool call and the signature of the thought that led to it.
const SIGNATURE_MARK: &str = "__thought__";

/// Where clients return that signature: as LiteLLM, and as Google's own endpoint for OpenAI's clients give it.
const SIGNATURE_PLACES: [&str; 3] = [
    "/provider_specific_fields/thought_signature",
    "/function/provider_specific_fields/thought_signature",
    "/extra_content/google/thought_signature",
];

/// A conversation in Gemini's form.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Parts of the system prompt.
    pub(super) system: Vec<Value>,
    /// Turns.
    pub(super) contents: Vec<Value>,
    /// How closely all images are to be looked at, when the model takes one answer for all.
    pub(super) media_resolution: Option<&'static str>,
}

/// Translates a conversation. Fails with the rest of a sentence about `messages`.
pub(super) fn conversation(messages: &[Value], generation: Generation) -> Result<Conversation, String> {
    let mut translator =
        Translator { generation, names: HashMap::new(), out: Conversation::default(), tools: false };
    for message in messages {
        translator.message(message)?;
    }
    let mut out = translator.out;
    for turn in &mut out.contents {
        add_words(turn);
    }
    if out.contents.is_empty() {
        // Gemini wants a turn, and a system prompt alone is one in OpenAI's API.
        out.contents.push(json!({"role": "user", "parts": [{"text": "."}]}));
    }
    Ok(out)
}

/// Google refuses what a user says without a word, such as a lone picture.
fn add_words(turn: &mut Value) {
    let is_users = turn["role"] == "user";
    if let Some(parts) = turn["parts"].as_array_mut()
        && is_users
        && !parts.iter().any(|part| part.get("text").or_else(|| part.get("function_response")).is_some())
    {
        parts.push(json!({"text": " "}));
    }
}

struct Translator {
    generation: Generation,
    /// Names of called tools by the ids of the calls: Gemini tells results by name.
    names: HashMap<String, Value>,
    out: Conversation,
    /// Whether the last turn holds the results of tools.
    tools: bool,
}

impl Translator {
    fn message(&mut self, message: &Value) -> Result<(), String> {
        let content = message.get("content").unwrap_or(&Value::Null);
        match message.get("role").and_then(Value::as_str) {
            Some("system" | "developer") => {
                let parts = self.parts(content)?;
                self.out.system.extend(parts);
            }
            Some("user") => {
                let parts = self.parts(content)?;
                self.push("user", parts, false);
            }
            Some("assistant") => {
                let parts = self.assistant(message, content)?;
                self.push("model", parts, false);
            }
            Some("tool" | "function") => {
                let result = self.tool_result(message, content)?;
                self.push("user", vec![result], true);
            }
            Some(other) => return Err(format!("have the role `{other}`, which Gemini does not know")),
            None => return Err("have an entry without a role".to_owned()),
        }
        Ok(())
    }

    /// Adds parts to the last turn if it has the same role; results of tools have a turn of their own.
    fn push(&mut self, role: &str, parts: Vec<Value>, tools: bool) {
        if parts.is_empty() {
            return;
        }
        if let Some(last) = self.out.contents.last_mut()
            && last["role"] == role
            && self.tools == tools
            && let Some(present) = last["parts"].as_array_mut()
        {
            present.extend(parts);
        } else {
            self.out.contents.push(json!({"role": role, "parts": parts}));
        }
        self.tools = tools;
    }

    fn assistant(&mut self, message: &Value, content: &Value) -> Result<Vec<Value>, String> {
        let mut parts = thoughts(message);
        let mut said = self.parts(content)?;
        if let (true, Some(refusal)) = (said.is_empty(), message.get("refusal").and_then(Value::as_str)) {
            said.push(json!({"text": refusal}));
        }
        let calls = message.get("tool_calls").and_then(Value::as_array).into_iter().flatten().cloned();
        let old_call = message.get("function_call").filter(|call| call.is_object());
        let calls = calls.chain(old_call.map(|call| json!({"function": call}))).enumerate();
        let calls: Vec<Value> =
            calls.map(|(index, call)| self.tool_call(&call, index == 0)).collect::<Result<_, _>>()?;
        let is_elsewhere =
            |signature: &Value| parts.iter().chain(&calls).any(|part| part["thoughtSignature"] == *signature);
        if let Some(last) = said.last_mut()
            && let Some(signature) = message.pointer("/provider_specific_fields/thought_signatures/0")
            && !is_elsewhere(signature)
        {
            last["thoughtSignature"] = signature.clone();
        }
        parts.extend(said);
        parts.extend(calls);
        Ok(parts)
    }

    fn tool_call(&mut self, call: &Value, first: bool) -> Result<Value, String> {
        let name = call.pointer("/function/name").cloned().unwrap_or_default();
        let arguments = call.pointer("/function/arguments").and_then(Value::as_str).unwrap_or("").trim();
        let arguments: Value = match arguments {
            "" => json!({}),
            text => serde_json::from_str(text)
                .map_err(|error| format!("have a tool call whose arguments are not JSON: {error}"))?,
        };
        let full_id = call.get("id").and_then(Value::as_str).unwrap_or_default();
        let (id, in_id) = split_id(full_id);
        self.names.insert(id.to_owned(), name.clone());
        let mut function = json!({"name": name, "args": arguments});
        if self.generation.is_third() {
            function["id"] = json!(id);
        }
        let mut part = json!({"function_call": function});
        let own = SIGNATURE_PLACES.iter().find_map(|path| call.pointer(path)?.as_str());
        let foreign = (first && self.generation.is_third()).then_some(FOREIGN_SIGNATURE);
        if let Some(signature) = own.or(in_id).or(foreign) {
            part["thoughtSignature"] = json!(signature);
        }
        Ok(part)
    }

    fn tool_result(&mut self, message: &Value, content: &Value) -> Result<Value, String> {
        let id = message.get("tool_call_id").and_then(Value::as_str).unwrap_or_default();
        let (id, _) = split_id(id);
        // Results in the older form have a name and no id.
        let name = if id.is_empty() { message.get("name") } else { None };
        let name = name.or_else(|| self.names.get(id)).or_else(|| message.get("name"));
        let name = name.ok_or("have a tool result that belongs to no tool call")?.clone();
        let text = text_of(content);
        let response = match serde_json::from_str(&text) {
            Ok(Value::Object(fields)) => Value::Object(fields),
            _ => json!({"content": text}),
        };
        let mut result = json!({"name": name, "response": response});
        if self.generation.is_third() && !id.is_empty() {
            result["id"] = json!(id);
        }
        let pictures = content.as_array().into_iter().flatten().filter(|part| part.get("text").is_none());
        let pictures: Vec<Value> = pictures.map(|part| self.part(part)).collect::<Result<_, _>>()?;
        if !pictures.is_empty() {
            result["parts"] = Value::Array(pictures);
        }
        Ok(json!({"function_response": result}))
    }

    fn parts(&mut self, content: &Value) -> Result<Vec<Value>, String> {
        match content {
            Value::Null => Ok(Vec::new()),
            Value::String(text) => Ok(vec![json!({"text": text})]),
            Value::Array(parts) => parts.iter().map(|part| self.part(part)).collect(),
            _ => Err("have content that is neither text nor a list of parts".to_owned()),
        }
    }

    fn part(&mut self, part: &Value) -> Result<Value, String> {
        match part.get("type").and_then(Value::as_str) {
            Some("text") => Ok(json!({"text": part.get("text")})),
            Some("image_url") => self.image(part.get("image_url").unwrap_or(&Value::Null)),
            Some("input_audio") => {
                let audio = part.get("input_audio").unwrap_or(&Value::Null);
                let format = audio.get("format").and_then(Value::as_str).unwrap_or("wav");
                let data = audio.get("data").ok_or("have audio without `data`")?;
                Ok(json!({"inline_data": {"mime_type": format!("audio/{format}"), "data": data}}))
            }
            Some("file") => {
                let file = part.get("file").unwrap_or(&Value::Null);
                let source = file.get("file_data").or_else(|| file.get("file_id")).and_then(Value::as_str);
                let media_type = file.get("format").and_then(Value::as_str);
                source_part(source.ok_or("have a file without `file_data` or `file_id`")?, media_type)
            }
            Some(other) => Err(format!("have a part of the type `{other}`, which Gemini does not take")),
            None => Err("have a part without a type".to_owned()),
        }
    }

    fn image(&mut self, image: &Value) -> Result<Value, String> {
        let url = image.get("url").unwrap_or(image).as_str().ok_or("have an image without a URL")?;
        let mut part = source_part(url, image.get("format").and_then(Value::as_str))?;
        let resolution = match image.get("detail").and_then(Value::as_str) {
            Some("low") => "MEDIA_RESOLUTION_LOW",
            Some("medium") => "MEDIA_RESOLUTION_MEDIUM",
            Some("high") => "MEDIA_RESOLUTION_HIGH",
            Some("ultra_high") if self.generation.is_third() => "MEDIA_RESOLUTION_ULTRA_HIGH",
            _ => return Ok(part),
        };
        if self.generation.is_third() {
            part["media_resolution"] = json!({"level": resolution});
        } else {
            self.out.media_resolution = Some(resolution);
        }
        Ok(part)
    }
}

/// The id of a tool call, and the signature that LiteLLM may have put behind it.
fn split_id(id: &str) -> (&str, Option<&str>) {
    match id.split_once(SIGNATURE_MARK) {
        Some((id, signature)) => (id, Some(signature)),
        None => (id, None),
    }
}

/// What the model thought, with its signature, so that it can go on from there.
fn thoughts(message: &Value) -> Vec<Value> {
    let blocks = message.get("thinking_blocks").and_then(Value::as_array);
    let mut parts: Vec<Value> = blocks
        .into_iter()
        .flatten()
        .filter_map(|block| {
            let mut part = json!({"thought": true, "text": block.get("thinking")?});
            if let Some(signature) = block.get("signature") {
                part["thoughtSignature"] = signature.clone();
            }
            Some(part)
        })
        .collect();
    if parts.is_empty()
        && let Some(text) = message.get("reasoning_content").filter(|text| text.is_string())
    {
        parts.push(json!({"thought": true, "text": text}));
    }
    parts
}

/// All text of a content.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(model: &str, messages: &[Value]) -> Vec<Value> {
        conversation(messages, Generation::of(model)).unwrap().contents
    }

    fn called(id: &str) -> Value {
        json!({"id": id, "type": "function", "function": {"name": "now", "arguments": "{\"tz\": \"CET\"}"}})
    }

    #[test]
    fn neighbours_of_one_role_are_one_turn_but_tool_results_are_their_own() {
        let messages = [
            json!({"role": "user", "content": "One"}),
            json!({"role": "user", "content": "Two"}),
            json!({"role": "assistant", "content": null, "tool_calls": [called("c1")]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": "12:00"}),
            json!({"role": "user", "content": "Thanks"}),
        ];
        assert_eq!(
            contents("gemini-2.5-flash", &messages),
            [
                json!({"role": "user", "parts": [{"text": "One"}, {"text": "Two"}]}),
                json!({"role": "model", "parts": [{"function_call": {"name": "now", "args": {"tz": "CET"}}}]}),
                json!({"role": "user", "parts": [
                    {"function_response": {"name": "now", "response": {"content": "12:00"}}},
                ]}),
                json!({"role": "user", "parts": [{"text": "Thanks"}]}),
            ]
        );
    }

    #[test]
    fn gemini_3_wants_ids_and_a_signature() {
        let messages = [
            json!({"role": "assistant", "tool_calls": [called("c1__thought__c2ln"), called("c2")]}),
            json!({"role": "tool", "tool_call_id": "c1__thought__c2ln", "content": "{\"t\": 1}"}),
            json!({"role": "assistant", "tool_calls": [called("c3")]}),
        ];
        let contents = contents("gemini-3-pro-preview", &messages);
        assert_eq!(contents[0]["parts"][0]["thoughtSignature"], "c2ln");
        assert_eq!(contents[0]["parts"][0]["function_call"]["id"], "c1");
        assert_eq!(contents[0]["parts"][1].get("thoughtSignature"), None);
        assert_eq!(contents[1]["parts"][0]["function_response"]["id"], "c1");
        assert_eq!(contents[2]["parts"][0]["thoughtSignature"], FOREIGN_SIGNATURE);
    }

    #[test]
    fn signatures_are_returned_where_clients_have_them() {
        let mut signed = called("c1");
        signed["function"]["provider_specific_fields"] = json!({"thought_signature": "Zm4="});
        let messages = [
            json!({"role": "assistant", "content": "Hm.", "provider_specific_fields": {"thought_signatures": ["dGV4dA=="]}}),
            json!({"role": "user", "content": "Well?"}),
            json!({"role": "assistant", "content": "So.", "tool_calls": [signed],
                   "provider_specific_fields": {"thought_signatures": ["Zm4="]}}),
        ];
        let contents = contents("gemini-2.5-flash", &messages);
        assert_eq!(contents[0]["parts"], json!([{"text": "Hm.", "thoughtSignature": "dGV4dA=="}]));
        assert_eq!(contents[2]["parts"][0], json!({"text": "So."}));
        assert_eq!(contents[2]["parts"][1]["thoughtSignature"], "Zm4=");
    }

    #[test]
    fn calls_in_the_older_form_and_refusals_are_told() {
        let messages = [
            json!({"role": "assistant", "content": null, "function_call": {"name": "now", "arguments": "{}"}}),
            json!({"role": "function", "name": "now", "content": "12:00"}),
            json!({"role": "assistant", "content": null, "refusal": "No."}),
        ];
        assert_eq!(
            contents("gemini-2.5-flash", &messages),
            [
                json!({"role": "model", "parts": [{"function_call": {"name": "now", "args": {}}}]}),
                json!({"role": "user", "parts": [
                    {"function_response": {"name": "now", "response": {"content": "12:00"}}},
                ]}),
                json!({"role": "model", "parts": [{"text": "No."}]}),
            ]
        );
    }

    #[test]
    fn pictures_that_a_tool_gave_are_told_with_its_words() {
        let messages = [
            json!({"role": "assistant", "tool_calls": [called("c1")]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": [
                {"type": "text", "text": "A map"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ]}),
        ];
        assert_eq!(
            contents("gemini-2.5-flash", &messages)[1]["parts"][0]["function_response"],
            json!({
                "name": "now",
                "response": {"content": "A map"},
                "parts": [{"inline_data": {"mime_type": "image/png", "data": "AAAA"}}],
            })
        );
    }

    #[test]
    fn images_are_inline_or_fetched_and_looked_at_as_asked() {
        let message = json!({"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
            {"type": "image_url", "image_url": "https://example.com/a.jpg?x=1"},
        ]});
        let old = conversation(std::slice::from_ref(&message), Generation::of("gemini-2.5-flash")).unwrap();
        assert_eq!(old.media_resolution, Some("MEDIA_RESOLUTION_LOW"));
        assert_eq!(
            old.contents[0]["parts"],
            json!([
                {"inline_data": {"mime_type": "image/png", "data": "AAAA"}},
                {"file_data": {"mime_type": "image/jpeg", "file_uri": "https://example.com/a.jpg?x=1"}},
                {"text": " "},
            ])
        );
        let new = conversation(&[message], Generation::of("gemini-3-pro-preview")).unwrap();
        assert_eq!(new.media_resolution, None);
        assert_eq!(new.contents[0]["parts"][0]["media_resolution"], json!({"level": "MEDIA_RESOLUTION_LOW"}));
    }

    #[test]
    fn a_system_prompt_alone_gets_a_turn() {
        let alone = conversation(
            &[json!({"role": "system", "content": "Be brief."})],
            Generation::of("gemini-2.5-pro"),
        );
        let alone = alone.unwrap();
        assert_eq!(alone.system, [json!({"text": "Be brief."})]);
        assert_eq!(alone.contents, [json!({"role": "user", "parts": [{"text": "."}]})]);
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for (message, problem) in [
            (json!({"role": "narrator", "content": "x"}), "the role `narrator`"),
            (json!({"content": "x"}), "without a role"),
            (json!({"role": "tool", "tool_call_id": "c9", "content": "x"}), "no tool call"),
            (json!({"role": "user", "content": 1}), "neither text nor"),
            (json!({"role": "user", "content": [{"type": "hologram"}]}), "`hologram`"),
        ] {
            let error = conversation(&[message], Generation::of("gemini-2.5-flash")).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
