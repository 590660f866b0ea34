//! The endpoints: the real router over a scripted transport, and the server loop over loopback.

mod auth;
mod background;
mod compat;
mod health;
mod healthy_only;
mod keys;
mod maintenance;
mod metrics;
mod models;
mod openapi;
mod probes;
mod reload;
mod routing;
mod routing_state;
mod secrets;
mod server;
mod test_connection;
