//! Exit codes: what a script may rely on.

use std::process::ExitCode;

/// How the command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Everything asked for was done.
    Done,
    /// Reading, writing or something inside drasim failed.
    Failed,
    /// The command line or an input was rejected; nothing was written.
    Rejected,
    /// A repeated run or a recorded decision differs, or an invariant does not hold.
    Violated,
    /// What was required does not hold.
    Missed,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Rejected => 2,
            Exit::Violated => 4,
            Exit::Missed => 10,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// The table of `--help` and the manual page.
pub const HELP: &str = "\
Exit codes:
    0  everything asked for was done
    1  reading, writing or something inside drasim failed
    2  the command line or an input was rejected; nothing was written
    4  a repeated run or a recorded decision differs, or an invariant does not hold
   10  what --require asks for does not hold
  130  interrupted by Ctrl-C; no half-written file remains
  143  ended by SIGTERM; no half-written file remains
Codes 3 and 11 are kept for incomplete sweeps and regressions.

Results go to standard output, everything else to standard error.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_code() {
        for exit in [Exit::Done, Exit::Failed, Exit::Rejected, Exit::Violated, Exit::Missed, Exit::Interrupted, Exit::Terminated]
        {
            assert!(HELP.contains(&format!("{:>5}  ", exit.code())), "{exit:?}");
        }
    }
}
