//! The built program, as its users run it: exit codes, output, signals.

mod check;
mod daemon;
mod demo;
mod health;
mod offline;
mod plan;
mod process;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::loopback::{canned, json_reply};

/// The key of the deployments in these tests. It must not show anywhere.
const KEY: &str = "sk-upstream-0123456789abcdef";
/// The master key of the daemons in these tests.
const MASTER_KEY: &str = "sk-master-9876";

/// A configuration file that goes with the value.
struct ConfigFile {
    folder: TempDir,
}

impl ConfigFile {
    fn new(text: &str) -> Self {
        let file = Self { folder: tempfile::tempdir().unwrap() };
        file.write(text);
        file
    }

    /// Deployments by public name and base URL, and a master key.
    fn of(deployments: &[(&str, &str)]) -> Self {
        Self::new(&config_of(deployments))
    }

    fn write(&self, text: &str) {
        std::fs::write(self.path(), text).unwrap();
    }

    fn path(&self) -> String {
        self.folder.path().join("config.yaml").to_str().unwrap().to_owned()
    }
}

fn config_of(deployments: &[(&str, &str)]) -> String {
    let entries: Vec<Value> = deployments
        .iter()
        .map(|(name, base)| {
            json!({
                "model_name": name,
                "litellm_params": {"model": "openai/gpt-4o-mini", "api_base": base, "api_key": KEY},
                "model_info": {"id": format!("id-{name}")},
            })
        })
        .collect();
    json!({"model_list": entries, "general_settings": {"master_key": MASTER_KEY}}).to_string()
}

/// The base URL of a provider that answers every chat request well.
async fn good_provider() -> String {
    let body = crate::support::fleet::chat_answer().to_string();
    let (address, _) = canned(json_reply(200, "connection: close\r\n", &body)).await;
    format!("http://{address}/v1")
}

/// The base URL of a provider that refuses every key, and says it aloud.
async fn refusing_provider() -> String {
    let body = json!({"error": {"message": format!("Incorrect API key provided: {KEY}"), "code": "invalid_api_key"}});
    let (address, _) = canned(json_reply(401, "connection: close\r\n", &body.to_string())).await;
    format!("http://{address}/v1")
}
