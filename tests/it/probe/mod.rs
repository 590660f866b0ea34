//! Probing, from a configuration to a report.

mod errors;
mod fanout;
mod outcomes;
mod runs;
