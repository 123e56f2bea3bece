//! From arguments to a plan: reads the scenario, applies the edits, tells what was found.

use std::path::{Path, PathBuf};

use crate::base::{Findings, Severity};
use crate::cli::args::EditArgs;
use crate::cli::failure::Failure;
use crate::cli::init::QUICKSTART;
use crate::cli::terminal::Terminal;
use crate::scenario::{Edits, Plan, Source, diagnose, load};

/// The name under which findings speak of the built-in quickstart.
const BUILT_IN: &str = "quickstart.toml (built in)";

/// The text of a scenario: that of the file, or the built-in quickstart.
pub fn source(scenario: Option<&Path>, terminal: &Terminal) -> Result<Source, Failure> {
    match scenario {
        None => Ok(Source { text: QUICKSTART.to_owned(), file: BUILT_IN.to_owned(), dir: PathBuf::new() }),
        Some(path) => Source::read(path).map_err(|findings| rejected(&findings, &path.display().to_string(), "", terminal)),
    }
}

/// The plan of a scenario after the edits. Everything that is wrong is told at once.
pub fn plan(source: &Source, edit: &EditArgs, more: &[String], terminal: &Terminal) -> Result<Plan, Failure> {
    let found = load(source, &edits(edit, more), data(edit).as_deref());
    let plan = found.map_err(|findings| rejected(&findings, &source.file, &source.text, terminal))?;
    let mut heard = plan.findings.clone();
    if terminal.verbosity < 1 {
        heard.0.retain(|f| f.severity == Severity::Warning);
    }
    if terminal.verbosity >= 0 && !heard.0.is_empty() {
        terminal.talk(&diagnose::render(&heard, &source.file, &source.text, terminal.colour_err));
    }
    Ok(plan)
}

/// `--seed` and `--replicates` are short for edits; `more` is applied last.
fn edits(edit: &EditArgs, more: &[String]) -> Edits {
    let mut set = edit.set.clone();
    set.extend(edit.seed.map(|n| format!("run.seed={n}")));
    set.extend(edit.replicates.map(|n| format!("run.replicates={n}")));
    set.extend_from_slice(more);
    Edits { set, strategies: edit.strategy.clone() }
}

/// What `${DATA}` stands for.
fn data(edit: &EditArgs) -> Option<PathBuf> {
    edit.data.clone().or_else(|| std::env::var_os("DRASIM_DATA").filter(|d| !d.is_empty()).map(PathBuf::from))
}

/// All findings as a failure.
pub fn rejected(findings: &Findings, file: &str, text: &str, terminal: &Terminal) -> Failure {
    Failure::Rejected(diagnose::render(findings, file, text, terminal.colour_err))
}
