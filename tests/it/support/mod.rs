//! Test doubles and small servers that several subjects share.

#![expect(unreachable_pub, reason = "what is shared between modules of one binary")]

pub mod daemon;
pub mod fleet;
pub mod golden;
pub mod log;
pub mod loopback;
pub mod scripted;
