//! From a text to a plan: parse, edit, hold against the schema, judge.

use crate::base::{Findings, Place, Seed};
use crate::node::FailurePlan;
use crate::scenario::load::{Fault, Input};
use crate::scenario::plan::{Plan, WorkloadPlan};
use crate::scenario::resolve::resolve;
use crate::scenario::schema::{self, Rule};
use crate::scenario::set::Edits;
use crate::scenario::tree::{self, Texts};
use crate::scenario::validate::constants::constants;
use crate::scenario::validate::context::Context;
use crate::scenario::validate::failures::{failures, no_classic_strategy, refuse_failures};
use crate::scenario::validate::run::{Window, run};
use crate::scenario::validate::workload::{self, Sort};
use crate::scenario::validate::{cluster, strategies};
use crate::scenario::{raw, structure};

/// The plan of a scenario `text`, or all that is wrong with it. `reader` gives the texts of the files it names.
pub fn plan(
    text: &str,
    file: &str,
    edits: &Edits,
    reader: &mut dyn FnMut(&str) -> Result<Input, Fault>,
) -> Result<Plan, Findings> {
    let mut findings = Findings::default();
    let mut texts = Texts::default();
    let Some(mut root) = tree::parse(text, file, &mut texts, &mut findings) else {
        return Err(findings);
    };
    edits.apply(&mut root, &mut texts, &mut findings);
    let schema = schema::scenario();
    let removed = structure::check(&mut root, Rule::root(&schema), &texts, &mut findings);
    let raw: raw::Scenario = match serde_json::from_value(root.to_json()) {
        Ok(raw) => raw,
        Err(e) => {
            // The schema is made from the same types, so this is a value that only the types can refuse.
            findings.error("E0104", Place::file(file), e.to_string(), "");
            return Err(findings);
        }
    };
    let mut cx = Context { file, root: &root, texts: &texts, removed: &removed, findings, reader, inputs: Vec::new() };
    let plan = judge(&mut cx, &raw);
    let Context { findings, inputs, .. } = cx;
    match plan {
        Some(plan) if !findings.has_errors() => Ok(Plan { findings, inputs, ..plan }),
        _ => Err(findings),
    }
}

/// The name of a scenario that does not say it: the stem of its file, made fit for a folder.
fn stem(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.strip_suffix(".toml").unwrap_or(name).trim_start_matches('.');
    let fit = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let stem: String = stem.chars().take(100).map(fit).collect();
    if stem.is_empty() { "scenario".into() } else { stem }
}

fn judge(cx: &mut Context<'_>, raw: &raw::Scenario) -> Option<Plan> {
    if let Some(name) = &raw.name {
        cx.name("name", name);
    }
    let name = raw.name.clone().unwrap_or_else(|| stem(cx.file));
    let mut inventory = cluster::cluster(cx, &raw.cluster);
    let strategies = strategies::strategies(cx, &raw.strategy);
    let sort = workload::sort(cx, &raw.workload, &strategies);
    let seed = Seed { root: raw.run.seed.unwrap_or(1), replicate: 0 };
    let planned = sort.and_then(|sort| workload::workload(cx, raw, sort, inventory.as_mut(), seed));
    // Without a plan of the workload the window is judged by its own values alone.
    let window = planned.as_ref().map_or(Window::Open, |p| p.window);
    let knows_window =
        planned.is_some() || sort == Some(Sort::Synthetic) || raw.run.horizon.is_some() && raw.run.warmup.is_some();
    let run = match sort {
        Some(Sort::Sequence) => Some(run(cx, &raw.run, Window::None)),
        _ if knows_window => Some(run(cx, &raw.run, window)),
        _ => None,
    };
    let constants = constants(cx, &raw.scheduler, &raw.control_plane, sort != Some(Sort::Sequence));
    let failures = inventory.as_ref().map(|inventory| match sort {
        Some(Sort::Sequence) => {
            refuse_failures(cx);
            FailurePlan::NONE
        }
        _ => failures(cx, &raw.failures, inventory, run.as_ref().map(|run| run.horizon)),
    });
    let says_something = raw.control_plane.node_lifecycle != raw::NodeLifecycle::default();
    if raw.failures == raw::Failures::default() && says_something && sort != Some(Sort::Sequence) {
        cx.refuse("control_plane", &["node_lifecycle"], "nothing fails without [failures]");
    }
    if failures.as_ref().is_some_and(|failures| !failures.is_none()) {
        no_classic_strategy(cx, &strategies);
    }
    let (inventory, mut workload, run, failures) = (inventory?, planned?.plan, run?, failures?);
    if let WorkloadPlan::Synthetic(synthetic) = &mut workload {
        synthetic.span = run.horizon.since(crate::base::SimTime::ZERO);
        // What is wrong already would only be said again in other words.
        if !cx.findings.has_errors() {
            workload::try_out(cx, synthetic, &inventory, seed);
        }
    }
    let mut plan = Plan {
        title: raw.title.clone().unwrap_or_else(|| name.clone()),
        name,
        inventory,
        workload,
        strategies,
        profile: constants.profile,
        control: constants.control,
        kubelet: constants.kubelet,
        cost: constants.cost,
        failures,
        run,
        resolved: String::new(),
        inputs: Vec::new(),
        findings: Findings::default(),
    };
    plan.resolved = resolve(&plan, raw);
    Some(plan)
}
