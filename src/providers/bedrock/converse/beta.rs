//! Anthropic's betas: a header elsewhere, a list in the body on Bedrock.

use serde_json::Value;

use crate::providers::Target;

/// The betas that Bedrock takes for Claude. It refuses a request that names another.
const KNOWN: [&str; 11] = [
    "computer-use-2024-10-22",
    "computer-use-2025-01-24",
    "context-1m-2025-08-07",
    "context-management-2025-06-27",
    "dev-full-thinking-2025-05-14",
    "effort-2025-11-24",
    "interleaved-thinking-2025-05-14",
    "output-128k-2025-02-19",
    "token-efficient-tools-2025-02-19",
    "tool-examples-2025-10-29",
    "tool-search-tool-2025-10-19",
];

/// Those of the betas in the user's `anthropic-beta` headers that Bedrock knows.
pub(in crate::providers::bedrock) fn known_betas(target: &Target<'_>) -> Vec<&'static str> {
    let params = &target.deployment.params;
    let mut betas = Vec::new();
    for headers in ["headers", "extra_headers"].iter().filter_map(|key| params.get(key)?.as_object()) {
        let named = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("anthropic-beta"));
        for text in named.filter_map(|(_, value)| Value::as_str(value)) {
            betas
                .extend(text.split(',').filter_map(|beta| KNOWN.iter().find(|known| **known == beta.trim())));
        }
    }
    betas.dedup();
    betas
}
