//! Tools: from OpenAI's `tools` and `tool_choice` to those of the Messages API.

use serde_json::{Map, Value, json};

use super::names::known_name;

/// How often the web may be searched for so much of it to be read.
const SEARCHES: [(&str, u32); 3] = [("low", 1), ("medium", 5), ("high", 10)];

/// Adds a function tool in Anthropic's form; anything else is Anthropic's own already. `strict` goes with
/// structured outputs and is refused by models without them.
pub(super) fn offer(body: &mut Map<String, Value>, tool: &Value, takes_strict: bool, tells_type: bool) {
    let Some(function) = tool.get("function") else { return add(body, tool.clone()) };
    if let Some(kind) = tool.get("type").filter(|kind| *kind != "function") {
        return add(body, native(kind, function));
    }
    let mut translated = translate(tool, function);
    if let (true, Some(strict)) = (takes_strict, function.get("strict")) {
        translated["strict"] = strict.clone();
    }
    if tells_type {
        translated["type"] = json!("custom");
    }
    add(body, translated);
}

/// `tool_choice` with `parallel_tool_calls` folded in. `None` when both leave the choice to the model.
pub(super) fn choice(choice: Option<&Value>, parallel: Option<bool>) -> Option<Value> {
    let mut chosen = match choice {
        None | Some(Value::Null) => None,
        Some(Value::String(word)) => Some(json!({"type": match word.as_str() {
            "required" => "any",
            other => other,
        }})),
        Some(object) => Some(object.get("function").map_or_else(
            || object.clone(),
            |function| json!({"type": "tool", "name": function.get("name").and_then(Value::as_str).map(known_name)}),
        )),
    };
    if let Some(parallel) = parallel
        && chosen.as_ref().is_none_or(|chosen| chosen["type"] != "none")
    {
        chosen.get_or_insert_with(|| json!({"type": "auto"}))["disable_parallel_tool_use"] = json!(!parallel);
    }
    chosen
}

/// Leaves a choice to the model that was made for it. Whether there was one.
pub(super) fn leave_open(choice: &mut Value) -> bool {
    let is_made = matches!(choice["type"].as_str(), Some("any" | "tool"));
    if let Value::Object(choice) = choice
        && is_made
    {
        choice.insert("type".to_owned(), json!("auto"));
        choice.shift_remove("name");
    }
    is_made
}

/// Lets the provider search the web: OpenAI's `web_search_options` as the tool that it is here.
pub(super) fn search_the_web(body: &mut Map<String, Value>, options: &Value) {
    let mut tool = json!({"type": "web_search_20250305", "name": "web_search"});
    if let Some(Value::Object(place)) = options.pointer("/user_location/approximate") {
        let mut location = place.clone();
        location.insert("type".to_owned(), json!("approximate"));
        tool["user_location"] = Value::Object(location);
    }
    let size = options.get("search_context_size").and_then(Value::as_str);
    if let Some((_, uses)) = SEARCHES.iter().find(|(name, _)| Some(*name) == size) {
        tool["max_uses"] = json!(uses);
    }
    add(body, tool);
}

/// Adds one tool in Anthropic's form.
pub(super) fn add(body: &mut Map<String, Value>, tool: Value) {
    if let Some(tools) = body.entry("tools").or_insert_with(|| json!([])).as_array_mut() {
        tools.push(tool);
    }
}

/// Tools are mandatory once one was called; this stands for those that are not told.
pub(super) fn placeholder() -> Value {
    json!({
        "type": "custom",
        "name": "dummy_tool",
        "description": "This is a dummy tool call",
        "input_schema": {"type": "object", "properties": {}},
    })
}

/// One of Anthropic's own tools that a client of OpenAI's describes as a function.
fn native(kind: &Value, function: &Value) -> Value {
    let mut told = Map::from_iter([("type".to_owned(), kind.clone())]);
    if let Some(name) = function.get("name") {
        told.insert("name".to_owned(), name.clone());
    }
    told.extend(function.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default());
    Value::Object(told)
}

fn translate(tool: &Value, function: &Value) -> Value {
    let mut schema = function.get("parameters").cloned().unwrap_or_else(|| json!({"properties": {}}));
    if let Value::Object(schema) = &mut schema {
        // Mandatory here.
        schema.entry("type").or_insert(json!("object"));
    }
    let name = function.get("name").and_then(Value::as_str).map(known_name);
    let mut translated = json!({"name": name, "input_schema": schema});
    if let Some(description) = function.get("description") {
        translated["description"] = description.clone();
    }
    if let Some(cache) = tool.get("cache_control").or_else(|| function.get("cache_control")) {
        translated["cache_control"] = cache.clone();
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_tools_are_translated_and_native_tools_kept() {
        let native = json!({"type": "web_search_20250305", "name": "web_search", "max_uses": 1});
        let openai = json!({"type": "function", "function": {
            "name": "now", "description": "the time", "parameters": {"type": "object", "properties": {"tz": {}}},
            "strict": true,
        }});
        let bare = json!({"type": "function", "function": {"name": "ping"}});
        let mut body = Map::new();
        for tool in [&openai, &native, &bare] {
            offer(&mut body, tool, true, true);
        }
        assert_eq!(
            body["tools"],
            json!([
                {
                    "type": "custom", "name": "now", "description": "the time", "strict": true,
                    "input_schema": {"type": "object", "properties": {"tz": {}}},
                },
                native,
                {"type": "custom", "name": "ping", "input_schema": {"type": "object", "properties": {}}},
            ])
        );
    }

    #[test]
    fn choices_are_renamed() {
        for (openai, parallel, expected) in [
            (json!("auto"), None, json!({"type": "auto"})),
            (json!("required"), None, json!({"type": "any"})),
            (json!("none"), Some(true), json!({"type": "none"})),
            (
                json!({"type": "function", "function": {"name": "f"}}),
                None,
                json!({"type": "tool", "name": "f"}),
            ),
            (json!("required"), Some(false), json!({"type": "any", "disable_parallel_tool_use": true})),
        ] {
            assert_eq!(choice(Some(&openai), parallel), Some(expected), "{openai}");
        }
        assert_eq!(choice(None, None), None);
        let one_by_one = json!({"type": "auto", "disable_parallel_tool_use": true});
        assert_eq!(choice(None, Some(false)), Some(one_by_one));
    }
}
