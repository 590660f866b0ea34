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

    /// The text of the credentials document at a path, as the configuration writes the path.
    ///
    /// Tells which project and account a document is for. Tokens are asked for with what the file
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

    /// Keeps the text of a credentials document.
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
