//! A checker over a scripted transport, made from a configuration as users write it.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use llmhealth::config::{Config, load_text};
use llmhealth::domain::Environment;
use llmhealth::probe::{Checked, Checker, Report, Scope, Source};
use llmhealth::state::Board;
use serde_json::{Value, json};

use super::scripted::ScriptedTransport;

/// A checker with everything that a test may want to look at.
pub struct Fleet {
    pub config: Arc<ArcSwap<Config>>,
    pub board: Arc<Board>,
    pub checker: Arc<Checker>,
    pub transport: Arc<ScriptedTransport>,
}

impl Fleet {
    /// A fleet of this configuration.
    pub fn new(yaml: &str, transport: Arc<ScriptedTransport>) -> Self {
        let config = Arc::new(ArcSwap::from_pointee(config(yaml)));
        let board = Arc::new(Board::new());
        let checker = Checker::new(Arc::clone(&config), transport.clone(), Arc::clone(&board));
        Self { config, board, checker, transport }
    }

    /// Checks everything.
    pub async fn check(&self) -> Arc<Report> {
        self.checker.check(Scope::All, Source::Http).await
    }

    /// Checks everything and hands out the only deployment.
    pub async fn check_one(&self) -> Checked {
        let report = self.check().await;
        assert_eq!(report.checked.len(), 1);
        report.checked[0].clone()
    }

    /// Puts another configuration in force.
    pub fn reload(&self, yaml: &str) {
        self.checker.reload(Arc::new(config(yaml)));
    }
}

/// A configuration from its text, without any environment.
pub fn config(yaml: &str) -> Config {
    load_text(yaml, Path::new("config.yaml"), Environment::default()).unwrap().config
}

/// A configuration of chat deployments: id and host of each, and more YAML after the list.
pub fn chat_fleet(deployments: &[(&str, &str)], rest: &str) -> String {
    let entries: Vec<Value> = deployments
        .iter()
        .map(|(id, host)| {
            json!({
                "model_name": "m",
                "litellm_params": {
                    "model": "openai/gpt-4o-mini",
                    "api_base": format!("http://{host}/v1"),
                    "api_key": "sk-test-0123456789",
                },
                "model_info": {"id": id},
            })
        })
        .collect();
    format!("model_list: {}\n{rest}", Value::from(entries))
}

/// A chat answer.
pub fn chat_answer() -> Value {
    json!({
        "id": "c1",
        "object": "chat.completion",
        "model": "gpt-4o-mini",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": "2"},
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
    })
}
