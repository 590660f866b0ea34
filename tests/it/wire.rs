//! The golden test: what we would send is what LiteLLM was seen to send.
//!
//! `tests/fixtures/wire/requests/*.jsonl` holds recorded requests, one case a line: environment, deployment, and
//! the requests that LiteLLM sent. The fixtures are evidence; no tool rewrites them. Where we differ on
//! purpose, `deliberate.tsv` names the case, the class of difference and the reason; an entry that does not
//! differ any more fails the test.
//!
//! Three things are put right in a recording before it is compared, so that all the rest of the case still counts:
//! what `withheld.tsv` names, because LiteLLM repeats it where it does not belong, may be absent from our request;
//! two slashes in a path are one; and the prompt of the few cases whose prompt was not recorded is not compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::domain::{Environment, WireResponse};
use llmhealth::probe::{describe, plan};

use crate::support::golden::{self, Withheld, compare, compare_headers, compare_urls, without_ids};

/// One recorded case.
#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    deployment: Value,
    requests: Vec<Value>,
    /// The canned answers, kept where a request is made of one.
    #[serde(default)]
    responses: Vec<Value>,
    /// The equally cheap models of which LiteLLM picks one at random for a wildcard.
    #[serde(default)]
    wildcard_tied: Vec<String>,
}

/// How a PNG image and a WAV sound begin in base64.
const PNG: &str = "iVBORw0KGgo";
const WAV: &str = "UklGR";

