//! Probing, from a configuration to a report.

mod answers;
mod azure_ad;
mod errors;
mod exchange;
mod fanout;
mod flows;
mod google;
mod hosted;
mod jobs;
mod lessons;
mod outcomes;
mod realtime;
mod runs;
mod self_check;
