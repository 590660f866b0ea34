//! Reads a list of models in LiteLLM's own format: `model_prices_and_context_window.json`.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

/// Why a list of models can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It is not a JSON object.
    #[error("it is not a JSON object of models: {0}")]
    NotJson(#[source] serde_json::Error),
    /// An entry is not one of a model.
    #[error("entry `{name}`: {problem}")]
    Entry {
        /// The model's name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There are no models in it.
    #[error("it lists no models")]
    Empty,
}

/// The entry that explains the others.
const SAMPLE: &str = "sample_spec";

/// How entries are named that price whole classes of models.
const PRICE_CLASSES: [&str; 2] = ["fireworks-ai-", "together-ai-"];

/// The same as a table like the one that is compiled in.
pub(super) fn table(json: &str) -> Result<String, CatalogError> {
    let listed: BTreeMap<String, Value> = serde_json::from_str(json).map_err(CatalogError::NotJson)?;
    let mut table = String::with_capacity(json.len() / 4);
    for (name, entry) in &listed {
        if is_model(name) {
            let row =
                row(name, entry).map_err(|problem| CatalogError::Entry { name: name.clone(), problem })?;
            table.push_str(&row);
        }
    }
    if table.is_empty() { Err(CatalogError::Empty) } else { Ok(table) }
}

fn is_model(name: &str) -> bool {
    name != SAMPLE
        && name.rsplit('/').next() != Some("container")
        && !PRICE_CLASSES.iter().any(|class| name.starts_with(class))
}

fn row(name: &str, entry: &Value) -> Result<String, String> {
    let fields = entry.as_object().ok_or("has to be an object")?;
    let provider = text(fields, "litellm_provider")?.ok_or("has no `litellm_provider`")?;
    let mode = text(fields, "mode")?.unwrap_or_default();
    if [name, provider, mode].iter().any(|text| text.contains(char::is_control)) || name.is_empty() {
        return Err("its name, provider or mode holds characters that no name has".to_owned());
    }
    let reasons = match fields.get("supports_reasoning") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(reasons)) => *reasons,
        Some(_) => return Err("`supports_reasoning` has to be true or false".to_owned()),
    };
    let mut row = format!("{name}\t{provider}\t{mode}\t{}", u8::from(reasons));
    for key in ["input_cost_per_token", "output_cost_per_token"] {
        let cost = cost(fields, key)?.map(|cost| cost.to_string()).unwrap_or_default();
        // Writing into a text can't fail.
        let _ = write!(row, "\t{cost}");
    }
    row.push('\n');
    Ok(row)
}

fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{key}` has to be a text")),
    }
}

fn cost(fields: &Map<String, Value>, key: &str) -> Result<Option<f64>, String> {
    let cost = match fields.get(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    match cost {
        Some(cost) if cost.is_finite() && cost >= 0.0 => Ok(Some(cost)),
        _ => Err(format!("`{key}` has to be a number of dollars")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_sorted_and_what_is_none_is_left_out() {
        let json = r#"{
            "sample_spec": {"mode": "one of: chat, embedding", "input_cost_per_token": "a number"},
            "z": {"litellm_provider": "openai", "mode": "chat", "supports_reasoning": true,
                  "input_cost_per_token": 1e-6, "output_cost_per_token": "2e-6", "max_tokens": 4096},
            "openai/container": {"litellm_provider": "openai", "mode": "chat"},
            "together-ai-up-to-4b": {"litellm_provider": "together_ai", "input_cost_per_token": 1e-7},
            "a": {"litellm_provider": "cohere", "mode": "rerank", "input_cost_per_token": null}
        }"#;
        assert_eq!(
            table(json).unwrap(),
            "a\tcohere\trerank\t0\t\t\nz\topenai\tchat\t1\t0.000001\t0.000002\n"
        );
    }

    #[test]
    fn a_bad_entry_is_named() {
        let words = |json: &str| table(json).unwrap_err().to_string();
        for (entry, problem) in [
            ("[]", "has to be an object"),
            ("{}", "has no `litellm_provider`"),
            (r#"{"litellm_provider": 1}"#, "`litellm_provider` has to be a text"),
            (
                r#"{"litellm_provider": "x", "input_cost_per_token": "cheap"}"#,
                "`input_cost_per_token` has to be a number of dollars",
            ),
        ] {
            assert_eq!(words(&format!(r#"{{"m": {entry}}}"#)), format!("entry `m`: {problem}"));
        }
        assert_eq!(words("{}"), "it lists no models");
        assert!(words("[1]").starts_with("it is not a JSON object of models"));
    }
}
