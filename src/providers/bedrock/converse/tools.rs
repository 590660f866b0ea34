//! Tools: from OpenAI's `tools`, `tool_choice` and `response_format` to Converse's `toolConfig` and `outputConfig`.

use serde_json::{Map, Value, json};

use crate::providers::anthropic::{ANY_OBJECT, Generation, JSON_TOOL, close, known_name};
use crate::providers::{BuildError, Target, params};

use super::super::model::{base, is_hidden};
use super::conversation::Cache;
use super::schema;

/// Beginnings of the ids of models that take no tools.
const WITHOUT_TOOLS: [&str; 1] = ["deepseek.r1"];

/// Beginnings of the ids of models that can't be told which tool to use.
const WITHOUT_CHOICE: [&str; 2] = ["deepseek.r1", "meta."];

/// Beginnings of the ids of models that read what was marked from a cache, besides Claude since 3.7.
const WITH_CACHE: [&str; 3] =
    ["amazon.nova", "anthropic.claude-3-5-haiku", "anthropic.claude-3-5-sonnet-20241022"];

/// Beginnings of the ids of models that answer in the form of a schema, besides Claude since 4.5.
const WITH_SCHEMAS: [&str; 9] = [
    "deepseek.v3",
    "minimax.minimax-m2",
    "mistral.ministral-3",
    "mistral.mistral-large-3",
    "mistral.voxtral",
    "moonshot.kimi-k2",
    "nvidia.nemotron",
    "qwen.qwen3",
    "zai.glm-5",
];

/// What a model can do.
#[expect(clippy::struct_excessive_bools, reason = "each ability is one of its own")]
struct Abilities {
    /// It is Claude, which knows more of JSON Schema.
    is_claude: bool,
    /// It answers in the form of a schema.
    structures_outputs: bool,
    /// It keeps to the schemas of tools when asked to.
    takes_strict: bool,
    takes_tools: bool,
    takes_choice: bool,
    cache: Cache,
    searches_the_web: bool,
}

impl Abilities {
    fn of(model: &str) -> Self {
        let base = base(model);
        let is = |starts: &[&str]| starts.iter().any(|start| base.starts_with(start));
        let is_claude = base.starts_with("anthropic.");
        Self {
            is_claude,
            structures_outputs: is(&WITH_SCHEMAS) || is_claude && Generation::of(base).structures_outputs(),
            takes_strict: is_claude && !Generation::of(base).refuses_sampling(),
            takes_tools: !is(&WITHOUT_TOOLS),
            takes_choice: !is(&WITHOUT_CHOICE),
            cache: if is_claude && Generation::of(base).structures_outputs() {
                Cache::Timed
            } else if is(&WITH_CACHE) || is_hidden(model) || is_claude && Generation::of(base).thinks() {
                Cache::Short
            } else {
                Cache::None
            },
            searches_the_web: base.starts_with("amazon.nova"),
        }
    }
}

/// What is asked about tools besides the tools themselves.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// Tools were called before: Converse wants them told again.
    pub(super) called_before: bool,
    /// The model thinks before it answers, and so can't be made to call a tool.
    pub(super) is_thinking: bool,
}

/// The `toolConfig`, if there are tools. Where the model has no word for a schema, the arguments of a tool are the
/// answer.
///
/// # Errors
/// When tools were called that are not told.
pub(super) fn config(
    target: &Target<'_>,
    request: &Map<String, Value>,
    asked: Asked,
    left_out: &mut Vec<String>,
) -> Result<Option<Value>, BuildError> {
    let abilities = Abilities::of(target.model);
    let offered = request.get("tools").and_then(Value::as_array).filter(|tools| !tools.is_empty());
    if offered.is_none() && asked.called_before {
        let problem = "call tools, which have to be told in `tools`".to_owned();
        return Err(BuildError::BadCall { param: "messages".to_owned(), problem });
    }
    let mut tools = Vec::new();
    let mut choice = None;
    if !answers_natively(target, request)
        && let Some(tool) = json_tool(&abilities, request, offered.is_some())
    {
        tools.push(tool);
        if abilities.takes_choice && !asked.is_thinking && !is_hidden(target.model) {
            choice = Some(json!({"tool": {"name": JSON_TOOL}}));
        }
    }
    if let Some(offered) = offered {
        if abilities.takes_tools {
            let (known, foreign): (Vec<_>, Vec<_>) = offered.iter().partition(|tool| is_known(tool));
            tools.extend(known.into_iter().flat_map(|tool| translate(&abilities, tool)));
            if !foreign.is_empty() {
                params::report(target, "tools", left_out);
            }
        } else {
            params::report(target, "tools", left_out);
        }
    }
    if let Some(wanted) = request.get("tool_choice").filter(|wanted| !wanted.is_null()) {
        if let Some(mut own) = chosen(wanted).filter(|_| abilities.takes_choice) {
            if asked.is_thinking && own.get("auto").is_none() {
                params::report(target, "tool_choice", left_out);
                own = json!({"auto": {}});
            }
            choice = Some(own);
        } else {
            params::report(target, "tool_choice", left_out);
            if wanted == "none" && !asked.called_before {
                tools.retain(|tool| tool.pointer("/toolSpec/name") == Some(&json!(JSON_TOOL)));
            }
        }
    }
    if abilities.searches_the_web && request.get("web_search_options").is_some_and(Value::is_object) {
        tools.push(json!({"systemTool": {"name": "nova_grounding"}}));
    }
    if tools.is_empty() {
        return Ok(None);
    }
    let mut config = json!({"tools": tools});
    if let Some(choice) = choice {
        config["toolChoice"] = choice;
    }
    Ok(Some(config))
}

