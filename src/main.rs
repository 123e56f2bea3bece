//! The `drasim` command.

use std::process::ExitCode;

/// Reading a dump of a large cluster is millions of small allocations; this one does them in half the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    drasim::cli::main()
}
