//! The golden tests of chat: what providers are sent, and what clients get of their answers, is what LiteLLM was
//! seen to do.
//!
//! `tests/fixtures/chat/{requests,responses,streams}/*.jsonl` hold the recordings, a file per provider and a case a
//! line; those below `own` we made in the same way, of what the first ones left out, of further hosts that speak
//! OpenAI's format (`wide.jsonl`), further models of theirs (`models.jsonl`) and the other endpoints for text
//! (`modes.jsonl`); these three hold where we do as LiteLLM does, so that it stays so. They are evidence; no tool rewrites
//! them. Meanings are compared, not bytes: absent, null and empty are one, and so are two JSON texts that differ in
//! spaces.
//!
//! Where we differ on purpose, `deliberate.tsv` names the case, the class of difference and the reason; an entry that
//! does not differ any more fails the test.

mod ask;
mod claude;
mod kin;
mod meaning;
mod requests;
mod responses;
mod streams;
mod unrecorded;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::support::golden::{self, cases};

/// One recorded case, of any part.
#[derive(Deserialize)]
struct Case {
    id: String,
    provider: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Which endpoint was asked; chat unless it says otherwise.
    endpoint: Option<String>,
    /// What LiteLLM was configured with: `litellm_params`.
    deployment: Value,
    /// What the client asked, without `model`.
    request: Map<String, Value>,
    /// What the provider was sent.
    wire: Option<Value>,
    /// How LiteLLM ended the call.
    error: Option<Value>,
    /// Which answer the provider gave.
    #[serde(default)]
    reply: String,
    upstream: Option<Upstream>,
    /// The answers to later polls.
    #[serde(default)]
    more_upstream: Vec<Upstream>,
    /// What the client got of a whole answer.
    result: Option<Value>,
    /// What the client got of a stream.
    #[serde(default)]
    chunks: Vec<Value>,
}

/// What a provider answered.
#[derive(Deserialize)]
struct Upstream {
    status: u16,
    #[serde(default)]
    content_type: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(alias = "body")]
    text: Option<String>,
    bytes_b64: Option<String>,
}

impl Upstream {
    fn bytes(&self) -> Vec<u8> {
        match (&self.text, &self.bytes_b64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(bytes)) => STANDARD.decode(bytes).unwrap(),
            (None, None) => Vec::new(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// Compares what was found, per case, with what may differ. The ids of a part's cases have a prefix.
fn judge(prefix: &str, found: &[(Case, Vec<String>)]) {
    let mut report = String::new();
    let deliberate = golden::tsv(&fixtures().join("deliberate.tsv"));
    let mut seen = BTreeSet::new();
    for (case, differences) in found {
        assert!(seen.insert(case.id.as_str()), "{} is recorded twice", case.id);
        match (differences.is_empty(), deliberate.contains_key(&case.id)) {
            (true, true) => {
                writeln!(report, "{}: equal now; take it out of deliberate.tsv", case.id).unwrap();
            }
            (false, false) => {
                writeln!(report, "{}\n    {}", case.id, differences.join("\n    ")).unwrap();
            }
            _ => {}
        }
    }
    for id in deliberate.keys().filter(|id| id.starts_with(prefix) && !seen.contains(id.as_str())) {
        writeln!(report, "{id}: in deliberate.tsv, but not recorded").unwrap();
    }
    assert!(report.is_empty(), "\n{report}");
}

/// All recordings of a part.
fn recorded(part: &str) -> Vec<Case> {
    let mut all: Vec<Case> = cases(&fixtures().join(part));
    all.extend(cases(&fixtures().join("own").join(part)));
    all
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/chat")
}
