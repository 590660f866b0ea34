//! The `llmhealth` program.

fn main() {}
