//! Compares a mapping with the table of keys.

use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

use url::Url;

use crate::domain::{Method, Role};

use super::Connectivity;
use super::files::Findings;
use super::keys::{Key, Section, Type, Unknown, Wrong};
use super::yaml::{Entry, Kind, Node};

/// Checks mappings, and remembers what it has looked up: a fleet repeats the same keys thousands of times.
#[derive(Default)]
pub(super) struct Checker {
    /// Per section, what is known of the names that are not keys of ours.
    strangers: HashMap<&'static str, HashMap<String, Stranger>>,
}

/// A name that is not a key of ours.
#[derive(Debug, Clone, Copy)]
enum Stranger {
    /// It means something to LiteLLM.
    Known,
    /// Nothing is known of it, but it may be a slip for this one.
    Unknown(Option<&'static str>),
}

impl Checker {
    /// Reports unknown keys and wrong types of one mapping. Says nothing of what is in its values.
    pub(super) fn section(
        &mut self,
        section: &'static Section,
        path: &dyn Display,
        node: &Node,
        findings: &mut Findings,
    ) {
        for entry in node.entries() {
            let name = entry.name();
            if let Some(key) = section.key(&name) {
                if !fits(key.kind, &entry.value) {
                    check_type(key, path, entry, findings);
                }
            } else if let Stranger::Unknown(suggestion) = self.stranger(section, &name) {
                report_unknown(section, path, entry, suggestion, findings);
            }
        }
    }

