//! `drasim run --load A,B,...`: the same scenario at several loads.

use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::simulate::{Simulated, simulate};
use crate::cli::terminal::{Terminal, WIDTH_OF_A_FILE};
use crate::cli::write::Staging;
use crate::cli::{open, run};
use crate::report::{LoadCurve, LoadPoint, load_artifacts, load_table};
use crate::scenario::{Plan, Source};

/// Runs the scenario at each load and compares the strategies along them. All loads are judged before the first run.
pub fn load_curve(args: &RunArgs, source: &Source, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut loads = args.load.clone();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    let quiet = Terminal { verbosity: -1, ..*terminal };
    let plan_at = |i: usize| {
        let edit = format!("workload.load={:?}", loads[i]);
        // Warnings are the same at every load; one telling is enough.
        open::plan(source, &args.edit, &[edit], if i == 0 { terminal } else { &quiet })
    };
    let plans: Vec<Plan> = (0..loads.len()).map(plan_at).collect::<Result<_, _>>()?;
    // A folder of its own: the plain run of the scenario keeps its files.
    let name = plans.first().map_or_else(String::new, |plan| format!("{}-load", plan.name));
    let folder = run::output(args, &name);
    let staging = folder.as_deref().map(Staging::open).transpose()?;
    let mut runs = Vec::new();
    for (plan, load) in plans.iter().zip(&loads) {
        terminal.detail(&format!("load {load}"));
        runs.push(simulate(plan, args, terminal)?);
    }
    let curve = curve(&loads, &runs);
    let width = terminal.width.unwrap_or(WIDTH_OF_A_FILE);
    let mut text = load_table(&curve, run::format(args.format), width, terminal.colour_out);
    if let (Some(staging), Some(folder), Some(total)) = (staging, folder.as_deref(), total(runs)) {
        run::put(staging, folder, load_artifacts(&curve), &total, &source.dir)?;
        tell_place(args, folder, &mut text, terminal);
    }
    terminal.print(&text)?;
    Ok(Exit::Done)
}

fn curve(loads: &[f64], runs: &[Simulated]) -> LoadCurve {
    let first = runs.first().map(|r| &r.results.report);
    let points = loads.iter().zip(runs);
    LoadCurve {
        scenario: first.map_or_else(String::new, |r| r.scenario.clone()),
        headline: headline(loads, runs),
        points: points.map(|(&load, r)| LoadPoint { load, strategies: r.results.report.strategies.clone() }).collect(),
    }
}

/// That of the highest load, with the loads in front.
fn headline(loads: &[f64], runs: &[Simulated]) -> String {
    let loads: Vec<String> = loads.iter().map(f64::to_string).collect();
    let last = runs.last().map_or("", |r| r.results.report.headline.as_str());
    format!("loads {}; at the last of them {last}", loads.join(", "))
}

/// One provenance for all loads: times and attempts add up.
fn total(runs: Vec<Simulated>) -> Option<Simulated> {
    runs.into_iter().reduce(|mut all, run| {
        all.wall_ns = all.wall_ns.saturating_add(run.wall_ns);
        all.attempts += run.attempts;
        all
    })
}

fn tell_place(args: &RunArgs, folder: &Path, text: &mut String, terminal: &Terminal) {
    let place = format!("picture: {}", folder.join("load-curve.svg").display());
    match args.format {
        crate::cli::args::Form::Table => text.push_str(&format!("\n{place}\n")),
        _ => terminal.say(&place),
    }
}
