//! Which values of a configuration are secrets.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;
use url::Url;

use crate::domain::{Environment, GoogleCredential, Secret};

/// Last words of names that say something about a secret, or nothing secret at all.
const PUBLIC_ENDINGS: &[&str] = &[
    "base", "cost", "count", "enabled", "endpoint", "expiry", "header", "limit", "list", "location", "mode",
    "name", "profile", "project", "provider", "region", "type", "url", "values", "uri", "version",
];

/// Words that make a name that of a secret wherever they stand.
const SECRET_WORDS: &[&str] = &[
    "apikey",
    "authorization",
    "clientsecret",
    "cookie",
    "credential",
    "credentials",
    "dsn",
    "passphrase",
    "passwd",
    "password",
    "pat",
    "pwd",
    "secret",
    "secrets",
    "webhook",
];

/// Names that the rules by words get wrong.
const SECRET_NAMES: &[&str] = &[
    "auth",
    "aws_access_key_id",
    "aws_external_id",
    "connection_string",
    "database_url",
    "identity_header",
    "redis_url",
];

/// Texts that people write where a key is asked for and none is needed. Replacing such a word everywhere
/// would tear holes into ordinary sentences.
const PLACEHOLDERS: &[&str] = &[
    "-",
    "anything",
    "api_key",
    "api-key",
    "dummy",
    "empty",
    "fake",
    "false",
    "key",
    "lm-studio",
    "local",
    "n/a",
    "na",
    "no",
    "no-key",
    "none",
    "not-needed",
    "null",
    "ollama",
    "optional",
    "placeholder",
    "test",
    "token",
    "true",
    "unused",
    "vllm",
    "x",
    "xx",
    "xxx",
    "yes",
];

/// What keys of well-known issuers begin with.
const KEY_PREFIXES: &[&str] = &[
    "sk-", "sk_", "gsk_", "xai-", "hf_", "pplx-", "nvapi-", "fw_", "r8_", "AIza", "AKIA", "ASIA", "ghp_",
    "glpat-",
];

/// Whether a key of this name holds a secret, judged by the name alone.
///
/// For everything that shows parts of a configuration: what is under such a key is masked.
#[must_use]
pub fn is_secret_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', ' '], "_");
    if SECRET_NAMES.contains(&name.as_str()) {
        return true;
    }
    let words: Vec<&str> = name.split(['_', '.']).filter(|word| !word.is_empty()).collect();
    let Some(last) = words.last() else { return false };
    if words.contains(&"webhook") {
        return true;
    }
    if PUBLIC_ENDINGS.contains(last) {
        return false;
    }
    if words.iter().any(|word| SECRET_WORDS.contains(word) || is_private_key_word(word)) {
        return true;
    }
    // `max_token` counts and `input_cost_per_token` prices them.
    let is_token =
        words.contains(&"token") && !words.iter().any(|word| matches!(*word, "cost" | "max" | "per"));
    let qualifier = words.iter().rev().nth(1);
    let is_key = matches!(*last, "key" | "keys")
        && !qualifier.is_some_and(|word| matches!(*word, "cache" | "partition" | "public" | "sort"));
    is_token || is_key || name.contains("access_key") || name.contains("api_key")
}

/// `privatekey` and the like, written without a separator.
fn is_private_key_word(word: &str) -> bool {
    word.len() > 3 && (word.ends_with("secret") || word.ends_with("apikey") || word == "privatekey")
}

/// Whether a variable's name says that it holds an address, a name or the like.
fn is_public_variable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let last = name.rsplit('_').next().unwrap_or_default();
    PUBLIC_ENDINGS.contains(&last)
        || matches!(last, "host" | "port" | "log" | "level" | "debug" | "model" | "path")
}

/// Whether replacing this text wherever it occurs hides a secret rather than damages sentences.
fn is_worth_hiding(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !PLACEHOLDERS.iter().any(|placeholder| text.eq_ignore_ascii_case(placeholder))
}