    fn stranger(&mut self, section: &'static Section, name: &str) -> Stranger {
        let strangers = self.strangers.entry(section.name).or_default();
        if let Some(&stranger) = strangers.get(name) {
            return stranger;
        }
        let stranger = if section.names().any(|known| known == name) {
            Stranger::Known
        } else {
            Stranger::Unknown(closest(name, section.names()))
        };
        strangers.insert(name.to_owned(), stranger);
        stranger
    }
}

fn report_unknown(
    section: &Section,
    path: &dyn Display,
    entry: &Entry,
    suggestion: Option<&str>,
    findings: &mut Findings,
) {
    let name = entry.name();
    let hint = suggestion.map(|known| format!("did you mean `{known}`?"));
    // Names under which people keep their anchors.
    let is_extension = name.starts_with(['_', '.']) || name.starts_with("x-");
    let at = Some(entry.key.at);
    match section.unknown {
        Unknown::Refused => {
            let hint = hint.or_else(|| Some(format!("known here: {}", list(section.names()))));
            findings.fatal(at, join(path, &name), "there is no such key", hint);
        }
        Unknown::Warned if is_extension => {}
        Unknown::Suggested if suggestion.is_none() => {}
        Unknown::Warned | Unknown::Suggested => {
            findings.warning(at, join(path, &name), "this key is not known and has no effect", hint);
        }
    }
}

/// The path of a key below a path, which is put together only here: a fleet is large and has few mistakes.
pub(super) fn join(path: &dyn Display, name: &str) -> String {
    let mut whole = path.to_string();
    if !whole.is_empty() {
        whole.push('.');
    }
    whole.push_str(name);
    whole
}

/// The name that was probably meant.
pub(super) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', ' '], "_");
    let name = plain(name);
    let allowed = match name.len() {
        0..=3 => 0,
        4..=7 => 1,
        8..=15 => 2,
        _ => 3,
    };
    known
        .map(|candidate| (strsim::osa_distance(&name, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether a value is what its key takes. Null always is: it means absent.
pub(super) fn fits(kind: Type, node: &Node) -> bool {
    match (kind, &node.kind) {
        (_, Kind::Null)
        | (Type::Any, _)
        | (Type::Bool, Kind::Bool(_))
        | (Type::Text, Kind::Text(_) | Kind::Date(_))
        | (Type::Mapping, Kind::Map(_))
        | (Type::List, Kind::List(_))
        | (Type::Integer, Kind::Int(_)) => true,
        (Type::Texts, Kind::List(items)) => items.iter().all(|item| item.text().is_some()),
        (Type::Natural, Kind::Int(number)) => *number >= 0,
        (Type::Count, Kind::Int(number)) => *number > 0,
        (Type::Seconds, _) => {
            number(node).is_some_and(|seconds| seconds > 0.0 && to_duration(seconds).is_some())
        }
        (Type::Duration, _) => duration(node).is_some(),
        (Type::Interval, _) => duration(node).is_some_and(|interval| interval >= Duration::from_secs(1)),
        (Type::Amount, _) => number(node).is_some_and(|amount| (0.0..f64::INFINITY).contains(&amount)),
        (Type::Ratio, _) => number(node).is_some_and(|ratio| (0.0..=1.0).contains(&ratio)),
        (Type::Counts, Kind::Map(entries)) => entries.iter().all(|entry| fits(Type::Count, &entry.value)),
        (Type::Method, _) => method(node).is_some(),
        (Type::Host, _) => node.text().is_some_and(|text| host(text).is_some()),
        (Type::Connectivity, _) => connectivity(node).is_some(),
        (Type::Role, _) => role(node).is_some(),
        _ => false,
    }
}

/// An integer or a float.
pub(super) fn number(node: &Node) -> Option<f64> {
    match node.kind {
        #[expect(clippy::cast_precision_loss, reason = "counts and seconds are far below 2^53")]
        Kind::Int(number) => Some(number as f64),
        Kind::Float(number) => Some(number),
        _ => None,
    }
}

/// `30s`, `1m 30s`, or a number of seconds.
pub(super) fn duration(node: &Node) -> Option<Duration> {
    match &node.kind {
        Kind::Text(text) => humantime::parse_duration(text).ok(),
        _ => to_duration(number(node)?),
    }
}

/// A number of seconds, unless it is negative or beyond all measure.
pub(super) fn to_duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// The word for a way of probing.
pub(super) fn method(node: &Node) -> Option<Method> {
    match node.text()? {
        "request" => Some(Method::Request),
        "models" => Some(Method::Models),
        "tcp" => Some(Method::Tcp),
        _ => None,
    }
}

/// `auto`, false, or a list of hosts.
pub(super) fn connectivity(node: &Node) -> Option<Connectivity> {
    match &node.kind {
        Kind::Text(text) if &**text == "auto" => Some(Connectivity::Auto),
        Kind::Bool(false) => Some(Connectivity::Off),
        Kind::List(items) => {
            let hosts: Option<Vec<Url>> = items.iter().map(|item| host(item.text()?)).collect();
            hosts.map(|hosts| if hosts.is_empty() { Connectivity::Off } else { Connectivity::Hosts(hosts) })
        }
        _ => None,
    }
}

/// The word for what a key allows.
pub(super) fn role(node: &Node) -> Option<Role> {
    match node.text()? {
        "viewer" => Some(Role::Viewer),
        "admin" => Some(Role::Admin),
        _ => None,
    }
}

/// `host:port`, or a URL. Without a scheme a connection is enough, and there is no TLS handshake.
fn host(text: &str) -> Option<Url> {
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("tcp://{text}") };
    let url = Url::parse(&with_scheme).ok()?;
    let is_bare = url.scheme() == "tcp" && url.path().is_empty();
    let is_known = is_bare || matches!(url.scheme(), "http" | "https");
    let has_port = url.port_or_known_default().is_some();
    (is_known && has_port && url.host_str().is_some_and(|host| !host.is_empty())).then_some(url)
}

/// What a key takes, for a message.
pub(super) fn expected(kind: Type) -> &'static str {
    match kind {
        Type::Any => "anything",
        Type::Bool => "true or false",
        Type::Text => "text",
        Type::Texts => "a list of texts",
        Type::Mapping => "a mapping",
        Type::List => "a list",
        Type::Integer => "an integer",
        Type::Natural => "an integer of at least 0",
        Type::Count => "an integer of at least 1",
        Type::Seconds => "a number of seconds above 0",
        Type::Duration => "a duration such as `30s`, or a number of seconds",
        Type::Interval => "a duration of at least 1s such as `30s`, or a number of seconds",
        Type::Amount => "a number of at least 0",
        Type::Ratio => "a number from 0 to 1",
        Type::Counts => "a mapping of names to integers of at least 1",
        Type::Method => "`request`, `models` or `tcp`",
        Type::Host => "a host with its port, such as `one.one.one.one:443`, or a URL",
        Type::Connectivity => "`auto`, false, or a list of hosts",
        Type::Role => "`viewer` or `admin`",
    }
}

fn check_type(key: &Key, path: &dyn Display, entry: &Entry, findings: &mut Findings) {
    let path = join(path, key.name);
    match (&entry.value.kind, key.kind) {
        (Kind::Map(counts), Type::Counts) => {
            for count in counts {
                check_value(Type::Count, key.wrong, join(&path, &count.name()), &count.value, findings);
            }
        }
        (Kind::List(hosts), Type::Connectivity) => {
            for (index, host) in hosts.iter().enumerate() {
                check_value(Type::Host, key.wrong, format!("{path}[{index}]"), host, findings);
            }
        }
        _ => check_value(key.kind, key.wrong, path, &entry.value, findings),
    }
}

fn check_value(kind: Type, wrong: Wrong, path: String, value: &Node, findings: &mut Findings) {
    if fits(kind, value) {
        return;
    }
    let shown = shown(value, &path);
    let message = format!("must be {}, not {shown}", expected(kind));
    let hint = match (&value.kind, kind) {
        (
            Kind::Text(text),
            Type::Bool
            | Type::Integer
            | Type::Natural
            | Type::Count
            | Type::Seconds
            | Type::Amount
            | Type::Ratio,
        ) if fits(kind, &Node { kind: super::yaml::plain(text), at: value.at }) => {
            Some("remove the quotes".to_owned())
        }
        (Kind::Int(_) | Kind::Float(_) | Kind::Bool(_), Type::Text) => {
            Some("put quotes around it".to_owned())
        }
        (Kind::Text(_), Type::Texts) => Some("put `- ` before it".to_owned()),
        _ => None,
    };
    match wrong {
        Wrong::Stops => findings.fatal(Some(value.at), path, message, hint),
        Wrong::Ignored => findings.warning(Some(value.at), path, format!("{message}; it is ignored"), hint),
    }
}

/// A value for a message: as it is written when that is short and no secret, else its type.
fn shown(node: &Node, path: &str) -> String {
    let is_secret = path.rsplit('.').next().is_some_and(super::is_secret_key);
    match &node.kind {
        Kind::Text(text) | Kind::Date(text) if !is_secret && text.len() <= 40 => format!("`{text}`"),
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) if !is_secret => {
            format!("`{}`", super::python::key(node))
        }
        other => other.name().to_owned(),
    }
}

fn list(names: impl Iterator<Item = &'static str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
