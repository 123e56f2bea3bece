//! `drasim schema`: JSON Schemas for editors and checkers.

use crate::cli::args::{SchemaArgs, SchemaOf};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::scenario::schema;

/// Prints the schema.
pub fn schema(args: &SchemaArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let text = match args.of {
        SchemaOf::Scenario => format!("{:#}\n", schema::scenario()),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
