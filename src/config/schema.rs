//! The JSON Schema of a configuration, for editors. Made of the table of keys.

use serde_json::{Map, Value, json};

use super::keys::{self, Section, Type, Unknown};

/// A schema of every key that is known. It allows what LiteLLM's other sections may hold.
#[must_use]
pub fn schema() -> Value {
    let mut entry = object(&keys::ENTRY);
    set(&mut entry, "litellm_params", object(&keys::PARAMS));
    let mut info = object(&keys::INFO);
    let mut deployment = object(&keys::DEPLOYMENT);
    let mut window = object(&keys::MAINTENANCE);
    window["required"] = json!(["cron", "duration"]);
    deployment["properties"]["maintenance"]["items"] = window;
    set(&mut info, "llmhealth", deployment);
    set(&mut info, "allowed_fails_policy", object(&keys::FAIL_POLICY));
    set(&mut entry, "model_info", info);
    entry["required"] = json!(["model_name", "litellm_params"]);
    entry["properties"]["litellm_params"]["required"] = json!(["model"]);

    let mut ours = object(&keys::OURS);
    set(&mut ours, "probe", object(&keys::PROBE));
    set(&mut ours, "thresholds", object(&keys::THRESHOLDS));
    set(&mut ours, "metrics", object(&keys::METRICS));
    set(&mut ours, "readiness", object(&keys::READINESS));
    set(&mut ours, "reload", object(&keys::RELOAD));
    set(&mut ours, "server", object(&keys::SERVER));
    let mut key = object(&keys::ACCESS_KEY);
    key["required"] = json!(["name", "key"]);
    ours["properties"]["keys"]["items"] = key;

    let mut root = object(&keys::ROOT);
    root["properties"]["model_list"]["items"] = entry;
    set(&mut root, "general_settings", object(&keys::GENERAL));
    set(&mut root, "litellm_settings", object(&keys::LITELLM));
    let mut router = object(&keys::ROUTER);
    set(&mut router, "allowed_fails_policy", object(&keys::FAIL_POLICY));
    set(&mut root, "router_settings", router);
    set(&mut root, "llmhealth", ours);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("LiteLLM configuration with llmhealth's additions");
    root
}

/// Puts the schema of a section where its key is, keeping the key's description.
fn set(parent: &mut Value, key: &str, mut section: Value) {
    let slot = &mut parent["properties"][key];
    if let Some(about) = slot.get("description") {
        section["description"] = about.clone();
    }
    *slot = section;
}

fn object(section: &Section) -> Value {
    let mut properties = Map::new();
    for key in section.keys {
        let mut schema = of_type(key.kind);
        schema["description"] = json!(key.about);
        properties.insert(key.name.to_owned(), schema);
    }
    for name in section.others.split_whitespace() {
        properties.insert(name.to_owned(), json!({}));
    }
    let mut schema = json!({ "type": ["object", "null"], "properties": properties });
    if section.unknown == Unknown::Refused {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

/// Null means absent everywhere.
fn of_type(kind: Type) -> Value {
    match kind {
        Type::Any => json!({}),
        Type::Bool => json!({ "type": ["boolean", "null"] }),
        Type::Text => json!({ "type": ["string", "null"] }),
        Type::Texts => json!({ "type": ["array", "null"], "items": { "type": "string" } }),
        Type::Mapping => json!({ "type": ["object", "null"] }),
        Type::List => json!({ "type": ["array", "null"] }),
        Type::Integer => json!({ "type": ["integer", "null"] }),
        Type::Natural => json!({ "type": ["integer", "null"], "minimum": 0 }),
        Type::Count => json!({ "type": ["integer", "null"], "minimum": 1 }),
        Type::Seconds => json!({ "type": ["number", "null"], "exclusiveMinimum": 0 }),
        Type::Duration => json!({ "type": ["string", "number", "null"], "minimum": 0 }),
        Type::Interval => json!({ "type": ["string", "number", "null"], "minimum": 1 }),
        Type::Amount => json!({ "type": ["number", "null"], "minimum": 0 }),
        Type::Ratio => json!({ "type": ["number", "null"], "minimum": 0, "maximum": 1 }),
        Type::Counts => {
            json!({ "type": ["object", "null"], "additionalProperties": { "type": "integer", "minimum": 1 } })
        }
        Type::Host => json!({ "type": "string" }),
        Type::Connectivity => {
            let hosts = json!({ "type": "array", "items": of_type(Type::Host) });
            json!({ "anyOf": [{ "enum": ["auto", false, null] }, hosts] })
        }
        Type::Method => json!({ "enum": ["request", "models", "tcp", null] }),
        Type::Role => json!({ "enum": ["viewer", "admin", null] }),
    }
}
