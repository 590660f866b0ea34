//! Why a call has no answer, or no end.

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
