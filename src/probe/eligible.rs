//! Which deployments a fan-out may probe.

use crate::config::BackgroundSettings;
use crate::domain::Deployment;

use super::Source;

/// Whether a deployment may be probed for this caller, in the one place that decides it.
///
/// # Errors
/// The reason why not, as it is shown.
pub(super) fn eligible(
    deployment: &Deployment,
    source: Source,
    settings: &BackgroundSettings,
) -> Result<(), &'static str> {
    match source {
        Source::Http | Source::CommandLine
            if deployment.check.disable_background && settings.skip_disabled_on_demand =>
        {
            Err("model_info.disable_background_health_check is true, and so is \
                 general_settings.health_check_skip_disabled_background_models")
        }
        Source::Http | Source::CommandLine => Ok(()),
        Source::Background if deployment.check.disable_background => {
            Err("model_info.disable_background_health_check is true")
        }
        Source::Background => match &settings.model_groups {
            Some(groups) if !groups.contains(&deployment.model_name) => {
                Err("its model_name is not one of general_settings.background_health_check_model_groups")
            }
            _ => Ok(()),
        },
    }
}
