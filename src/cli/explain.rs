//! `drasim explain`: what a code means and what to do about it.

use crate::cli::args::{ExplainArgs, Form};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::listing::Listing;
use crate::cli::terminal::Terminal;
use crate::scenario::codes::{self, CODES};
use crate::scenario::suggest;

/// Prints the explanation of one code, or the list of all.
pub fn explain(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let text = match &args.code {
        None => all().text(Form::Table, terminal),
        Some(code) => match codes::find(code) {
            Some(found) => format!("{}: {}\n\n{}\n", found.code, found.title, found.explanation),
            None => {
                let help = suggest::help(code, "code", CODES.iter().map(|c| c.code));
                return Err(Failure::usage(&format!("`{code}` is no code of drasim's"), &help));
            }
        },
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

fn all() -> Listing {
    Listing {
        schema: "drasim.codes/v1",
        key: "codes",
        columns: ["code", "meaning"].map(str::to_owned).to_vec(),
        rows: CODES.iter().map(|c| vec![c.code.to_owned(), c.title.to_owned()]).collect(),
    }
}
