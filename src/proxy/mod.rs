//! Calls deployments on behalf of clients: chooses one, asks it in its own format, and passes the answer on in OpenAI's.

mod plan;

pub use plan::{CallPlan, PlanError, plan};
