//! How long a call may take, and how many deployments are asked.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::config::ProxySettings;
use crate::domain::Deployment;

use super::Ask;

/// Longer than anybody waits, and short enough for every clock.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// How long an attempt may take: to its end, or to the first piece where it is streamed.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLimit {
    /// As it was said.
    pub(super) limit: Duration,
    pub(super) until: Instant,
    /// The client allows less than the configuration does, so that missing it says nothing of the deployment.
    pub(super) is_the_clients: bool,
}

impl TimeLimit {
    /// Of an attempt that begins now. What the client says counts for the whole call, which came at `asked_at`; else it is
    /// what the deployment says, else the settings, for each attempt.
    pub(super) fn of(
        ask: &Ask,
        asked_at: Instant,
        deployment: &Deployment,
        settings: &ProxySettings,
    ) -> Self {
        let configured = configured(ask.stream, deployment, settings).min(FOR_EVER);
        match ask.timeout {
            Some(limit) => {
                let until = asked_at + limit.min(FOR_EVER);
                Self { limit, until, is_the_clients: limit < configured }
            }
            None => Self { limit: configured, until: Instant::now() + configured, is_the_clients: false },
        }
    }
}

/// LiteLLM's order.
fn configured(is_streamed: bool, deployment: &Deployment, settings: &ProxySettings) -> Duration {
    let own = |key: &str| {
        let seconds = number(deployment.params.get(key)?)?;
        Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero())
    };
    let of_streams = || own("stream_timeout").or(settings.stream_timeout);
    let of_streams = if is_streamed { of_streams() } else { None };
    of_streams.or_else(|| own("timeout")).or_else(|| own("request_timeout")).unwrap_or(settings.timeout)
}

/// How many other deployments may be asked when one fails: as the client says, else that deployment, else the settings.
pub(super) fn retries(ask: &Ask, deployment: &Deployment, settings: &ProxySettings) -> u32 {
    let own = || {
        let number = deployment.params.get("num_retries")?;
        let number = number.as_u64().or_else(|| number.as_str()?.trim().parse().ok())?;
        Some(u32::try_from(number).unwrap_or(u32::MAX))
    };
    ask.retries.or_else(own).unwrap_or(settings.retries)
}

/// A number, also one out of the environment, which is text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}
