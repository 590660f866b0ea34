//! Probing, from a configuration to a report.

mod azure_ad;
mod errors;
mod exchange;
mod fanout;
mod flows;
mod google;
mod lessons;
mod outcomes;
mod runs;
