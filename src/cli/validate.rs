//! `drasim validate`: everything that is wrong with scenarios and their inputs, without a run.

use crate::cli::args::ValidateArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::cli::terminal::Terminal;
use crate::run::counted;
use crate::scenario::WorkloadPlan;

/// Judges every scenario named, also after one that is rejected.
pub fn validate(args: &ValidateArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for path in &args.scenario {
        match open::source(Some(path), terminal).and_then(|source| open::plan(&source, &args.edit, &[], terminal)) {
            Ok(plan) => {
                let replay = match plan.workload {
                    WorkloadPlan::Sequence(_) => "sequence replay",
                    WorkloadPlan::Synthetic(_) | WorkloadPlan::Trace(_) => "timed",
                };
                let names: Vec<&str> = plan.strategies.iter().map(|s| s.name.as_str()).collect();
                let nodes = counted(plan.inventory.nodes.len() as u64, "node");
                terminal.print(&format!("{}: valid, {nodes}, {replay}: {}\n", path.display(), names.join(", ")))?;
            }
            Err(Failure::Rejected(text)) => {
                terminal.complain(&text);
                exit = Exit::Rejected;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(exit)
}
