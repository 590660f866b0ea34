//! What lies around a configuration, as it was when the configuration was read.

use std::collections::HashMap;

/// A snapshot of environment variables, and of the credentials documents that a configuration names.
///
/// Everything that depends on the environment takes this instead of asking the process, so that
/// tests never touch the process environment and a reload sees one consistent state.
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
    documents: HashMap<String, String>,
}

impl Environment {
    /// The value of a variable, or `None` when it is unset or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a variable that is set, be it empty.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The first of these variables that is set.
    #[must_use]
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Sets one variable in this snapshot.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.insert(name.into(), value.into());
    }

    /// The text of the credentials document, or of AWS's configuration file, at a path.
    ///
    /// Tells which project, account or region requests are for. Tokens are asked for with what the file
    /// holds then.
    #[must_use]
    pub fn document(&self, path: &str) -> Option<&str> {
        self.documents.get(path).map(String::as_str)
    }

    /// Where `LiteLLM` keeps a login to `ChatGPT`.
    #[must_use]
    pub fn chatgpt_login(&self) -> String {
        let folder = self.get("CHATGPT_TOKEN_DIR").map_or_else(
            || format!("{}/.config/litellm/chatgpt", self.get("HOME").unwrap_or("~")),
            str::to_owned,
        );
        format!("{folder}/{}", self.get("CHATGPT_AUTH_FILE").unwrap_or("auth.json"))
    }

    /// The path of AWS's shared configuration file; `None` where there is no home that could hold it.
    #[must_use]
    pub fn aws_config_file(&self) -> Option<String> {
        self.get("AWS_CONFIG_FILE").map(str::to_owned).or_else(|| self.in_aws_folder("config"))
    }

    /// The path of AWS's shared credentials file; `None` where there is no home that could hold it.
    #[must_use]
    pub fn aws_credentials_file(&self) -> Option<String> {
        self.get("AWS_SHARED_CREDENTIALS_FILE")
            .map(str::to_owned)
            .or_else(|| self.in_aws_folder("credentials"))
    }

    /// A place in the folder that AWS's tools have in a user's home.
    #[must_use]
    pub fn in_aws_folder(&self, place: &str) -> Option<String> {
        self.first(&["HOME", "USERPROFILE"]).map(|home| format!("{home}/.aws/{place}"))
    }

    /// The profile of AWS that is used where a deployment names none, and whether somebody named it.
    #[must_use]
    pub fn aws_profile(&self) -> (&str, bool) {
        let named = self.first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
        (named.unwrap_or("default"), named.is_some())
    }

    /// Keeps the text of a document.
    pub fn set_document(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.documents.insert(path.into(), text.into());
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, documents: HashMap::new() }
    }
}
