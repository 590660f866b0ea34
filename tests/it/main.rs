//! One integration-test binary; a module per subject.

#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop, also inside its helpers")]

#[cfg(feature = "aws")]
mod aws_credentials;
#[cfg(feature = "aws")]
mod aws_profiles;
mod azure_credentials;
mod azure_plan;
mod chat;
mod cli;
mod config;
mod docs;
mod google_credentials;
mod google_plan;
mod http;
mod media_plan;
mod plan;
mod probe;
mod proxy;
mod reload;
mod schedule;
mod size;
mod state;
mod support;
mod tidy;
mod transport;
mod wire;
