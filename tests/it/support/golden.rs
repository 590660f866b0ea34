//! Comparing what we send with what was recorded.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

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

/// Every difference between two JSON values; absent is null.
pub fn compare(what: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for name in names {
                let of = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                compare(&format!("{what}.{name}"), &of(theirs), &of(ours), found);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (at, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                compare(&format!("{what}[{at}]"), theirs, ours, found);
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

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Every difference between two URLs; the order of a query is free.
pub fn compare_urls(theirs: &str, ours: &str, found: &mut Vec<String>) {
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

/// Every difference between the headers of two requests, and in how they are authorised.
pub fn compare_headers(theirs: &Value, ours: &Value, found: &mut Vec<String>) {
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

/// A text in which every UUID reads as the recordings show it.
pub fn without_ids(text: &str) -> String {
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

/// What LiteLLM repeats where it does not belong, so that our request may lack it.
pub struct Withheld {
    /// `body.name`, `body.parameters.name`, `multipart.name` or `headers.name`.
    paths: BTreeSet<String>,
    used: RefCell<BTreeSet<String>>,
}

impl Withheld {
    pub fn read(file: &Path) -> Self {
        let paths = tsv(file).into_keys().collect();
        Self { paths, used: RefCell::default() }
    }

    /// Takes out of a recorded request what ours lacks on purpose.
    pub fn take_out(&self, theirs: &mut Value, ours: &Value) {
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

    pub fn unused(&self) -> Vec<String> {
        self.paths.difference(&self.used.borrow()).cloned().collect()
    }
}

/// All recorded cases below a folder, file by file; a case a line.
pub fn cases<T: DeserializeOwned>(folder: &Path) -> Vec<T> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
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

/// A fixture of three columns: what, class and reason.
pub fn tsv(file: &Path) -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(file).unwrap();
    let name = file.display();
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

/// Whether a header holds what the recorded token service gave out.
fn is_fetched(name: &str, value: &Value) -> bool {
    name == "x-amz-security-token" && value == "stsTokenFake"
}

/// Whether a header's value is the key that another header carries already.
fn is_repeated(headers: &Map<String, Value>, name: &str) -> bool {
    let Some(key) = headers.get(name).and_then(Value::as_str) else { return false };
    let bearer = format!("Bearer {key}");
    headers.iter().any(|(other, value)| other != name && (value == key || *value == bearer))
}
