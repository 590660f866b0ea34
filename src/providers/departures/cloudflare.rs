//! Cloudflare Workers AI: the account is part of the address.

use crate::providers::Target;
use crate::providers::openai::Departure;
use crate::providers::url as urls;

/// The departure of `cloudflare`.
pub(in crate::providers) struct Cloudflare;

/// The environment variable that names the account.
const ACCOUNT: &[&str] = &["CLOUDFLARE_ACCOUNT_ID"];

impl Departure for Cloudflare {
    fn base(&self, target: &Target<'_>) -> Option<String> {
        let Some(base) = urls::configured_base(target) else {
            let account = urls::segment(target.env.first(ACCOUNT)?);
            return Some(format!("https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1"));
        };
        // The path of the older API, which does not speak OpenAI's format.
        base.trim_end_matches('/').strip_suffix("/ai/run").map(|account| [account, "/ai/v1"].concat())
    }
}
