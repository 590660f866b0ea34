//! Asks deployments whether they can serve.
//!
//! The way of a probe: [`plan`](plan()) makes a request of a deployment, `run` sends it and puts what came back into
//! an outcome (`headers` and `failure` have the details), [`classify`](classify()) says what that means. The way of a
//! cycle: [`Checker`] selects deployments (`eligible`) and shares runs between callers, `fanout` keeps as many
//! probes under way as `limits` has room for, and `queue` holds those that have to wait. Without being asked, `schedule`
//! probes each deployment when it is due. Both go through `shared`, and `flights` sees to it that a deployment is
//! never probed twice at a time.
//!
//! Invariants: one upstream request per verdict; a failed probe is a value; only `run` and what is above it
//! waits, `plan` and `classify` are pure.

mod budget;
mod checker;
mod classify;
mod cost;
mod cycle;
mod describe;
mod eligible;
pub(crate) mod failure;
mod fanout;
mod flights;
pub(crate) mod headers;
mod lessons;
mod limits;
mod pace;
mod plan;
mod queue;
mod report;
mod run;
mod schedule;
mod self_check;
mod shared;
mod tally;
mod wildcard;

pub use checker::{Checker, Progress, Run};
pub use classify::classify;
pub use cost::cost_usd;
pub use describe::describe;
pub use limits::InFlight;
pub use plan::{Plan, PlanError, mode_of, plan};
pub use report::{Checked, Report, Scope, Skipped, Source};
pub use schedule::{Due, Finished, Timetable, Wanted};
pub use tally::{DURATION_BOUNDS, ProbeCounts};
