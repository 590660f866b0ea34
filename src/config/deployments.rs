//! `model_list`: from entries to deployments. An entry that can't work is kept, with the reason.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Defect, Deployment, Environment, Fields, HealthCheck, Params, Pool};

use super::check::{Checker, closest, join};
use super::files::Findings;
use super::reference::{self, Unset};
use super::secrets::Secrets;
use super::unserved;
use super::yaml::{Entry, Kind, Node};
use super::{id, keys, knobs, maintenance, python};

/// What the entries of `model_list` are resolved with.
pub(super) struct Resolver<'a> {
    pub(super) env: &'a Environment,
    /// `credential_list`: the values by name.
    pub(super) credentials: HashMap<String, Vec<Entry>>,
    pub(super) checker: &'a mut Checker,
    pub(super) findings: &'a mut Findings,
    pub(super) secrets: &'a mut Secrets,
    pub(super) shared: Shared,
}

/// What many entries have in common, kept once.
#[derive(Default)]
pub(super) struct Shared {
    values: Pool,
    /// The knobs of an entry that sets none.
    check: Arc<HealthCheck>,
}

impl Resolver<'_> {
    /// All deployments in file order.
    pub(super) fn resolve(&mut self, entries: Vec<Node>) -> Vec<Arc<Deployment>> {
        let mut first_with: HashMap<Arc<str>, usize> = HashMap::with_capacity(entries.len());
        let mut fleet = Vec::with_capacity(entries.len());
        for (index, node) in entries.into_iter().enumerate() {
            let path = format_args!("model_list[{index}]");
            let at = node.at;
            let deployments = self.entry(&path, node);
            if let Some(deployment) = deployments.first() {
                let first = *first_with.entry(Arc::clone(&deployment.id)).or_insert(index);
                if first != index {
                    let message = format!("has the same id as `model_list[{first}]`: {}", deployment.id);
                    let hint = Some("give each deployment its own `model_info.id`".to_owned());
                    self.findings.warning(Some(at), path.to_string(), message, hint);
                }
            }
            fleet.extend(deployments.into_iter().map(Arc::new));
        }
        fleet
    }

    /// One entry: one deployment, or one for each of several organizations.
    fn entry(&mut self, path: &dyn Display, mut node: Node) -> Vec<Deployment> {
        let mut problems = self.shape(path, &node);
        self.checker.section(&keys::ENTRY, path, &node, self.findings);

        let mut found = reference::resolve_like_litellm(&mut node, self.env);
        let model_name = node.get("model_name").map(|name| python::str(name).into_owned());
        let model_name = model_name.unwrap_or_else(|| path.to_string());
        let id = self.id(path, &model_name, &node);
        if found.more {
            let rest = reference::resolve_all(&mut node, self.env);
            found.set.extend(rest.set);
            found.unset.extend(rest.unset);
        }
        self.secrets.add_referred(&found.set, self.env);
        problems.extend(self.unset(path, found.unset));

        let null = Node { kind: Kind::Null, at: node.at };
        let info = node.take("model_info").unwrap_or_else(|| null.clone());
        let params = node.take("litellm_params").unwrap_or(null);
        self.check_info(path, &info);
        let params_path = format_args!("{path}.litellm_params");
        self.checker.section(&keys::PARAMS, &params_path, &params, self.findings);
        unserved::check_params(&params_path, &params, self.findings);

        let mut check = knobs::read(&info, &params);
        if let Some(ours) = info.get("llmhealth") {
            let path = format_args!("{path}.model_info.llmhealth");
            check.maintenance = maintenance::read(ours, &path, self.checker, self.findings);
        }
        let check =
            if check == *self.shared.check { Arc::clone(&self.shared.check) } else { Arc::new(check) };
        let model = params.get("model").map(|model| python::str(model).into_owned()).unwrap_or_default();
        let organizations = self.organizations(&params_path, &params);
        let params = self.with_credential(&params_path, params, &mut problems);

        let (params, info) = (params.into_map(), info.into_map());
        for (key, value) in params.iter().chain(&info) {
            self.secrets.scan_pair(key, value);
        }
        let deployment = Deployment {
            id: id.into(),
            model_name,
            model,
            params: Params::new(Fields::new(params, &mut self.shared.values)),
            info: Fields::new(info, &mut self.shared.values),
            check,
            defect: combine(problems),
        };
        if organizations.is_empty() {
            return vec![deployment];
        }
        organizations
            .into_iter()
            .map(|organization| {
                let over = [("organization".to_owned(), organization)].into_iter().collect();
                Deployment { params: deployment.params.merged(&over), ..deployment.clone() }
            })
            .collect()
    }

    /// What is missing or of a wrong type in the entry's frame.
    fn shape(&mut self, path: &dyn Display, node: &Node) -> Vec<Defect> {
        let mut problems = Vec::new();
        let mut problem = |at, key: String, message: String, hint: &str| {
            let hint = Some(hint.to_owned());
            let whole = if key.is_empty() { path.to_string() } else { join(path, &key) };
            self.findings.error(Some(at), whole, message.clone(), hint.clone());
            let reason = if key.is_empty() { message } else { format!("`{key}` {message}") };
            problems.push(Defect { reason, hint });
        };
        let example = "an entry is `{model_name: ..., litellm_params: {model: ...}}`";
        if !matches!(node.kind, Kind::Map(_)) {
            let message = format!("the entry must be a mapping, not {}", node.kind.name());
            problem(node.at, String::new(), message, example);
            return problems;
        }
        if node.get("model_name").is_none() {
            problem(node.at, "model_name".to_owned(), "is missing".to_owned(), example);
        }
        match node.get("litellm_params") {
            None => problem(node.at, "litellm_params".to_owned(), "is missing".to_owned(), example),
            Some(params) if !matches!(params.kind, Kind::Map(_)) => {
                let message = format!("must be a mapping, not {}", params.kind.name());
                problem(params.at, "litellm_params".to_owned(), message, example);
            }
            Some(params) if params.get("model").is_none() => {
                let hint = "write the provider and the model: `model: openai/gpt-4o`";
                problem(params.at, "litellm_params.model".to_owned(), "is missing".to_owned(), hint);
            }
            Some(_) => {}
        }
        problems
    }

    fn id(&mut self, path: &dyn Display, model_name: &str, node: &Node) -> String {
        match node.get("model_info").and_then(|info| info.entry("id")) {
            None => {
                let params = node.get("litellm_params").map_or(&[][..], Node::entries);
                id::generate(model_name, params)
            }
            Some(entry) if entry.value.is_null() => {
                let hint = Some("remove the key to get an id that stays the same".to_owned());
                let message = "is null, so every start makes a new id";
                self.findings.warning(Some(entry.value.at), format!("{path}.model_info.id"), message, hint);
                Uuid::new_v4().to_string()
            }
            Some(entry) => python::str(&entry.value).into_owned(),
        }
    }

    /// Reports references to variables that are not set. Those that are parameters keep the
    /// deployment from working.
    fn unset(&mut self, path: &dyn Display, unset: Vec<Unset>) -> Vec<Defect> {
        let mut problems = Vec::new();
        for Unset { variable, at, key } in unset {
            let message = format!("the environment variable `{variable}` is not set");
            let hint = Some(format!("set {variable}, or remove the key"));
            if key.starts_with("litellm_params") {
                problems.push(Defect { reason: format!("`{key}`: {message}"), hint: hint.clone() });
            }
            self.findings.warning(Some(at), join(path, &key), message, hint);
        }
        problems
    }

    fn check_info(&mut self, path: &dyn Display, info: &Node) {
        if info.is_null() {
            return;
        }
        let path = format_args!("{path}.model_info");
        self.checker.section(&keys::INFO, &path, info, self.findings);
        if let Some(policy) = info.get("allowed_fails_policy") {
            let path = format_args!("{path}.allowed_fails_policy");
            self.checker.section(&keys::FAIL_POLICY, &path, policy, self.findings);
        }
        if let Some(ours) = info.get("llmhealth") {
            self.checker.section(&keys::DEPLOYMENT, &format_args!("{path}.llmhealth"), ours, self.findings);
        }
    }

    /// The organizations, when there is a list of them.
    fn organizations(&mut self, path: &dyn Display, params: &Node) -> Vec<Value> {
        let Some(node) = params.get("organization") else { return Vec::new() };
        let Kind::List(items) = &node.kind else { return Vec::new() };
        if items.len() > 1 {
            let message = "makes several deployments with one id";
            let hint = Some("write an entry with its own `model_info.id` for each organization".to_owned());
            self.findings.warning(Some(node.at), join(path, "organization"), message, hint);
        }
        items.iter().cloned().map(Node::into_value).collect()
    }

    /// The parameters with those of the credential that they name. The entry's own count more.
    fn with_credential(&mut self, path: &dyn Display, mut params: Node, problems: &mut Vec<Defect>) -> Node {
        let Some(name) = params.get("litellm_credential_name") else { return params };
        let (at, name) = (name.at, python::str(name).into_owned());
        let Some(values) = self.credentials.get(&name) else {
            let message = format!("`credential_list` has no `{name}`");
            let hint = closest(&name, self.credentials.keys().map(String::as_str))
                .map(|known| format!("did you mean `{known}`?"));
            self.findings.error(
                Some(at),
                join(path, "litellm_credential_name"),
                message.clone(),
                hint.clone(),
            );
            problems.push(Defect {
                reason: format!("`litellm_params.litellm_credential_name`: {message}"),
                hint,
            });
            return params;
        };
        let missing: Vec<Entry> =
            values.iter().filter(|entry| params.entry(&entry.name()).is_none()).cloned().collect();
        if let Kind::Map(entries) = &mut params.kind {
            entries.extend(missing);
        }
        params
    }
}

/// One defect that names every problem.
fn combine(problems: Vec<Defect>) -> Option<Box<Defect>> {
    let mut problems = problems.into_iter();
    let mut defect = problems.next()?;
    for problem in problems {
        defect.reason.push_str("; ");
        defect.reason.push_str(&problem.reason);
    }
    Some(Box::new(defect))
}
