//! The two streams: standard output is the result, standard error is talk.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::cli::args::{Colour, TalkArgs};
use crate::cli::failure::Failure;

/// What the two streams can show, and how much the user wants to hear.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Colour on standard output.
    pub colour_out: bool,
    /// Colour on standard error.
    pub colour_err: bool,
    /// Columns of standard output if it is a terminal.
    pub width: Option<usize>,
    /// Standard error is a terminal, so a progress bar can move.
    pub talks_to_terminal: bool,
    /// -1 with `--quiet`, 0 by default, 1 and more with `-v`.
    pub verbosity: i8,
}

/// Columns assumed where standard output is a file or a pipe: tables stay in their wide form.
pub const WIDTH_OF_A_FILE: usize = 160;

impl Terminal {
    /// Asks the streams, the environment (`NO_COLOR`, `CLICOLOR_FORCE`, `COLUMNS`) and the flags; flags win.
    pub fn new(args: &TalkArgs) -> Terminal {
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let width = out.then(|| {
            let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
            columns.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).unwrap_or(80)
        });
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let (no_color, force) = (set("NO_COLOR"), set("CLICOLOR_FORCE"));
        Terminal {
            colour_out: colour(args.color, out, no_color, force),
            colour_err: colour(args.color, err, no_color, force),
            width,
            talks_to_terminal: err,
            verbosity: if args.quiet { -1 } else { i8::try_from(args.verbose).unwrap_or(i8::MAX) },
        }
    }

    /// Writes a result. A reader that has gone (a closed pipe) ends the command quietly; a full disk does not.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Unread),
            Err(error) => Err(Failure::io("write to", Path::new("standard output"), error)),
        }
    }

    /// Tells the user something, unless `--quiet`. Ends the line.
    pub fn say(&self, text: &str) {
        if self.verbosity >= 0 {
            self.talk(&format!("{text}\n"));
        }
    }

    /// Tells the user a detail, with `-v` only. Ends the line.
    pub fn detail(&self, text: &str) {
        if self.verbosity >= 1 {
            self.talk(&format!("{text}\n"));
        }
    }

    /// Writes an error, whatever the verbosity. The word `error:` at its start is coloured.
    pub fn complain(&self, text: &str) {
        match text.strip_prefix("error:") {
            Some(rest) if self.colour_err => self.talk(&format!("\x1b[1;31merror:\x1b[0m{rest}")),
            _ => self.talk(text),
        }
    }

    /// Writes to standard error as it is.
    pub fn talk(&self, text: &str) {
        // Nobody is left to be told that standard error is closed.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// `--color` wins; then `NO_COLOR` (no-color.org), `CLICOLOR_FORCE`, and whether the stream is a terminal.
fn colour(choice: Colour, terminal: bool, no_color: bool, force: bool) -> bool {
    match choice {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => !no_color && (terminal || force),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_environment() {
        let check = |choice, terminal, no_color, force, want| {
            assert_eq!(colour(choice, terminal, no_color, force), want, "{choice:?} {terminal} {no_color} {force}");
        };
        check(Colour::Auto, true, false, false, true);
        check(Colour::Auto, false, false, false, false);
        check(Colour::Auto, false, false, true, true);
        check(Colour::Auto, true, true, true, false);
        check(Colour::Always, false, true, false, true);
        check(Colour::Never, true, false, true, false);
    }
}
