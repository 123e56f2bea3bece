//! `drasim init`: a copy of the quickstart to edit.

use crate::cli::args::InitArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::cli::write;

/// The quickstart scenario, as it is shipped.
pub const QUICKSTART: &str = include_str!("../../scenarios/quickstart.toml");

/// Writes the copy. A file that exists is overwritten with `--force` only.
pub fn init(args: &InitArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let file = args.file.display();
    // A link that leads nowhere exists as well.
    if !args.force && args.file.symlink_metadata().is_ok() {
        let text = format!("{file} exists already");
        return Err(Failure::usage(&text, "choose another name, or overwrite it with --force"));
    }
    write::file(&args.file, QUICKSTART.as_bytes())?;
    terminal.print(&format!("{file}\n"))?;
    terminal.say(&format!("edit {file}, then: drasim run {file}"));
    Ok(Exit::Done)
}
