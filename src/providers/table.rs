//! The table of providers: the only place where one is registered.

use super::Provider;

/// Every provider, in alphabetical order of slugs.
pub static PROVIDERS: &[Provider] = &[];

/// The provider with this slug or alias.
#[must_use]
pub fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.slug == name || provider.aliases.contains(&name))
}
