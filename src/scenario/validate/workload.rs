//! `[workload]`: which source, which keys belong to it, and the plan of it.

use crate::base::{Findings, Seed, SimDuration};
use crate::model::Inventory;
use crate::scenario::plan::{StrategyPlan, SyntheticPlan, WorkloadPlan};
use crate::scenario::raw::{self, Replay, Source};
use crate::scenario::suggest;
use crate::scenario::validate::context::Context;
use crate::scenario::validate::run::Window;
use crate::scenario::validate::strategies::is_packing;
use crate::scenario::validate::{entries, trace};
use crate::synth::{MIXES, Mix, Offer, generate, mix_named};

/// The load where none is written.
pub const LOAD_DEFAULT: f64 = 0.9;

/// What kind of run a scenario asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// Draws from a mix, in simulated time.
    Synthetic,
    /// A trace in its own time.
    Timed,
    /// A trace as a sequence.
    Sequence,
}

/// Decides what kind of run it is, and reports strategies that cannot take part. `None` if there is no workload.
pub fn sort(cx: &mut Context<'_>, raw: &raw::Workload, strategies: &[StrategyPlan]) -> Option<Sort> {
    let packing = strategies.first().is_some_and(|s| is_packing(&s.kind));
    let source = raw.source.or(match (&raw.pods, &raw.mix) {
        (Some(_), _) => Some(Source::Openb),
        (None, Some(_)) => Some(Source::Synthetic),
        (None, None) => (!raw.entry.is_empty()).then_some(Source::Synthetic),
    });
    let Some(source) = source else {
        let help = "give `mix`, [[workload.entry]] tables, or `pods`";
        cx.absent("E0308", "workload", "the scenario has no workload", help);
        return None;
    };
    let sort = match (source, raw.replay) {
        (Source::Synthetic, _) => Sort::Synthetic,
        (Source::Openb, Some(Replay::Timed)) => Sort::Timed,
        (Source::Openb, Some(Replay::Sequence)) => Sort::Sequence,
        (Source::Openb, None) if packing => Sort::Sequence,
        (Source::Openb, None) => Sort::Timed,
    };
    if let Some(first) = strategies.first() {
        let name = &first.name;
        if packing && sort != Sort::Sequence {
            let path = if cx.is_written("workload.replay") { "workload.replay" } else { "workload" };
            let text = format!("the packing policy `{name}` needs a sequence replay of a trace");
            cx.error("E0303", path, text, "give `pods` and replay = \"sequence\"");
        } else if !packing && sort == Sort::Sequence {
            let text = format!("the mechanism `{name}` runs in simulated time, not in a sequence replay");
            cx.error("E0303", "workload.replay", text, "replay = \"timed\", or packing policies as strategies");
        }
    }
    Some(sort)
}

/// A workload plan and what it says about the window.
pub struct Planned {
    /// The plan.
    pub plan: WorkloadPlan,
    /// How long it goes on.
    pub window: Window,
}

/// Judges `[workload]` for the cluster.
pub fn workload(
    cx: &mut Context<'_>,
    raw: &raw::Scenario,
    sort: Sort,
    inventory: Option<&mut Inventory>,
    seed: Seed,
) -> Option<Planned> {
    if sort == Sort::Synthetic {
        let keys = ["pods", "replay", "from", "speedup", "orders", "order_seed", "tune"];
        cx.refuse("workload", &keys, "it belongs to a trace, and the workload is synthetic");
        return synthetic(cx, &raw.workload, inventory.as_deref());
    }
    let keys = ["mix", "entry", "load", "basis", "rhythm"];
    cx.refuse("workload", &keys, "it belongs to a synthetic workload, and the workload is a trace");
    let list = trace::pods(cx, &raw.workload);
    if sort == Sort::Timed {
        let (plan, end) = trace::timed(cx, &raw.workload, list, inventory, seed)?;
        return Some(Planned { plan: WorkloadPlan::Trace(plan), window: Window::Trace(end) });
    }
    let plan = trace::sequence(cx, &raw.workload, list, inventory, &raw.run)?;
    Some(Planned { plan: WorkloadPlan::Sequence(plan), window: Window::None })
}

fn synthetic(cx: &mut Context<'_>, raw: &raw::Workload, inventory: Option<&Inventory>) -> Option<Planned> {
    let load = cx.positive("workload.load", raw.load.unwrap_or(LOAD_DEFAULT), 1000.0);
    let mix = match &raw.mix {
        Some(name) => {
            cx.refuse("workload", &["basis", "rhythm"], "a shipped mix says it itself; it is for [[workload.entry]] tables");
            if !raw.entry.is_empty() {
                cx.error("E0307", "workload.entry", "both `mix` and own entries are given", "keep one of them");
            }
            named_mix(cx, name)
        }
        None if raw.entry.is_empty() => {
            let help = "give `mix` or [[workload.entry]] tables";
            cx.absent("E0308", "workload", "a synthetic workload needs a mix", help);
            None
        }
        None => entries::own_mix(cx, raw, inventory),
    };
    let plan = SyntheticPlan { mix: mix?, load: load?, span: SimDuration::ZERO };
    Some(Planned { plan: WorkloadPlan::Synthetic(plan), window: Window::Open })
}

fn named_mix(cx: &mut Context<'_>, name: &str) -> Option<Mix> {
    let found = mix_named(name);
    if found.is_none() {
        let help = suggest::help(name, "mix", MIXES.iter().map(|m| m.name));
        cx.error("E0204", "workload.mix", format!("there is no mix \"{name}\""), help);
    }
    found.map(|m| m.mix())
}

/// Draws a synthetic workload once, so that what is wrong with it is reported before a run.
pub fn try_out(cx: &mut Context<'_>, plan: &SyntheticPlan, inventory: &Inventory, seed: Seed) {
    let mut findings = Findings::default();
    generate(&plan.mix, plan.offer(seed), inventory, &mut findings);
    for mut finding in findings.0 {
        let field = finding.place.field.take().unwrap_or_else(|| "workload".into());
        finding.place = cx.place(&field);
        cx.findings.0.push(finding);
    }
}

impl SyntheticPlan {
    /// How much is asked for in one replicate.
    pub(in crate::scenario) fn offer(&self, seed: Seed) -> Offer {
        Offer { load: self.load, span: self.span, seed }
    }
}
