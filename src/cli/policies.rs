//! `drasim policies`: what can stand in a `[[strategy]]`.

use crate::alloc::Mechanism;
use crate::alloc::policy::POLICIES;
use crate::cli::args::PoliciesArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::listing::Listing;
use crate::cli::terminal::Terminal;

/// Prints the list: mechanisms in ladder order, then packing policies in the order of their study.
pub fn policies(args: &PoliciesArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let row = |name: &str, replay: &str, rule: &str, source: &str| [name, replay, rule, source].map(str::to_owned).to_vec();
    let mechanisms = Mechanism::ALL.iter().map(|m| row(m.name(), "timed", m.summary(), "Kubernetes 1.37"));
    let packing = POLICIES.iter().map(|p| row(p.name, "sequence", p.summary, p.paper));
    let listing = Listing {
        schema: "drasim.policies/v1",
        key: "policies",
        columns: ["name", "replay", "rule", "source"].map(str::to_owned).to_vec(),
        rows: mechanisms.chain(packing).collect(),
    };
    terminal.print(&listing.text(args.format, terminal))?;
    Ok(Exit::Done)
}
