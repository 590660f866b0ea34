//! Which models Azure serves by the Responses API and nowhere else.

use crate::domain::Mode;
use crate::providers::Target;

/// The prefix by which an owner says that a deployment is to be asked this way.
pub(super) const PREFIX: &str = "responses/";

/// Whether a chat with the model has to take this way: the catalog says so, or the prefix of a deployment
/// whose mode is not configured.
pub(super) fn is_only_way(target: &Target<'_>) -> bool {
    let facts = target.catalog.lookup_for(target.provider.slug, target.model);
    facts.is_some_and(|facts| facts.mode == Some(Mode::Responses))
        || target.model.starts_with(PREFIX) && target.deployment.check.mode.is_none()
}
