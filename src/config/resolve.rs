//! From the tree to a [`Config`]: variables first, then settings, then deployments.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use crate::domain::{Environment, Fleet, Redactor};
use crate::providers::PROVIDERS;

use super::check::{Checker, join};
use super::deployments::{Resolver, Shared};
use super::files::{Files, Findings};
use super::secrets::Secrets;
use super::yaml::{Entry, Kind, Node};
use super::{
    Config, ConfigError, Inspected, addresses, catalog, documents, include, python, reference, sections,
};

/// Variables that hold secrets without belonging to one provider.
const SECRET_VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_AD_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "DRAIN_ENDPOINT_TOKEN",
    "LITELLM_MASTER_KEY",
    "LITELLM_SALT_KEY",
];

/// Resolves a text that came from `path`, as far as it goes.
pub(super) fn inspect(path: &Path, text: String, env: Environment) -> Result<Inspected, ConfigError> {
    let mut files = Files::default();
    let mut findings = Findings::default();
    let Some(root) = include::read(path, text, &mut files, &mut findings) else {
        let mut secrets = Secrets::default();
        collect_from(&env, &mut secrets);
        let findings = findings.finish(&files, &Redactor::new(secrets.all()));
        return Err(ConfigError::Invalid { findings, sources: files.sources() });
    };
    Ok(resolve(root, &files, findings, env))
}

/// Resolves one entry of `model_list` that came from no file.
pub(super) fn entry(entry: Value, env: Environment) -> Inspected {
    let root = Node::from(Value::from_iter([("model_list", Value::from(vec![entry]))]));
    resolve(root, &Files::default(), Findings::default(), env)
}

fn resolve(mut root: Node, files: &Files, mut findings: Findings, mut env: Environment) -> Inspected {
    let mut secrets = Secrets::default();
    let model_list = root.take("model_list");
    set_variables(&root, &mut env, &mut secrets, &mut findings);
    collect_from(&env, &mut secrets);
    resolve_references(&mut root, &env, &mut secrets, &mut findings);

    let mut checker = Checker::default();
    sections::check(&root, &mut checker, &mut findings);
    let settings = sections::settings(&root, &env, &mut checker, &mut findings);
    let (catalog, catalog_file) = catalog::read(&root, files, &mut findings);
    let entries = entries(&root, model_list, &mut findings);
    let credentials = credentials(&mut root, &mut findings);
    if let Some(key) = &settings.master_key {
        secrets.add(key.expose());
    }
    if let Some(token) = &settings.drain.token {
        secrets.add(token.expose());
    }
    settings.keys.iter().for_each(|access| secrets.add(access.key.expose()));
    secrets.scan(&root.into_value());

    let mut resolver = Resolver {
        env: &env,
        credentials,
        checker: &mut checker,
        findings: &mut findings,
        secrets: &mut secrets,
        shared: Shared::default(),
    };
    let deployments = resolver.resolve(entries);
    let is_usable = !findings.is_fatal();
    let mut sources = files.sources();
    sources.extend(catalog_file.clone());
    sources.extend(documents::read(&deployments, &mut env, &mut secrets));
    let redactor = Redactor::new(secrets.all());
    let findings = findings.finish(files, &redactor);
    let addresses = addresses::redactor(&deployments, &env);
    let files = files.paths().map(Path::to_owned).chain(catalog_file.map(|file| file.path)).collect();
    let fleet = Fleet::new(deployments);
    let config = Config { files, settings, sources, fleet, catalog, env, redactor, addresses };
    Inspected { config, findings, is_usable }
}

/// Sets what `environment_variables` says, unless the process has the variable already.
fn set_variables(root: &Node, env: &mut Environment, secrets: &mut Secrets, findings: &mut Findings) {
    let Some(section) = root.get("environment_variables") else { return };
    for entry in section.entries() {
        let (name, mut value) = (entry.name().into_owned(), entry.value.clone());
        let found = reference::resolve_all(&mut value, env);
        secrets.add_referred(&found.set, env);
        for unset in found.unset {
            report_unset(&unset, &join(&"environment_variables", &name), findings);
        }
        if value.is_null() {
            continue;
        }
        let text = python::str(&value);
        secrets.add_variable(&name, &text);
        if env.raw(&name).is_none() {
            env.set(name, text);
        }
    }
}

/// Secrets that are in the environment whether the file names them or not.
fn collect_from(env: &Environment, secrets: &mut Secrets) {
    let of_providers = PROVIDERS.iter().flat_map(|provider| provider.key_envs);
    for value in SECRET_VARIABLES.iter().chain(of_providers).filter_map(|name| env.get(name)) {
        secrets.add(value);
    }
}

/// Resolves references everywhere but in `model_list`, which was taken out.
fn resolve_references(root: &mut Node, env: &Environment, secrets: &mut Secrets, findings: &mut Findings) {
    let found = reference::resolve_all(root, env);
    secrets.add_referred(&found.set, env);
    for unset in found.unset {
        if unset.key.starts_with("environment_variables") {
            continue;
        }
        if unset.key == "general_settings.master_key" {
            let message = format!("the environment variable `{}` is not set", unset.variable);
            let hint = Some("set it, or remove the key to let everyone in".to_owned());
            findings.fatal(Some(unset.at), unset.key, message, hint);
        } else {
            report_unset(&unset, "", findings);
        }
    }
}

fn report_unset(unset: &reference::Unset, path: &str, findings: &mut Findings) {
    let message = format!("the environment variable `{}` is not set", unset.variable);
    let key = if unset.key.is_empty() { path.to_owned() } else { join(&path, &unset.key) };
    let hint = Some(format!("set {}, or remove the key", unset.variable));
    findings.warning(Some(unset.at), key, message, hint);
}

/// The entries of `model_list`.
fn entries(root: &Node, model_list: Option<Node>, findings: &mut Findings) -> Vec<Node> {
    let hint = || Some("list deployments under `model_list:`".to_owned());
    match model_list {
        Some(Node { kind: Kind::List(entries), .. }) if !entries.is_empty() => entries,
        Some(Node { kind: Kind::List(_) | Kind::Null, at }) => {
            findings.warning(Some(at), "model_list", "there are no deployments", hint());
            Vec::new()
        }
        Some(Node { kind, at }) => {
            let message = format!("must be a list, not {}", kind.name());
            findings.fatal(Some(at), "model_list", message, hint());
            Vec::new()
        }
        None => {
            findings.warning(Some(root.at), "model_list", "there are no deployments", hint());
            Vec::new()
        }
    }
}

/// `credential_list`: the values by name.
fn credentials(root: &mut Node, findings: &mut Findings) -> HashMap<String, Vec<Entry>> {
    let mut by_name = HashMap::new();
    let Some(Node { kind: Kind::List(items), .. }) = root.get("credential_list") else { return by_name };
    for (index, item) in items.iter().enumerate() {
        let name = item.get("credential_name").and_then(Node::text);
        if let (Some(name), Some(Node { kind: Kind::Map(values), .. })) =
            (name, item.get("credential_values"))
        {
            by_name.insert(name.to_owned(), values.clone());
            continue;
        }
        let hint = "an entry is `{credential_name: ..., credential_values: {api_key: ...}}`".to_owned();
        let message = "needs a name and a mapping of values; it is ignored";
        findings.warning(Some(item.at), format!("credential_list[{index}]"), message, Some(hint));
    }
    by_name
}