/// Whether a text has the form of some provider's keys, wherever it stands.
pub(super) fn looks_like_key(text: &str) -> bool {
    text.len() >= 16 && KEY_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// Whether this is the path of a credentials document. The path is no secret, and whoever reads that the file
/// is missing wants to know which.
fn is_document_path(key: &str, value: &Value) -> bool {
    let extension = value.as_str().and_then(|text| Path::new(text).extension());
    GoogleCredential::PARAMS.contains(&key)
        && extension.is_some_and(|found| found.eq_ignore_ascii_case("json"))
}

/// Collects secrets for a [`crate::domain::Redactor`].
#[derive(Default)]
pub(super) struct Secrets {
    found: Vec<Secret>,
    /// Names that were judged: a fleet repeats the same few thousands of times.
    judged: HashMap<String, bool>,
}

impl Secrets {
    /// Everything collected.
    pub(super) fn all(&self) -> &[Secret] {
        &self.found
    }

    fn is_secret(&mut self, key: &str) -> bool {
        if let Some(&known) = self.judged.get(key) {
            return known;
        }
        let judgement = is_secret_key(key);
        self.judged.insert(key.to_owned(), judgement);
        judgement
    }

    /// A variable that the file sets. It is a secret unless its name or its value says otherwise.
    pub(super) fn add_variable(&mut self, name: &str, value: &str) {
        let is_plain = value.parse::<f64>().is_ok() || matches!(value, "True" | "False" | "DEBUG" | "INFO");
        if self.is_secret(name) || !(is_plain || is_public_variable(name)) {
            self.add(value);
        } else {
            self.add_url(value);
        }
    }

    /// The values of variables that are referred to and have the name of a secret, whatever the key.
    pub(super) fn add_referred(&mut self, names: &[String], env: &Environment) {
        for name in names {
            if self.is_secret(name)
                && let Some(value) = env.get(name)
            {
                self.add(value);
            }
        }
    }

    /// A text that is one secret; also without the scheme that an authorisation header begins with.
    pub(super) fn add(&mut self, text: &str) {
        if !is_worth_hiding(text) {
            return;
        }
        self.found.push(Secret::from(text));
        for scheme in ["Bearer ", "bearer ", "Basic ", "basic ", "Token ", "Api-Key "] {
            if let Some(rest) = text.strip_prefix(scheme)
                && is_worth_hiding(rest)
            {
                self.found.push(Secret::from(rest.trim()));
            }
        }
        if text.trim_start().starts_with('{')
            && let Ok(document) = serde_json::from_str::<Value>(text)
        {
            self.scan(&document);
        }
        self.add_url(text);
    }

    /// The secrets within a value of a configuration.
    pub(super) fn scan(&mut self, value: &Value) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| self.scan_pair(key, value)),
            Value::Array(items) => items.iter().for_each(|item| self.scan(item)),
            Value::String(text) if looks_like_key(text) => self.add(text),
            Value::String(text) => self.add_url(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The secrets of one pair.
    pub(super) fn scan_pair(&mut self, key: &str, value: &Value) {
        if is_document_path(key, value) {
            return;
        }
        if self.is_secret(key) { self.add_all(value, key.contains("webhook")) } else { self.scan(value) }
    }

    /// Every text below a key that holds secrets. Of a mapping, such as a service account, only those
    /// whose own key says so, unless everything is asked for.
    fn add_all(&mut self, value: &Value, everything: bool) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(items) => items.iter().for_each(|item| self.add_all(item, everything)),
            Value::Object(map) if everything => map.values().for_each(|value| self.add_all(value, true)),
            other => self.scan(other),
        }
    }

    /// The password and the keys in the query of a URL.
    fn add_url(&mut self, text: &str) {
        if !text.contains("://") || !text.contains(['@', '?']) {
            return;
        }
        let Ok(url) = Url::parse(text) else { return };
        if let Some(password) = url.password() {
            self.add_encoded(password);
        }
        for pair in url.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if is_secret_key(name) || matches!(name, "sig" | "code" | "subscription_key") {
                self.add_encoded(value);
            }
        }
    }

    /// A part of a URL, as it stands and decoded.
    fn add_encoded(&mut self, text: &str) {
        if !is_worth_hiding(text) {
            return;
        }
        self.found.push(Secret::from(text));
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        if decoded != text {
            self.found.push(Secret::from(decoded.as_ref()));
        }
    }
}
