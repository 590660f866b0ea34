//! Probing, from a configuration to a report.

mod azure_ad;
mod errors;
mod fanout;
mod lessons;
mod outcomes;
mod runs;
