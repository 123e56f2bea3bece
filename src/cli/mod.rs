//! The command line: what is typed, what is read and written, what is shown. The only room with side effects.

pub mod allocate;
pub mod args;
pub mod ask_args;
pub mod completions;
pub mod exit;
pub mod explain;
pub mod explain_pod;
pub mod failure;
pub mod import;
pub mod init;
pub mod listing;
pub mod load_curve;
pub mod man;
pub mod objects;
pub mod open;
pub mod policies;
pub mod presets;
pub mod progress;
pub mod provenance;
pub mod read;
pub mod repeat;
pub mod report;
pub mod run;
pub mod schema;
pub mod signal;
pub mod simulate;
pub mod terminal;
pub mod validate;
pub mod verb;
pub mod verify;
pub mod write;

pub use verb::main;
