//! An `api_base` taken apart, and put together with what it lacks.

use url::Url;

use crate::providers::{BuildError, url as urls};

use super::endpoint::Endpoint;

/// What stands before a deployment's name.
const DEPLOYMENTS: &str = "/openai/deployments/";

/// A base taken apart.
pub(super) struct Base {
    /// Without query and trailing slash.
    pub(super) url: Url,
    /// The pairs of its query besides the version.
    query: Vec<(String, String)>,
    /// The version in its query.
    pub(super) version: Option<String>,
    /// Whether it had a query at all.
    pub(super) complete: bool,
}

impl Base {
    pub(super) fn parse(text: &str) -> Result<Self, BuildError> {
        let mut url = urls::parse(text.trim().to_owned())?;
        let complete = url.query().is_some();
        let (versions, query): (Vec<_>, Vec<_>) =
            url.query_pairs().into_owned().partition(|(name, _)| name == "api-version");
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, query, version: versions.into_iter().next().map(|(_, version)| version), complete })
    }

    /// This base with a path joined by one slash; what of the path is there already is not doubled.
    pub(super) fn at(&self, path: &str, version: Option<&str>) -> Endpoint {
        let mut url = self.url.clone();
        let own = url.path().trim_end_matches('/');
        // What follows a deployment's name is told apart from the name, which may be `embeddings`.
        let tail = own.split_once(DEPLOYMENTS).map_or(own, |(_, tail)| tail);
        // A base may stop anywhere on the way to an API: `/openai` and `/openai/v1` are common.
        let overlap = ["openai/v1", "openai"]
            .into_iter()
            .filter(|root| path.starts_with(&format!("{root}/")))
            .chain([path])
            .filter(|overlap| ends_in_path(tail, overlap))
            .map(str::len)
            .max();
        let rest = overlap.map_or(path, |end| path[end..].trim_start_matches('/'));
        let joined = if rest.is_empty() { own.to_owned() } else { format!("{own}/{rest}") };
        url.set_path(&joined);
        if !self.query.is_empty() || version.is_some() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        if let Some(version) = version {
            url.query_pairs_mut().append_pair("api-version", version);
        }
        Endpoint { url, bearer: false, names_deployment: false }
    }

    pub(super) fn is_v1(&self) -> bool {
        ends_in_path(self.url.path(), "openai/v1")
    }

    pub(super) fn has_deployment(&self) -> bool {
        self.url.path().contains(DEPLOYMENTS)
    }

    /// The base up to the name of its deployment.
    pub(super) fn deployment(mut self) -> Self {
        if let Some((root, rest)) = self.url.path().split_once(DEPLOYMENTS) {
            let name = rest.split('/').next().unwrap_or(rest);
            let path = format!("{root}{DEPLOYMENTS}{name}");
            self.url.set_path(&path);
        }
        self
    }

    /// The base up to where the resource's APIs begin.
    pub(super) fn resource(mut self) -> Self {
        let path = self.url.path();
        let root = path.split_once("/openai/").map(|(root, _)| root).or_else(|| path.strip_suffix("/openai"));
        if let Some(root) = root.map(ToOwned::to_owned) {
            self.url.set_path(&root);
        }
        self
    }
}

fn ends_in_path(path: &str, end: &str) -> bool {
    path.trim_end_matches('/').strip_suffix(end).is_some_and(|start| start.ends_with('/'))
}
