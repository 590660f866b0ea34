//! Which models Azure serves by the Responses API and nowhere else.

use crate::domain::Call;
use crate::providers::{Target, openai};

use super::reasoning;

/// The prefix by which an owner says that a deployment is to be asked this way.
pub(super) const PREFIX: &str = "responses/";

/// Whether a chat with the model has to take this way: the catalog says so, or the prefix of a deployment
/// whose mode is not configured, or what is asked.
pub(super) fn is_only_way(target: &Target<'_>, call: &Call) -> bool {
    openai::responses::is_only_way(target)
        || target.model.starts_with(PREFIX) && target.deployment.check.mode.is_none()
        || openai::responses::reasons_with_tools(target, call, reasoning::model(target), || true)
}
