//! Probing, from a configuration to a report.

mod azure_ad;
mod errors;
mod fanout;
mod google;
mod lessons;
mod outcomes;
mod runs;
