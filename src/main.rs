//! The `llmhealth` program.

use std::process::ExitCode;

// Thousands of short-lived requests on several threads: it keeps memory flatter than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    llmhealth::cli::main()
}
