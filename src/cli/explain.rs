//! `drasim explain`: what a code means, or why claims are where they are, or nowhere.

use crate::ask::explain::explain as examine;
use crate::ask::{output, show, yaml};
use crate::cli::args::Form;
use crate::cli::ask_args::{ExplainArgs, Output};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::listing::Listing;
use crate::cli::objects::{Named, Question, question};
use crate::cli::terminal::{Terminal, WIDTH_OF_A_FILE};
use crate::scenario::codes::{self, CODES};
use crate::scenario::suggest;

/// Prints the explanation of a claim or pod, of one code, or the list of all codes.
pub fn explain(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if !args.objects.file.is_empty() {
        return objects(args, terminal);
    }
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

/// Explains the one claim or pod that is asked about.
fn objects(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let named =
        Named { claims: args.claim.iter().map(String::as_str).collect(), pods: args.pod.iter().map(String::as_str).collect() };
    let Question { state, mut subjects, nodes, held } = question(&args.objects, &named, terminal)?;
    if subjects.len() > 1 {
        let option = |subject| if show::kind(subject) == "pod" { "--pod" } else { "--claim" };
        let names: Vec<String> = subjects.iter().map(|s| format!("{} {}", option(s), s.name)).collect();
        let help = format!("choose one: {}", crate::ask::words::list(&names));
        return Err(Failure::usage("there is more than one pod or claim to explain", &help));
    }
    let Some(subject) = subjects.pop() else {
        let held: Vec<_> = held.iter().collect();
        if held.is_empty() {
            return Err(Failure::usage("there is nothing to explain", "no claim is without allocation; --again decides anew"));
        }
        terminal.print(&show::allocation(&state, &[], &held, terminal.width.unwrap_or(WIDTH_OF_A_FILE)))?;
        terminal.say("it is allocated; --again explains how it would be decided now");
        return Ok(Exit::Done);
    };
    let found = examine(&state, subject, &nodes);
    let text = match args.output {
        Output::Table => show::explanation(&state, &found, terminal.width.unwrap_or(WIDTH_OF_A_FILE)),
        Output::Json => format!("{:#}\n", output::explanation(&state, &found)),
        Output::Yaml => yaml::to_yaml(&output::explanation(&state, &found)),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
