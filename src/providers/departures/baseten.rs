//! Baseten: a dedicated deployment has a host of its own, named by its id.

use crate::providers::Target;
use crate::providers::openai::Departure;
use crate::providers::url as urls;

/// The departure of `baseten`.
pub(in crate::providers) struct Baseten;

impl Departure for Baseten {
    fn base(&self, target: &Target<'_>) -> Option<String> {
        let is_dedicated = is_deployment_id(target.model) && urls::configured_base(target).is_none();
        is_dedicated.then(|| {
            ["https://model-", target.model, ".api.baseten.co/environments/production/sync/v1"].concat()
        })
    }
}

/// Ids are eight letters and digits; models of the shared API are `vendor/name`.
fn is_deployment_id(model: &str) -> bool {
    model.len() == 8 && model.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_deployments_are_told_from_models() {
        assert!(is_deployment_id("abcd1234"));
        for name in ["deepseek-ai/DeepSeek-V3", "abcd123", "abcd-123", "abcd12345"] {
            assert!(!is_deployment_id(name), "{name}");
        }
    }
}