/// The service account that the recordings were made with, as far as it shows in a request.
const SERVICE_ACCOUNT: (&str, &str) =
    ("fixtures/sa.json", r#"{"type": "service_account", "project_id": "sa-project"}"#);

/// The field of a prompt that was recorded as `null`, since no prompt template could be loaded.
const UNRECORDED_PROMPT: &str = "input";

/// The two questions of which LiteLLM picks one.
const CHAT_PROMPTS: [&str; 2] = ["Hey how's it going?", "What's 1 + 1?"];

#[test]
fn recorded_requests_are_equal() {
    let catalog = Catalog::embedded();
    let (deliberate, withheld) = (deliberate(), Withheld::read(&fixtures().join("withheld.tsv")));
    let mut report = String::new();
    let mut seen = BTreeSet::new();
    for case in recorded() {
        let differences = differences(&case, catalog, &withheld);
        match (differences.is_empty(), deliberate.contains_key(case.id.as_str())) {
            (true, true) => {
                writeln!(report, "{}: equal now; take it out of deliberate.tsv", case.id).unwrap();
            }
            (false, false) => {
                writeln!(report, "{}\n    {}", case.id, differences.join("\n    ")).unwrap();
            }
            _ => {}
        }
        assert!(seen.insert(case.id.clone()), "{} is recorded twice", case.id);
    }
    for id in deliberate.keys().filter(|id| !seen.contains(*id)) {
        writeln!(report, "{id}: in deliberate.tsv, but not recorded").unwrap();
    }
    for path in withheld.unused() {
        writeln!(report, "{path}: in withheld.tsv, but in no recording that we differ from").unwrap();
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn few_differences_are_deliberate() {
    let (all, deliberate) = (recorded().len(), deliberate().len());
    assert!(
        deliberate * 20 < all,
        "{deliberate} of {all} cases differ on purpose; at most one in twenty may"
    );
}

/// Every difference between a case's main request and ours.
fn differences(case: &Case, catalog: &Catalog, withheld: &Withheld) -> Vec<String> {
    let ours = match build(case, catalog) {
        Ok(ours) => ours,
        Err(error) => return vec![format!("no request: {error}")],
    };
    let Some(mut theirs) = main_request(case).cloned() else {
        return vec!["recorded no request".to_owned()];
    };
    if let Some(model) = ours["body"]["model"].as_str()
        && case.wildcard_tied.iter().any(|tied| *tied == model || tied.ends_with(&format!("/{model}")))
    {
        for name in ["model", "model_id"] {
            if theirs["body"][name].is_string() {
                theirs["body"][name] = Value::from(model);
            }
        }
    }
    withheld.take_out(&mut theirs, &ours);
    if !is_recorded(&theirs["body"], UNRECORDED_PROMPT) {
        theirs["body"][UNRECORDED_PROMPT] = ours["body"][UNRECORDED_PROMPT].clone();
    }
    let mut found = Vec::new();
    compare("method", &theirs["method"], &ours["method"], &mut found);
    compare_urls(theirs["url"].as_str().unwrap(), ours["url"].as_str().unwrap(), &mut found);
    compare_headers(&theirs, &ours, &mut found);
    compare("body", &comparable(&theirs["body"]), &comparable(&ours["body"]), &mut found);
    compare("multipart", &parts(&theirs["multipart"]), &parts(&ours["multipart"]), &mut found);
    found
}

/// What we would send, as `llmhealth plan --format json --show-secrets` tells it.
fn build(case: &Case, catalog: &Catalog) -> Result<Value, String> {
    let config = json!({"model_list": [case.deployment]}).to_string();
    let mut env: Environment = case.env.iter().collect();
    env.set_document(SERVICE_ACCOUNT.0, SERVICE_ACCOUNT.1);
    let loaded = load_text(config, Path::new("config.yaml"), env).map_err(|error| error.to_string())?;
    let config = loaded.config;
    let deployment = config.fleet.all().first().ok_or("no deployment")?;
    let mut planned =
        plan(deployment, &config.settings.probe, &config.env, catalog).map_err(|error| error.to_string())?;
    if let (Some(_), Some(found)) = (planned.request.look_up.take(), case.responses.first()) {
        let aimed = planned.provider.adapter.aim(planned.request, &answer(found));
        planned.request = aimed.map_err(|error| error.to_string())?;
    }
    Ok(describe(&planned.request, true))
}

/// A canned answer.
fn answer(recorded: &Value) -> WireResponse {
    WireResponse {
        status: 200,
        headers: HeaderMap::new(),
        body: Bytes::from(recorded["body"].as_str().unwrap().to_owned()),
    }
}

/// The first request that is neither a token fetch nor a look-up of a model.
fn main_request(case: &Case) -> Option<&Value> {
    let is_side = |request: &&Value| {
        let url = request["url"].as_str().unwrap_or_default();
        let look_ups = ["/api/show", "/v2/lm/", "/api/v1/models/", "https://huggingface.co/api/models/"];
        ["/oauth2/", "/.well-known/", "://sts."].iter().chain(&look_ups).any(|part| url.contains(part))
            || url.ends_with("/token")
            || url.ends_with("/oauth")
    };
    case.requests.iter().find(|request| !is_side(request))
}

/// Whether a field is there with a value; a prompt that could not be made was recorded as `null`.
fn is_recorded(body: &Value, field: &str) -> bool {
    body.get(field) != Some(&Value::Null)
}

/// A body in which either chat prompt reads the same, and any two files of one type.
fn comparable(body: &Value) -> Value {
    match body {
        Value::String(text) if text.starts_with("data:") => Value::from(text.split(',').next().unwrap()),
        Value::String(text) if text.starts_with(PNG) => Value::from("<image>"),
        Value::String(text) if text.starts_with(WAV) => Value::from("<sound>"),
        // Some formats put the prompt into a longer text.
        Value::String(text) => CHAT_PROMPTS
            .iter()
            .fold(without_ids(text), |text, prompt| text.replace(prompt, "<prompt>"))
            .into(),
        Value::Array(items) => items.iter().map(comparable).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), comparable(value))).collect()
        }
        other => other.clone(),
    }
}

/// Multipart parts in a fixed order, without what differs between two files of one kind.
fn parts(multipart: &Value) -> Value {
    let Value::Array(parts) = multipart else {
        return Value::Null;
    };
    let mut parts: Vec<Value> = parts
        .iter()
        .map(|part| {
            let mut part = part.clone();
            if let Value::Object(fields) = &mut part {
                fields
                    .retain(|name, _| ["name", "value", "filename", "content_type"].contains(&name.as_str()));
            }
            part
        })
        .collect();
    parts.sort_by_key(|part| part["name"].to_string());
    Value::from(parts)
}

/// All recorded cases.
fn recorded() -> Vec<Case> {
    golden::cases(&fixtures().join("requests"))
}

/// The cases that differ on purpose, each with class and reason.
fn deliberate() -> BTreeMap<String, (String, String)> {
    golden::tsv(&fixtures().join("deliberate.tsv"))
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire")
}