/// The `outputConfig` of models that answer in the form of a schema.
pub(super) fn output(target: &Target<'_>, request: &Map<String, Value>) -> Option<Value> {
    if !answers_natively(target, request) {
        return None;
    }
    let format = request.get("response_format")?;
    let described = format.get("json_schema").unwrap_or(&Value::Null);
    let mut schema = schema_in(format)?.clone();
    close(&mut schema);
    let mut told = json!({"schema": schema.to_string()});
    for name in ["name", "description"] {
        if let Some(own) = described.get(name) {
            told[name] = own.clone();
        }
    }
    Some(json!({"textFormat": {"type": "json_schema", "structure": {"jsonSchema": told}}}))
}

/// What a model has to keep what it was asked before.
pub(super) fn cache(model: &str) -> Cache {
    Abilities::of(model).cache
}

/// Whether a model can be told to search the web: Amazon's own have a tool for it.
pub(super) fn searches_the_web(model: &str) -> bool {
    Abilities::of(model).searches_the_web
}

/// Whether a call can be answered in a stream: Llama calls tools in whole answers only.
pub(in crate::providers::bedrock) fn streams(model: &str, request: &Map<String, Value>) -> bool {
    let has_tools = ["tools", "response_format"].iter().any(|key| request.get(*key).is_some());
    !(has_tools && base(model).starts_with("meta."))
}

/// How Claude is told to call one tool at a time, which Converse has no field for.
pub(super) fn one_at_a_time(target: &Target<'_>) -> Option<Value> {
    let abilities = Abilities::of(target.model);
    (abilities.is_claude && abilities.structures_outputs)
        .then(|| json!({"type": "auto", "disable_parallel_tool_use": true}))
}

/// A function in Converse's form, and a mark for the cache behind it; anything else is Converse's own already.
fn translate(abilities: &Abilities, tool: &Value) -> Vec<Value> {
    let Some(function) = tool.get("function") else { return vec![tool.clone()] };
    let name = known_name(function.get("name").and_then(Value::as_str).unwrap_or_default());
    let description = function.get("description").and_then(Value::as_str);
    let mut translated = spec(abilities, &name, description, function.get("parameters"));
    if let (true, Some(strict)) = (abilities.takes_strict, function.get("strict")) {
        translated["toolSpec"]["strict"] = strict.clone();
    }
    let mut all = vec![translated];
    all.extend(abilities.cache.point(tool));
    all
}

/// A tool. Converse wants a description, for which the name has to do.
fn spec(abilities: &Abilities, name: &str, description: Option<&str>, parameters: Option<&Value>) -> Value {
    let nothing = json!({"type": "object", "properties": {}});
    let description = description.filter(|text| !text.is_empty()).unwrap_or(name);
    let mut parameters = schema::translate(parameters.unwrap_or(&nothing), abilities.is_claude);
    if let Value::Object(parameters) = &mut parameters {
        parameters.entry("type").or_insert(json!("object"));
    }
    json!({"toolSpec": {"name": name, "description": description, "inputSchema": {"json": parameters}}})
}

fn chosen(choice: &Value) -> Option<Value> {
    match choice {
        Value::String(word) => match word.as_str() {
            "auto" => Some(json!({"auto": {}})),
            "required" => Some(json!({"any": {}})),
            _ => None,
        },
        other => other
            .pointer("/function/name")
            .and_then(Value::as_str)
            .map(|name| json!({"tool": {"name": known_name(name)}})),
    }
}

/// Whether the model is asked for a schema in its own words.
fn answers_natively(target: &Target<'_>, request: &Map<String, Value>) -> bool {
    request.get("response_format").and_then(schema_in).is_some()
        && Abilities::of(target.model).structures_outputs
}

