//! `drasim import`: a scenario from Kubernetes objects.

use std::path::PathBuf;

use crate::ask::import::{Imported, import as make};
use crate::base::Severity;
use crate::cli::ask_args::ImportArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::read::read_objects;
use crate::cli::terminal::Terminal;
use crate::cli::write;
use crate::run::counted;
use crate::scenario::diagnose;

/// Writes the scenario and, beside it, the objects that it names.
pub fn import(args: &ImportArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let stem = args.output.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let beside: PathBuf = args.output.with_file_name(format!("{stem}.objects.json"));
    for path in [&args.output, &beside] {
        // A link that leads nowhere exists as well.
        if !args.force && path.symlink_metadata().is_ok() {
            let text = format!("{} exists already", path.display());
            return Err(Failure::usage(&text, "choose another name, or overwrite it with --force"));
        }
    }
    let (objects, mut findings) = read_objects(&args.file);
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let file = beside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let imported = make(&objects, name.trim_start_matches('.'), &file, &mut findings);
    let rendered = diagnose::render(&findings, "", "", terminal.colour_err);
    let Some(Imported { scenario, objects, pods, entries, nodes }) = imported.filter(|_| !findings.has_errors()) else {
        return Err(Failure::Rejected(rendered));
    };
    if terminal.verbosity >= 0 && findings.0.iter().any(|finding| finding.severity == Severity::Warning) {
        terminal.talk(&rendered);
    }
    write::file(&beside, format!("{objects:#}\n").as_bytes())?;
    write::file(&args.output, scenario.as_bytes())?;
    terminal.print(&format!(
        "{}: {}, {} as {} of demand; objects in {}\n",
        args.output.display(),
        counted(nodes as u64, "node"),
        counted(pods, "pod"),
        counted(entries as u64, "kind"),
        beside.display()
    ))?;
    Ok(Exit::Done)
}
