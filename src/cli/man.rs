//! `drasim man`: the manual pages, from the same definition as `--help`.

use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::args::{CommandLine, ManArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;

/// Prints a page in roff: `drasim man | man -l -`.
pub fn man(args: &ManArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut all = CommandLine::command();
    // Global options appear in the pages of verbs only after this.
    all.build();
    let page = match &args.verb {
        None => Man::new(all),
        Some(verb) => match all.find_subcommand(verb) {
            Some(found) => {
                let version = env!("CARGO_PKG_VERSION");
                Man::new(found.clone().version(version)).title(format!("drasim-{verb}")).source(format!("drasim {version}"))
            }
            None => {
                let verbs: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
                return Err(Failure::usage(&format!("no verb is called `{verb}`"), &format!("verbs are {}", verbs.join(", "))));
            }
        },
    };
    let mut roff = Vec::new();
    page.render(&mut roff).map_err(|error: io::Error| Failure::io("render", Path::new("the manual page"), error))?;
    terminal.print(&String::from_utf8_lossy(&roff))?;
    Ok(Exit::Done)
}
