//! Asks deployments whether they can serve: plan, run, classify, fan out.

mod checker;
mod classify;
mod cost;
mod cycle;
mod describe;
mod eligible;
mod failure;
mod fanout;
mod headers;
mod limits;
mod plan;
mod queue;
mod report;
mod run;
mod wildcard;

pub use checker::{Checker, Progress, Run};
pub use classify::classify;
pub use cost::cost_usd;
pub use describe::describe;
pub use plan::{Plan, PlanError, mode_of, plan};
pub use report::{Checked, Report, Scope, Skipped, Source};
