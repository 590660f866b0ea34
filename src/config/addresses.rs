//! Where deployments are, to be kept from those who may not see it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::domain::{Deployment, Environment, Redactor, Secret};
use crate::providers::PROVIDERS;

/// Takes every configured address, and its host alone, out of texts.
pub(super) fn redactor(deployments: &[Arc<Deployment>], env: &Environment) -> Redactor {
    let of_params = deployments.iter().flat_map(|deployment| deployment.params.iter());
    let of_params = of_params.filter_map(|(_, value)| Value::as_str(value));
    let variables = PROVIDERS.iter().flat_map(|provider| provider.base_envs);
    let of_variables = variables.filter_map(|name| env.get(name));
    // A fleet repeats the same few addresses thousands of times.
    let texts: HashSet<&str> = of_params.chain(of_variables).filter(|text| text.contains("://")).collect();
    let addresses: Vec<Secret> = texts.into_iter().flat_map(spellings).map(Secret::from).collect();
    Redactor::new(&addresses)
}

/// The ways in which an address shows up in sentences.
fn spellings(text: &str) -> Vec<String> {
    let text = text.trim().trim_end_matches('/');
    let mut spellings = vec![text.to_owned()];
    if let Ok(url) = Url::parse(text)
        && let Some(host) = url.host_str()
    {
        spellings.extend(url.port().map(|port| format!("{host}:{port}")));
        spellings.push(host.trim_matches(['[', ']']).to_owned());
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_in_all_spellings() {
        let addresses: Vec<Secret> =
            spellings("https://eu.example.com:8443/v1/").into_iter().map(Secret::from).collect();
        let text =
            "asked https://eu.example.com:8443/v1/chat: eu.example.com:8443 says no, eu.example.com too";
        assert_eq!(
            Redactor::new(&addresses).clean(text),
            "asked [redacted]/chat: [redacted] says no, [redacted] too"
        );
    }
}
