//! Reads the credentials documents that deployments name by path, and AWS's configuration file.
//!
//! A service account's document says which project it belongs to, and with that where requests go. What
//! is secret in it is known from the start, whatever an upstream echoes later.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Deployment, Environment, GoogleCredential};

use super::secrets::Secrets;
use super::source::Source;

/// Real documents have about 2 KiB.
const LIMIT: u64 = 64 * 1024;

/// Reads every document once. One that can't be read is left out here, and reported by the probe that
/// needs it: until then it may have appeared. Answers with the files that were looked for.
pub(super) fn read(
    deployments: &[Arc<Deployment>],
    env: &mut Environment,
    secrets: &mut Secrets,
) -> Vec<Source> {
    let named = deployments
        .iter()
        .flat_map(|deployment| GoogleCredential::PARAMS.iter().filter_map(|key| deployment.params.str(key)));
    let mut named: HashSet<String> = named.map(str::to_owned).collect();
    named.extend(GoogleCredential::VARIABLES.iter().filter_map(|name| env.get(name)).map(str::to_owned));
    if deployments.iter().any(|deployment| deployment.model.starts_with("chatgpt/")) {
        named.insert(env.chatgpt_login());
    }
    let mut sources = Vec::new();
    // Its profiles have regions, which requests go to. Keys are in another file.
    if let Some(path) = env.aws_config_file()
        && let Ok(text) = read_one(&path)
    {
        sources.push(Source::read(Path::new(&path), &text));
        env.set_document(path, text);
    }
    for text in named {
        match GoogleCredential::of_text(&text) {
            GoogleCredential::File(path) => match read_one(&path) {
                Ok(text) => {
                    sources.push(Source::read(Path::new(&path), &text));
                    if learn(&text, secrets) {
                        env.set_document(path, text);
                    }
                }
                Err(_) => sources.push(Source::missing(Path::new(&path))),
            },
            _ => {
                learn(&text, secrets);
            }
        }
    }
    sources
}

/// Learns what is secret in a document; false when it is none.
fn learn(text: &str, secrets: &mut Secrets) -> bool {
    let document = serde_json::from_str::<Value>(text);
    if let Ok(document) = &document {
        secrets.scan(document);
    }
    document.is_ok()
}

/// The text of a file. A pipe or device is none, since reading it may take forever.
fn read_one(path: &str) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    File::open(path)?.take(LIMIT).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::load_text;
    use crate::domain::Redactor;

    #[test]
    fn a_named_document_is_kept_and_its_secrets_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sa.json");
        let path = path.to_str().unwrap();
        let document =
            json!({"type": "service_account", "project_id": "p1", "private_key": "-----BEGIN x-----\nabc\n"});
        fs::write(path, document.to_string()).unwrap();
        let entry = |credentials: &str| {
            let params = json!({"model": "vertex_ai/gemini-2.5-flash", "vertex_credentials": credentials});
            json!({"model_name": "m", "litellm_params": params})
        };
        let config = json!({"model_list": [entry(path), entry("/nowhere/sa.json"), entry("{\"a\": 1}")]});
        let loaded = load_text(config.to_string(), "c.yaml".as_ref(), Environment::default()).unwrap();
        assert_eq!(loaded.config.env.document(path), Some(document.to_string().as_str()));
        assert_eq!(loaded.config.env.document("/nowhere/sa.json"), None);
        let redactor: &Redactor = &loaded.config.redactor;
        assert!(!redactor.clean("it said -----BEGIN x-----\nabc\n").contains("abc"));
    }

    #[test]
    fn a_document_in_a_variable_is_known_too() {
        let env = [("VERTEXAI_CREDENTIALS", r#"{"private_key": "-----BEGIN y-----"}"#)];
        let loaded = load_text("model_list: []", "c.yaml".as_ref(), env.into_iter().collect()).unwrap();
        assert_eq!(loaded.config.redactor.clean("-----BEGIN y-----"), "[redacted]");
    }
}
