//! The `drasim` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    drasim::cli::main()
}
