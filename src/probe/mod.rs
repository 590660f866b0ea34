//! Asks deployments whether they can serve: plan, run, classify, fan out.

mod report;

pub use report::{Checked, Report, Scope, Skipped, Source};
