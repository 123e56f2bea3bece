//! Why a command did not end well, in the user's words.

use std::io;
use std::path::{Path, PathBuf};

use crate::cli::exit::Exit;

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// A file or a stream could not be read or written.
    Io {
        /// What was being done, such as `write`.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// Something that should not happen, as a sentence.
    Internal(String),
    /// The command line or an input was rejected. The text is ready to print, with a final line break.
    Rejected(String),
    /// An invariant does not hold, or a repeated run differs. The text is ready to print, with a final line break.
    Violated(String),
    /// The reader of standard output has gone; there is nobody to tell.
    Unread,
    /// A signal asked to stop; the signal thread ends the process.
    Interrupted,
}

impl Failure {
    /// A file or stream that could not be read or written.
    pub fn io(doing: &'static str, path: &Path, error: io::Error) -> Failure {
        Failure::Io { doing, path: path.to_owned(), error }
    }

    /// A rejected command line: one sentence, and what to do instead.
    pub fn usage(text: &str, help: &str) -> Failure {
        Failure::Rejected(format!("error: {text}\n  = help: {help}\n"))
    }

    /// What standard error says; ends with a line break, or is empty.
    pub fn text(&self) -> String {
        match self {
            Failure::Io { doing, path, error } => format!("error: cannot {doing} {}: {}\n", path.display(), reason(error)),
            Failure::Internal(text) => format!("error: {text}\n"),
            Failure::Rejected(text) | Failure::Violated(text) => text.clone(),
            Failure::Unread | Failure::Interrupted => String::new(),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Io { .. } | Failure::Internal(_) => Exit::Failed,
            Failure::Rejected(_) => Exit::Rejected,
            Failure::Violated(_) => Exit::Violated,
            // As with any filter: `drasim presets | head -1` is no failure.
            Failure::Unread => Exit::Done,
            Failure::Interrupted => Exit::Interrupted,
        }
    }
}

/// The operating system's sentence without Rust's error number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a folder".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}
