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

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::domain::{Environment, WireResponse};
use llmhealth::probe::{describe, plan};

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

/// Headers that neither identify nor authorise.
const IGNORED_HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "date",
    "host",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-content-sha256",
];

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
    let (deliberate, withheld) = (deliberate(), Withheld::read());
    let mut report = String::new();
    let mut seen = BTreeSet::new();
    for case in cases() {
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
    let (all, deliberate) = (cases().len(), deliberate().len());
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

/// What LiteLLM repeats where it does not belong, so that our request may lack it.
struct Withheld {
    /// `body.name`, `body.parameters.name`, `multipart.name` or `headers.name`.
    paths: BTreeSet<String>,
    used: RefCell<BTreeSet<String>>,
}

impl Withheld {
    fn read() -> Self {
        let paths = tsv("withheld.tsv").into_keys().collect();
        Self { paths, used: RefCell::default() }
    }

    /// Takes out of a recorded request what ours lacks on purpose.
    fn take_out(&self, theirs: &mut Value, ours: &Value) {
        for path in &self.paths {
            let (parent, name) = path.rsplit_once('.').unwrap();
            let parent = format!("/{}", parent.replace('.', "/"));
            if ours.pointer(&parent).is_some_and(|ours| ours.get(name).is_some()) {
                continue;
            }
            let is_taken = match theirs.pointer_mut(&parent) {
                Some(Value::Object(headers)) if parent == "/headers" => {
                    is_repeated(headers, name) && headers.shift_remove(name).is_some()
                }
                Some(Value::Object(fields)) => fields.shift_remove(name).is_some(),
                Some(Value::Array(parts)) => {
                    let before = parts.len();
                    parts.retain(|part| part["name"] != name);
                    parts.len() < before
                }
                _ => false,
            };
            if is_taken {
                self.used.borrow_mut().insert(path.clone());
            }
        }
    }

    fn unused(&self) -> Vec<String> {
        self.paths.difference(&self.used.borrow()).cloned().collect()
    }
}

/// Whether a header's value is the token that another header carries already.
fn is_repeated(headers: &Map<String, Value>, name: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(Value::as_str);
    text(name).is_some_and(|token| text("authorization") == Some(&format!("Bearer {token}")))
}

fn compare(what: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for name in names {
                let of = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                compare(&format!("{what}.{name}"), &of(theirs), &of(ours), found);
            }
        }
        _ if same(theirs, ours) => {}
        _ => found.push(format!("{what}: recorded {}, ours {}", short(theirs), short(ours))),
    }
}

/// Equal as JSON; `1` and `1.0` are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

fn compare_urls(theirs: &str, ours: &str, found: &mut Vec<String>) {
    let (theirs, ours) = (Url::parse(theirs).unwrap(), Url::parse(ours).unwrap());
    let place = |url: &Url| {
        let path = without_ids(&url.path().replace("%3Cuuid%3E", "<uuid>"));
        Value::from(format!("{}{path}", url.origin_text()))
    };
    let mut expected = with_unknown_id(theirs.clone(), &ours);
    expected.set_path(&with_one_slash(expected.path()));
    compare("url", &place(&expected), &place(&ours), found);
    let query = |url: &Url| -> Value {
        let mut pairs: Vec<String> =
            url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.sort();
        Value::from(pairs)
    };
    compare("query", &query(&theirs), &query(&ours), found);
}

/// A path in which no two slashes follow each other.
fn with_one_slash(path: &str) -> String {
    let mut path = path.to_owned();
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    path
}

/// A URL without the id that we look up before we send, which a plan does not know.
fn with_unknown_id(mut theirs: Url, ours: &Url) -> Url {
    const UNKNOWN: &str = "%7Bdeployment%7D";
    let segments = |url: &Url| url.path().split('/').map(str::to_owned).collect::<Vec<_>>();
    let mut path = segments(&theirs);
    if let Some(at) = segments(ours).iter().position(|segment| segment == UNKNOWN)
        && let Some(segment) = path.get_mut(at)
    {
        UNKNOWN.clone_into(segment);
        theirs.set_path(&path.join("/"));
    }
    theirs
}

/// Scheme, host and port as text: `Url::origin` knows those of `http` and `https` only.
trait OriginText {
    fn origin_text(&self) -> String;
}

impl OriginText for Url {
    fn origin_text(&self) -> String {
        let port = self.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", self.scheme(), self.host_str().unwrap_or_default())
    }
}

fn compare_headers(theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    let fetched = !ours["auth"].is_null();
    let headers = |request: &Value| -> Value {
        let Value::Object(all) = &request["headers"] else {
            return json!({});
        };
        all.iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .filter(|(name, _)| !IGNORED_HEADERS.contains(&name.as_str()) && !name.starts_with("x-stainless"))
            // A token that has to be fetched first is not part of a plan.
            .filter(|(name, value)| !(fetched && (name == "authorization" || is_fetched(name, value))))
            .map(|(name, value)| {
                let value = match (name.as_str(), value.as_str()) {
                    ("content-type", Some(text)) => Value::from(text.split(';').next().unwrap()),
                    (_, Some(text)) => Value::from(without_ids(text)),
                    _ => value.clone(),
                };
                (name, value)
            })
            .collect::<Map<_, _>>()
            .into()
    };
    let (theirs_named, mut ours_named) = (headers(theirs), headers(ours));
    if theirs_named.get("content-type").is_none()
        && let Value::Object(named) = &mut ours_named
    {
        // A JSON body is JSON also where LiteLLM does not say so.
        named.remove("content-type");
    }
    compare("headers", &theirs_named, &ours_named, found);
    if fetched && theirs["headers"].get("authorization").is_none() {
        found.push(format!("auth: recorded none, ours {}", ours["auth"]));
    }
}

/// Whether a header holds what the recorded token service gave out.
fn is_fetched(name: &str, value: &Value) -> bool {
    name == "x-amz-security-token" && value == "stsTokenFake"
}

/// A text in which every UUID reads as the recordings show it.
fn without_ids(text: &str) -> String {
    let is_id = |word: &&str| {
        word.len() == 36
            && word.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
    };
    let found = (0..text.len()).find_map(|at| text.get(at..at + 36).filter(is_id));
    found.map_or_else(|| text.to_owned(), |id| text.replace(id, "<uuid>"))
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

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// All recorded cases, file by file.
fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = fs::read_dir(fixtures().join("requests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    let parse = |line: &str| serde_json::from_str(line).unwrap();
    files
        .iter()
        .flat_map(|file| fs::read_to_string(file).unwrap().lines().map(parse).collect::<Vec<_>>())
        .collect()
}

/// The cases that differ on purpose, each with class and reason.
fn deliberate() -> BTreeMap<String, (String, String)> {
    tsv("deliberate.tsv")
}

/// A fixture of three columns: what, class and reason.
fn tsv(name: &str) -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(fixtures().join(name)).unwrap();
    let mut entries = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        assert_eq!(columns.len(), 3, "{name}: `{line}` should be three columns with tabs between");
        let (what, class, reason) = (columns[0], columns[1], columns[2]);
        assert!(!reason.is_empty(), "{name}: say why of {what}");
        let old = entries.insert(what.to_owned(), (class.to_owned(), reason.to_owned()));
        assert!(old.is_none(), "{name}: {what} is there twice");
    }
    entries
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire")
}
