//! `drasim run --from manifest.json`: the same run again, identical or not.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::provenance::Provenance;
use crate::cli::simulate::simulate;
use crate::cli::terminal::Terminal;
use crate::cli::write::Staging;
use crate::cli::{open, run};
use crate::run::{Manifest, compare, counted};
use crate::scenario::Source;

/// Repeats the run. Artifacts are written only where `-o` says so.
pub fn repeat(args: &RunArgs, path: &Path, terminal: &Terminal) -> Result<Exit, Failure> {
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(&format!("no manifest at {}", path.display()), "name a manifest.json"),
        _ => Failure::io("read", path, error),
    })?;
    let recorded = Manifest::parse(&text).map_err(|error| {
        Failure::usage(&format!("{} is no manifest: {error}", path.display()), "`drasim run` writes manifest.json")
    })?;
    let this = env!("CARGO_PKG_VERSION");
    if recorded.drasim != this {
        let other = &recorded.drasim;
        terminal
            .say(&format!("warning: the manifest is of drasim {other}, and this is {this}; results may differ for that reason"));
    }
    let file = format!("{} (resolved scenario)", path.display());
    let source = Source { text: recorded.scenario_text(), file, dir: inputs_dir(path) };
    let plan = open::plan(&source, &args.edit, &[], terminal)?;
    let staging = args.output.as_deref().map(Staging::open).transpose()?;
    let simulated = simulate(&plan, args, terminal)?;
    if let (Some(staging), Some(folder)) = (staging, args.output.as_deref()) {
        run::write(staging, folder, &simulated, &source.dir)?;
    }
    let repeated = &simulated.results.manifest;
    let differences = compare(&recorded, repeated);
    if differences.is_empty() {
        let runs = counted(recorded.runs.len() as u64, "run");
        let inputs = counted(recorded.inputs.len() as u64, "input file");
        terminal.print(&format!("identical: {runs}, summary.json, {inputs}\n"))?;
        return Ok(Exit::Done);
    }
    terminal.print(&format!("different: {}\n", counted(differences.len() as u64, "place")))?;
    terminal.print(&differences.iter().map(|d| format!("  {d}\n")).collect::<String>())?;
    Ok(Exit::Violated)
}

/// Where relative input paths start: the folder that the provenance beside the manifest names, if that is still there, else
/// the manifest's own. A wrong file is noticed by its SHA-256.
fn inputs_dir(manifest: &Path) -> PathBuf {
    let beside = manifest.parent().unwrap_or(Path::new("")).to_owned();
    let recorded = Provenance::of(&beside).map(|p| PathBuf::from(p.scenario_dir));
    recorded.filter(|dir| dir.is_dir()).unwrap_or(beside)
}
