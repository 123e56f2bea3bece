//! `drasim run`: every strategy of a scenario on the same workload, compared.

use std::path::{Path, PathBuf};

use crate::cli::args::{Form, RunArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::provenance::{FILE, Provenance};
use crate::cli::simulate::{Simulated, simulate};
use crate::cli::terminal::{Terminal, WIDTH_OF_A_FILE};
use crate::cli::write::Staging;
use crate::cli::{load_curve, open, repeat};
use crate::report::{Artifact, Format, artifacts, scoreboard};

/// Where artifacts go if nothing else is said, one folder a scenario.
const OUTPUT: &str = "drasim-out";

/// The page that a person opens.
pub const PAGE: &str = "report.html";

/// Runs, compares, writes.
pub fn run(args: &RunArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(manifest) = &args.from {
        return repeat::repeat(args, manifest, terminal);
    }
    let source = open::source(args.scenario.as_deref(), terminal)?;
    if !args.load.is_empty() {
        return load_curve::load_curve(args, &source, terminal);
    }
    let plan = open::plan(&source, &args.edit, &[], terminal)?;
    let folder = output(args, &plan.name);
    let staging = folder.as_deref().map(Staging::open).transpose()?;
    let simulated = simulate(&plan, args, terminal)?;
    if let Some(staging) = staging {
        write(staging, folder.as_deref().unwrap_or(Path::new("")), &simulated, &source.dir)?;
    }
    show(args, &simulated, folder.as_deref(), terminal)?;
    Ok(Exit::Done)
}

/// The folder for artifacts, unless none are wanted.
pub fn output(args: &RunArgs, scenario: &str) -> Option<PathBuf> {
    (!args.no_output).then(|| args.output.clone().unwrap_or_else(|| Path::new(OUTPUT).join(scenario)))
}

/// All artifacts of a run, whole or not at all.
pub fn write(staging: Staging, folder: &Path, simulated: &Simulated, scenario_dir: &Path) -> Result<(), Failure> {
    let mut files = artifacts(&simulated.results.report);
    if files.iter().all(|f| f.path != "manifest.json") {
        files.push(Artifact::text("manifest.json", simulated.results.manifest.json()));
    }
    put(staging, folder, files, simulated, scenario_dir)
}

/// Stages the files and their provenance, and puts them in place.
pub fn put(
    mut staging: Staging,
    folder: &Path,
    files: Vec<Artifact>,
    simulated: &Simulated,
    scenario_dir: &Path,
) -> Result<(), Failure> {
    let stale = Provenance::of(folder).map(|p| p.files).unwrap_or_default();
    let names = files.iter().map(|f| f.path.clone()).collect();
    for file in &files {
        staging.put(&file.path, &file.bytes)?;
    }
    staging.put(FILE, Provenance::now(simulated, scenario_dir, names).json().as_bytes())?;
    staging.commit(&stale)
}

/// The comparison on standard output, then where the page is.
fn show(args: &RunArgs, simulated: &Simulated, folder: Option<&Path>, terminal: &Terminal) -> Result<(), Failure> {
    let width = u16::try_from(terminal.width.unwrap_or(WIDTH_OF_A_FILE)).unwrap_or(u16::MAX);
    let mut text = scoreboard(&simulated.results.report, format(args.format), width, terminal.colour_out);
    let page = folder.map(|f| format!("report: {}\n", f.join(PAGE).display()));
    match (args.format, page) {
        (Form::Table, Some(page)) => text.push_str(&page),
        (_, Some(page)) => terminal.say(page.trim_end()),
        (_, None) => {}
    }
    terminal.print(&text)?;
    let seconds = simulated.wall_ns as f64 / 1e9;
    terminal.detail(&format!("{} scheduling attempts in {seconds:.3} s on {} threads", simulated.attempts, simulated.threads));
    Ok(())
}

/// The report's name of a form.
pub fn format(form: Form) -> Format {
    match form {
        Form::Table => Format::Table,
        Form::Json => Format::Json,
        Form::Csv => Format::Csv,
        Form::Md => Format::Markdown,
    }
}
