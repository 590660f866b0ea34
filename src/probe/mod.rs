//! Asks deployments whether they can serve: plan, run, classify, fan out.

mod checker;
mod classify;
mod eligible;
mod report;

pub use checker::{Checker, Progress, Run};
pub use classify::classify;
pub use report::{Checked, Report, Scope, Skipped, Source};