/// The tool whose input is the answer, if that has to be JSON. Without a schema it is not worth taking the caller's own
/// tools away.
fn json_tool(abilities: &Abilities, request: &Map<String, Value>, has_tools: bool) -> Option<Value> {
    let format = request.get("response_format")?;
    if let Some(schema) = schema_in(format) {
        return Some(spec(abilities, JSON_TOOL, None, Some(schema)));
    }
    let any = json!({"type": "object", "additionalProperties": true, "properties": {}});
    let is_asked = format["type"] == "json_object" && !has_tools;
    is_asked.then(|| spec(abilities, JSON_TOOL, Some(ANY_OBJECT), Some(&any)))
}

/// The schema in a `response_format`; of old it stood there by itself.
fn schema_in(format: &Value) -> Option<&Value> {
    match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => format.pointer("/json_schema/schema"),
        Some("json_object") => format.get("response_schema"),
        _ => None,
    }
}

/// Whether a tool is a function or Converse's own, and not one that only its vendor's API runs.
fn is_known(tool: &Value) -> bool {
    ["function", "toolSpec", "systemTool", "cachePoint"].iter().any(|kind| tool.get(*kind).is_some())
        && tool.get("type").is_none_or(|kind| kind == "function")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalog::Catalog;
    use crate::domain::{Deployment, Environment, Fields, Params};
    use crate::providers::find;

    const CLAUDE_3: &str = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    const NEW: Asked = Asked { called_before: false, is_thinking: false };

    /// The `toolConfig` of a client's call, and what was left out.
    fn configured(
        model: &str,
        request: &Value,
        asked: Asked,
    ) -> Result<(Option<Value>, Vec<String>), BuildError> {
        let request = request.as_object().unwrap();
        let deployment = Deployment {
            id: "1".into(),
            model_name: "m".to_owned(),
            model: format!("bedrock/{model}"),
            params: Params::new(Map::new().into()),
            info: Fields::default(),
            check: Arc::default(),
            defect: None,
        };
        let target = Target {
            deployment: &deployment,
            provider: find("bedrock").unwrap(),
            model,
            env: &Environment::default(),
            catalog: Catalog::embedded(),
            drop_params: false,
            asked: Some(request),
            azure_identity: false,
        };
        let mut left_out = Vec::new();
        Ok((config(&target, request, asked, &mut left_out)?, left_out))
    }

    #[test]
    fn functions_and_choices_are_translated() {
        let tools = json!([{"type": "function", "function": {
            "name": "now", "description": "the time", "parameters": {"type": "object", "properties": {"tz": {}}},
        }}]);
        let spec = json!({"toolSpec": {
            "name": "now", "description": "the time",
            "inputSchema": {"json": {"type": "object", "properties": {"tz": {}}}},
        }});
        let named = json!({"type": "function", "function": {"name": "now"}});
        for (choice, expected) in [
            (json!("auto"), json!({"auto": {}})),
            (json!("required"), json!({"any": {}})),
            (named, json!({"tool": {"name": "now"}})),
        ] {
            let request = json!({"tools": tools, "tool_choice": choice});
            let (config, left_out) = configured(CLAUDE_3, &request, NEW).unwrap();
            assert_eq!(config, Some(json!({"tools": [spec], "toolChoice": expected})));
            assert!(left_out.is_empty());
        }
    }

    #[test]
    fn what_a_model_has_no_word_for_is_told() {
        let tools = json!([{"type": "function", "function": {"name": "now"}}]);
        let request = |choice: &str| json!({"tools": tools, "tool_choice": choice});
        for (model, choice, unsaid) in [
            (CLAUDE_3, "none", vec!["tool_choice"]),
            ("meta.llama3-3-70b-instruct-v1:0", "auto", vec!["tool_choice"]),
            ("us.deepseek.r1-v1:0", "auto", vec!["tools", "tool_choice"]),
        ] {
            let (_, left_out) = configured(model, &request(choice), NEW).unwrap();
            assert_eq!(left_out, unsaid, "{model}");
        }
    }

    #[test]
    fn json_is_asked_for_by_a_tool() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "number"}}});
        let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
        let request = json!({"response_format": format});
        let (config, _) = configured(CLAUDE_3, &request, NEW).unwrap();
        let config = config.unwrap();
        assert_eq!(config["tools"][0]["toolSpec"]["inputSchema"]["json"], schema);
        assert_eq!(config["toolChoice"], json!({"tool": {"name": JSON_TOOL}}));
        let thinking = Asked { is_thinking: true, ..NEW };
        let (config, _) = configured(CLAUDE_3, &request, thinking).unwrap();
        assert!(config.unwrap().get("toolChoice").is_none());
        let text = json!({"response_format": {"type": "text"}});
        assert_eq!(configured(CLAUDE_3, &text, NEW).unwrap().0, None);
    }

    #[test]
    fn tools_that_were_called_have_to_be_told() {
        let called = Asked { called_before: true, ..NEW };
        assert!(configured(CLAUDE_3, &json!({}), called).is_err());
        assert_eq!(configured(CLAUDE_3, &json!({}), NEW).unwrap().0, None);
    }
}
