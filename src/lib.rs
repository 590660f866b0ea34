//! `llmhealth` says which LLM deployments of a LiteLLM configuration can serve a request right now.
//!
//! The modules, in the order in which to read them:
//!
//! 1. [`domain`]: the words of the field, without I/O.
//! 2. [`config`]: from YAML text to deployments, settings and findings.
//! 3. [`catalog`]: facts about models.
//! 4. [`providers`]: the provider table and the wire formats.
//! 5. [`credentials`]: turns a wire request into a signed one.
//! 6. [`transport`]: sends signed requests.
//! 7. [`probe`]: plan, run, classify, fan out.
//! 8. [`state`]: the latest outcome of every deployment.
//! 9. [`proxy`]: calls a deployment for a client.
//! 10. [`reload`]: takes on a changed configuration.
//! 11. [`metrics`]: the page that monitoring systems scrape.
//! 12. [`http`]: the endpoints.
//! 13. [`app`]: puts it all together.
//! 14. [`cli`]: the commands; [`logging`]: the log lines.
//!
//! Who may import whom, and why, is in `ARCHITECTURE.md`; a test reads the `use` lines.

pub mod app;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod credentials;
pub mod domain;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod probe;
pub mod providers;
pub mod proxy;
pub mod reload;
pub mod state;
pub mod transport;
