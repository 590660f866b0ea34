//! Facts about models: mode, reasoning, prices.

/// A lookup of models by name.
#[derive(Debug, Default)]
pub struct Catalog {}
