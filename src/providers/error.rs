//! What can go wrong between a deployment and a request.

use serde_json::{Map, Value};

use crate::domain::Mode;

/// Why no request could be built. Each names the key of the configuration, or the parameter of the client's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The provider does not have this mode.
    #[error("provider `{provider}` has no {mode} endpoint")]
    UnsupportedMode {
        /// The provider's slug.
        provider: &'static str,
        /// The mode.
        mode: Mode,
    },
    /// The provider has no list of models, or we don't know it.
    #[error("`model_info.llmhealth.method: models` is not available for provider `{provider}`")]
    NoModelList {
        /// The provider's slug.
        provider: &'static str,
    },
    /// The format can be probed, but its answers can't be turned into OpenAI's.
    #[error("provider `{provider}` can't be called for {mode}")]
    NotCallable {
        /// The provider's slug.
        provider: &'static str,
        /// The mode.
        mode: Mode,
    },
    /// Parameters of a client's call can't be said to the provider.
    #[error("{} not supported by provider `{provider}` for this model", listed(.params))]
    UnsupportedParams {
        /// The provider's slug.
        provider: &'static str,
        /// The names of the parameters, or paths into them such as `messages[1].content[0]`. There is one at least.
        params: Vec<String>,
    },
    /// A parameter of a client's call has a value that can't be used.
    #[error("`{param}` {problem}")]
    BadCall {
        /// The name of the parameter, or a path into it.
        param: String,
        /// What is wrong with it, as the rest of a sentence.
        problem: String,
    },
    /// No key was given.
    #[error("no API key: set `litellm_params.api_key`{}", or_variables(.variables))]
    MissingKey {
        /// Environment variables that would do.
        variables: &'static [&'static str],
    },
    /// The provider has no fixed address and none was given.
    #[error("no API base: set `litellm_params.api_base`{}", or_variables(.variables))]
    MissingBase {
        /// Environment variables that would do.
        variables: &'static [&'static str],
    },
    /// A parameter that the format needs is absent.
    #[error("`litellm_params.{key}` is missing")]
    MissingParam {
        /// The key below `litellm_params`.
        key: &'static str,
    },
    /// A parameter that the format needs is absent, and so is the variable that would do.
    #[error("`litellm_params.{key}` is missing, and so is the environment variable {variable}")]
    MissingParamOr {
        /// The key below `litellm_params`.
        key: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// There is no key, and the identity of where this program runs may not be used.
    #[error("no API key, and the identity that {variable} speaks of is not in use")]
    IdentityIsOff {
        /// The environment variable that speaks of it.
        variable: &'static str,
    },
    /// An environment variable has a value that can't be used.
    #[error("the environment variable {variable} {problem}")]
    BadVariable {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it, as the rest of a sentence.
        problem: String,
    },
    /// A parameter has a value that can't be used.
    #[error("`litellm_params.{key}` {problem}")]
    BadParam {
        /// The key below `litellm_params`.
        key: String,
        /// What is wrong with it, as the rest of a sentence.
        problem: String,
    },
    /// The URL that came of it is not one.
    #[error("`{url}` is not a usable URL: {problem}")]
    BadUrl {
        /// The text.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl BuildError {
    /// Whether a client asked for what can't be done; all else is the configuration's fault.
    #[must_use]
    pub fn is_the_callers(&self) -> bool {
        matches!(
            self,
            Self::NotCallable { .. }
                | Self::UnsupportedMode { .. }
                | Self::UnsupportedParams { .. }
                | Self::BadCall { .. }
        )
    }

    /// The same as a fault of the client's, where it is about something that the client asked.
    #[must_use]
    pub fn blamed_on(self, asked: &Map<String, Value>) -> Self {
        match self {
            Self::BadParam { key, problem } if asked.contains_key(&key) => {
                Self::BadCall { param: key, problem }
            }
            Self::MissingParam { key: key @ "messages" } => {
                Self::BadCall { param: key.to_owned(), problem: "is missing".to_owned() }
            }
            other => other,
        }
    }

    /// What a person can do about it, when the message does not say so already.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnsupportedMode { .. } => {
                Some("set `model_info.mode` to what this model is for".to_owned())
            }
            Self::NoModelList { .. } => Some("use the method `request` or `tcp`".to_owned()),
            Self::BadUrl { .. } => Some("check `litellm_params.api_base`".to_owned()),
            Self::UnsupportedParams { .. } => Some(
                "leave it out, or set `drop_params: true` in the deployment or in `litellm_settings`"
                    .to_owned(),
            ),
            Self::IdentityIsOff { .. } => {
                Some("set `litellm_settings.enable_azure_ad_token_refresh: true`, or give a key".to_owned())
            }
            Self::NotCallable { .. }
            | Self::BadCall { .. }
            | Self::MissingKey { .. }
            | Self::MissingParamOr { .. }
            | Self::BadVariable { .. }
            | Self::MissingBase { .. }
            | Self::MissingParam { .. }
            | Self::BadParam { .. } => None,
        }
    }
}

/// `a`, `b` and `c` are.
fn listed(params: &[String]) -> String {
    let quoted: Vec<String> = params.iter().map(|param| format!("`{param}`")).collect();
    match quoted.as_slice() {
        [one] => format!("{one} is"),
        [others @ .., last] => format!("{} and {last} are", others.join(", ")),
        [] => "nothing is".to_owned(),
    }
}

fn or_variables(variables: &[&str]) -> String {
    match variables {
        [] => String::new(),
        names => format!(" or the environment variable {}", names.join(" or ")),
    }
}

/// In which way a 2xx body is not an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// Nothing came.
    #[error("the answer is empty")]
    Empty,
    /// Not JSON where JSON is due.
    #[error("the answer is not JSON but {0}")]
    NotJson(String),
    /// Not sound where sound is due.
    #[error("the answer is not audio but {0}")]
    NotAudio(String),
    /// An error told with a success status.
    #[error("the answer is an error: {0}")]
    Error(String),
    /// JSON without the part that makes it an answer.
    #[error("the answer has no `{0}`")]
    Missing(&'static str),
}

/// A provider's own words about an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamFailure {
    /// The message.
    pub message: String,
    /// The provider's code, such as `model_not_found`.
    pub code: Option<String>,
    /// The provider's type, such as `invalid_request_error`.
    pub kind: Option<String>,
    /// The parameter that the provider takes offence at.
    pub param: Option<Box<str>>,
    /// The provider's id of the request, if the body tells it.
    pub request_id: Option<String>,
}
