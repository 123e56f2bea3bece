//! The command line: what is typed, what is read and written, what is shown. The only room with side effects.

pub mod args;
pub mod completions;
pub mod exit;
pub mod explain;
pub mod failure;
pub mod init;
pub mod listing;
pub mod man;
pub mod policies;
pub mod presets;
pub mod progress;
pub mod schema;
pub mod signal;
pub mod terminal;
pub mod verb;
pub mod write;

pub use verb::main;
