//! Why a call has no answer, or no end.

use crate::state::ErrorKind;

use super::{Fault, PlanError};

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Neither a deployment's id nor a public name.
    #[error("no deployment has the id or the model name `{0}`")]
    UnknownModel(String),
    /// The client's key does not open this name.
    #[error("the key does not open `{0}`")]
    Forbidden(String),
    /// Deployments of this name exist, and all are kept out of traffic.
    #[error("no deployment of `{0}` takes traffic now")]
    NoneUsable(String),
    /// The client asked for what the deployment can't do.
    #[error(transparent)]
    Refused(PlanError),
    /// The deployment was asked, or could not be.
    #[error("{}", .0.told.message)]
    Failed(Box<Fault>),
}

impl CallError {
    /// What LiteLLM calls it.
    pub(super) fn kind(&self) -> ErrorKind {
        let (status, class) = match self {
            Self::UnknownModel(_) => (400, "ProxyModelNotFoundError"),
            Self::Forbidden(_) => (403, "ProxyException"),
            Self::NoneUsable(_) => (503, "ServiceUnavailableError"),
            Self::Refused(error) if error.is_unsupported() => (400, "UnsupportedParamsError"),
            Self::Refused(_) => (400, "BadRequestError"),
            Self::Failed(fault) => return fault.error_kind(),
        };
        ErrorKind { status, class }
    }

    /// LiteLLM's word, in metrics, for a model that the client named and no deployment was asked for.
    pub(super) fn model_word(&self) -> &'static str {
        if matches!(self, Self::UnknownModel(_)) { "other" } else { "" }
    }
}
