//! The beta features of the Messages API that a request can't do without.

use serde_json::{Map, Value};

/// Answers in the form of a schema.
pub(crate) const STRUCTURED_OUTPUTS: &str = "structured-outputs-2025-11-13";

/// Files that the provider has been given before.
const FILES: &str = "files-api-2025-04-14";

/// Beginnings of the types of Anthropic's own tools, and what they belong to.
const TOOLS: [(&str, &str); 4] = [
    ("computer_20241022", "computer-use-2024-10-22"),
    ("computer_20250124", "computer-use-2025-01-24"),
    ("computer_20251124", "computer-use-2025-11-24"),
    ("code_execution_20250825", "code-execution-2025-08-25"),
];

/// The beta features that a body makes use of, each once.
pub(crate) fn needed_betas(body: &Map<String, Value>) -> Vec<&'static str> {
    let list = |name: &str| body.get(name).and_then(Value::as_array).into_iter().flatten();
    let kinds: Vec<&str> = list("tools").filter_map(|tool| tool.get("type")?.as_str()).collect();
    let mut needed: Vec<&str> = TOOLS
        .iter()
        .filter(|(start, _)| kinds.iter().any(|kind| kind.starts_with(start)))
        .map(|(_, beta)| *beta)
        .collect();
    let mut blocks = list("messages").filter_map(|message| message.get("content")?.as_array()).flatten();
    if blocks.any(|block| block.pointer("/source/type").is_some_and(|kind| kind == "file")) {
        needed.push(FILES);
    }
    if body.contains_key("output_format") {
        needed.push(STRUCTURED_OUTPUTS);
    }
    needed
}

/// Whether a body lets the provider search the web.
pub(crate) fn searches_the_web(body: &Map<String, Value>) -> bool {
    let mut tools = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    tools.any(|tool| tool["type"].as_str().is_some_and(|kind| kind.starts_with("web_search_")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_request_makes_use_of_is_named() {
        let needed = |body: Value| needed_betas(body.as_object().unwrap());
        assert_eq!(needed(json!({"messages": [{"role": "user", "content": "Hi"}]})), <[&str; 0]>::default());
        let file = json!([{"role": "user", "content": [
            {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        ]}]);
        let screen = json!([{"type": "computer_20250124", "name": "computer"}]);
        let all = json!({"messages": file, "tools": screen, "output_format": {"type": "json_schema"}});
        assert_eq!(needed(all), ["computer-use-2025-01-24", FILES, STRUCTURED_OUTPUTS]);
    }
}
