//! Taking on a changed configuration: noticing it, and what becomes of what is known and under way.

mod under_load;
mod watch;
