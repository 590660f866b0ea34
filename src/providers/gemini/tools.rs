//! Tools: from OpenAI's to Gemini's.

use serde_json::{Map, Value, json};

use super::schema;

/// The tools that Google runs itself, in the spellings that people use, and Google's name.
const BUILT_IN: &[(&str, &str)] = &[
    ("googleSearch", "googleSearch"),
    ("google_search", "googleSearch"),
    ("googleSearchRetrieval", "googleSearchRetrieval"),
    ("google_search_retrieval", "googleSearchRetrieval"),
    ("enterpriseWebSearch", "enterpriseWebSearch"),
    ("enterprise_web_search", "enterpriseWebSearch"),
    ("urlContext", "url_context"),
    ("url_context", "url_context"),
    ("googleMaps", "googleMaps"),
    ("google_maps", "googleMaps"),
    ("codeExecution", "code_execution"),
    ("code_execution", "code_execution"),
    ("computerUse", "computerUse"),
    ("computer_use", "computerUse"),
    ("web_search", "googleSearch"),
    ("web_search_preview", "googleSearch"),
];

/// The value of Gemini's `tools`: functions in one entry, and one entry for each tool of Google's. `refuse` is told the
/// places of tools that Google does not have.
pub(super) fn translate(tools: &[Value], mut refuse: impl FnMut(usize)) -> Vec<Value> {
    let mut functions = Vec::new();
    let mut others = Vec::new();
    for (place, tool) in tools.iter().enumerate() {
        if let Some(function) = tool.get("function") {
            functions.push(declaration(function));
        } else if let Some(Value::Array(own)) = tool.get("function_declarations") {
            functions.extend(own.iter().cloned());
        } else if let Some(own) = built_in(tool) {
            others.push(own);
        } else if tool.get("name").is_some() {
            functions.push(declaration(tool));
        } else {
            refuse(place);
        }
    }
    if !functions.is_empty() {
        others.insert(0, json!({"function_declarations": functions}));
    }
    others
}

/// OpenAI's web search is Google's.
pub(super) fn web_search() -> Value {
    json!({"googleSearch": {}})
}

fn built_in(tool: &Value) -> Option<Value> {
    let (name, settings) = BUILT_IN.iter().find_map(|(spelling, name)| {
        tool.get(*spelling).map(|settings| (*name, settings.clone())).or_else(|| {
            (tool.get("type").and_then(Value::as_str) == Some(*spelling)).then(|| (*name, json!({})))
        })
    })?;
    Some(json!({name: settings}))
}

fn declaration(function: &Value) -> Value {
    let mut out = Map::new();
    for key in ["name", "description"] {
        if let Some(value) = function.get(key) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    // Google refuses an object without properties; a function without parameters declares none.
    if let Some(parameters) = function.get("parameters")
        && parameters.get("properties").and_then(Value::as_object).is_none_or(|all| !all.is_empty())
    {
        out.insert("parameters".to_owned(), schema::translate(parameters));
    }
    Value::Object(out)
}

/// The value of `toolConfig` for OpenAI's `tool_choice`; `None` for what can't be said.
pub(super) fn choice(choice: &Value) -> Option<Value> {
    let config = match choice.as_str() {
        Some("auto") => json!({"mode": "AUTO"}),
        Some("required" | "any") => json!({"mode": "ANY"}),
        Some("none") => json!({"mode": "NONE"}),
        Some(_) => return None,
        None => {
            let names = match choice.get("allowed_tools") {
                // That one of several may be called can be said, but not that none has to be.
                Some(allowed) if allowed["mode"] == "required" => {
                    let tools = allowed["tools"].as_array()?.iter();
                    tools.filter_map(|tool| tool.pointer("/function/name").cloned()).collect()
                }
                Some(_) => return None,
                None => vec![choice.pointer("/function/name").or_else(|| choice.get("name"))?.clone()],
            };
            json!({"mode": "ANY", "allowed_function_names": names})
        }
    };
    Some(json!({"functionCallingConfig": config}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_declared_together_and_googles_own_tools_apart() {
        let parameters = json!({"type": "object", "properties": {"tz": {"type": "string"}}});
        let tools = [
            json!({"type": "function", "function": {"name": "now", "parameters": parameters, "strict": true}}),
            json!({"googleSearch": {}}),
            json!({"type": "function", "function": {"name": "ping", "parameters": {"type": "object", "properties": {}}}}),
            json!({"type": "url_context"}),
            json!({"type": "hologram"}),
        ];
        let mut refused = Vec::new();
        assert_eq!(
            translate(&tools, |place| refused.push(place)),
            [
                json!({"function_declarations": [{"name": "now", "parameters": parameters}, {"name": "ping"}]}),
                json!({"googleSearch": {}}),
                json!({"url_context": {}}),
            ]
        );
        assert_eq!(refused, [4]);
    }

    #[test]
    fn choices_are_modes() {
        for (openai, config) in [
            (json!("auto"), json!({"mode": "AUTO"})),
            (json!("required"), json!({"mode": "ANY"})),
            (json!("none"), json!({"mode": "NONE"})),
            (
                json!({"type": "function", "function": {"name": "f"}}),
                json!({"mode": "ANY", "allowed_function_names": ["f"]}),
            ),
            (
                json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [
                    {"type": "function", "function": {"name": "f"}},
                    {"type": "function", "function": {"name": "g"}},
                ]}}),
                json!({"mode": "ANY", "allowed_function_names": ["f", "g"]}),
            ),
        ] {
            assert_eq!(choice(&openai), Some(json!({"functionCallingConfig": config})));
        }
        assert_eq!(choice(&json!("whatever")), None);
    }
}
