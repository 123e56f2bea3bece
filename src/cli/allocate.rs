//! `drasim allocate`: who gets what, or why not.

use crate::ask::allocate::{Verdict, allocate as decide};
use crate::ask::{output, show, yaml};
use crate::cli::ask_args::{AllocateArgs, Output};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::objects::{Named, Question, question, require_files};
use crate::cli::terminal::{Terminal, WIDTH_OF_A_FILE};

/// Decides about everything that is asked. That something does not fit is an answer, not a failure, unless `--require`.
pub fn allocate(args: &AllocateArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    require_files(&args.objects.file)?;
    let named = Named { claims: names(&args.claim), pods: names(&args.pod) };
    let Question { mut state, subjects, nodes, held } = question(&args.objects, &named, terminal)?;
    if subjects.is_empty() && held.is_empty() {
        terminal.say("nothing to allocate: there is no claim without allocation, no template, and no pod that needs one");
    }
    let answers = decide(&mut state, subjects, &nodes);
    let held: Vec<_> = held.iter().collect();
    let text = match args.output {
        Output::Table => show::allocation(&state, &answers, &held, terminal.width.unwrap_or(WIDTH_OF_A_FILE)),
        Output::Json => format!("{:#}\n", output::claims(&state, &answers, &held)),
        Output::Yaml => yaml::to_yaml(&output::claims(&state, &answers, &held)),
    };
    terminal.print(&text)?;
    let failed = answers.iter().find(|answer| !matches!(answer.verdict, Verdict::Allocated { .. }));
    let told = answers.iter().find(|answer| matches!(answer.verdict, Verdict::NoNode(_) | Verdict::Failed { .. }));
    if let Some(answer) = told {
        let option = if show::kind(&answer.subject) == "pod" { "--pod" } else { "--claim" };
        terminal.say(&format!("`drasim explain -f ... {option} {}` says what would help", answer.subject.name));
    }
    Ok(if args.require && failed.is_some() { Exit::Missed } else { Exit::Done })
}

fn names(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}
