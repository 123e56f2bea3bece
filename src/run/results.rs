//! Records of a plan, put together for reports and for a repetition.

use crate::alloc::Mechanism;
use crate::base::Id;
use crate::model::{DeviceKind, WorkloadFacts};
use crate::observe::RunRecord;
use crate::report::{ReportInput, StrategyRecords, count, duration, summary};
use crate::run::constants::constants;
use crate::run::manifest::{InputEntry, KUBERNETES, Manifest, RunEntry, SCHEMA, sha256};
use crate::scenario::{Plan, StrategyKind, WorkloadPlan};
use crate::sched::CostModel;
use crate::trace::codes::UNPLACEABLE;

/// What a finished run consists of.
#[derive(Clone, Debug)]
pub struct Results {
    /// What reports are made from; the manifest is in it as text.
    pub report: ReportInput,
    /// What a repetition is compared with.
    pub manifest: Manifest,
}

impl Results {
    /// Puts the records of `plan` together: by strategy, then replicate. `facts` are those of replicate 0's workload.
    pub fn new(plan: &Plan, facts: &WorkloadFacts, records: Vec<Vec<RunRecord>>) -> Results {
        let runs = records.iter().flatten().map(|r| RunEntry {
            strategy: r.strategy.clone(),
            replicate: r.replicate,
            digest: r.digest.clone(),
        });
        let runs = runs.collect();
        let mut report = ReportInput {
            scenario: plan.name.clone(),
            title: plan.title.clone(),
            headline: headline(plan, facts, &records),
            seed: plan.run.seed,
            scenario_text: plan.resolved.clone(),
            manifest_text: String::new(),
            strategies: strategies(plan, records),
            nodes: plan.inventory.nodes.iter().map(|n| n.name.clone()).collect(),
            findings: plan.findings.0.clone(),
            notes: notes(plan, facts),
            constants: constants(plan),
            command: "drasim run --from manifest.json".to_owned(),
        };
        let manifest = Manifest {
            schema: SCHEMA.to_owned(),
            drasim: env!("CARGO_PKG_VERSION").to_owned(),
            kubernetes: KUBERNETES.to_owned(),
            scenario: plan.name.clone(),
            seed: plan.run.seed,
            replicates: plan.run.replicates,
            inputs: plan.inputs.iter().map(InputEntry::from).collect(),
            runs,
            summary_sha256: sha256(summary(&report).as_bytes()),
            resolved: plan.resolved.lines().map(str::to_owned).collect(),
        };
        report.manifest_text = manifest.json();
        Results { report, manifest }
    }
}

fn strategies(plan: &Plan, records: Vec<Vec<RunRecord>>) -> Vec<StrategyRecords> {
    let with = |(strategy, records): (&crate::scenario::StrategyPlan, Vec<RunRecord>)| StrategyRecords {
        name: strategy.name.clone(),
        title: String::new(),
        hypothetical: false,
        naive: strategy.kind == StrategyKind::Mechanism(Mechanism::DevicePluginNaive),
        records,
    };
    plan.strategies.iter().zip(records).map(with).collect()
}

/// The first line of every report: what was run.
pub fn headline(plan: &Plan, facts: &WorkloadFacts, records: &[Vec<RunRecord>]) -> String {
    let first = records.first().and_then(|r| r.first());
    let replicates = match plan.run.replicates {
        1 => String::new(),
        n => format!(", {n} replicates"),
    };
    let cluster = cluster(plan);
    let seed = plan.run.seed;
    match &plan.workload {
        WorkloadPlan::Sequence(sequence) => {
            let demands = sequence.orders.first().map_or(0, |order| order.rows.len() as u64);
            let order = sequence.order_seed;
            let pods = counted(demands, "pod");
            format!("{}: {cluster}, {pods} in sequence, order {order}, seed {seed}{replicates}{}", plan.name, lost(plan))
        }
        WorkloadPlan::Synthetic(_) | WorkloadPlan::Trace(_) => {
            let demands = first.map_or(0, |record| record.shapes.iter().map(|s| s.arrived).sum());
            let window = duration(plan.run.horizon.since(plan.run.warmup).0);
            let warmup = match plan.run.warmup.0 {
                0 => String::new(),
                ns => format!(" after {} of warm-up", duration(ns)),
            };
            let demands = counted(demands, "demand");
            let source = source(plan, facts);
            format!("{}: {cluster}, {demands} in {window}{warmup}, seed {seed}{replicates}{source}{}", plan.name, lost(plan))
        }
    }
}

/// What a trace holds against the cluster, such as `; source: 8,152 rows, 897 never scheduled, 17 censored, peak 65.6
/// GPUs`; nothing for a synthetic workload.
fn source(plan: &Plan, facts: &WorkloadFacts) -> String {
    if !matches!(plan.workload, WorkloadPlan::Trace(_)) {
        return String::new();
    }
    let mut text = format!("; source: {}", counted(facts.rows, "row"));
    for (n, what) in [(facts.unscheduled, "never scheduled"), (facts.censored, "censored")] {
        if n > 0 {
            text.push_str(&format!(", {} {what}", count(n)));
        }
    }
    let tenths = (facts.peak_gpu_milli + 50) / 100;
    text.push_str(&format!(", peak {}.{} GPUs", count(tenths / 10), tenths % 10));
    text
}

/// How many demands of a trace no node could hold even if it were empty, if any.
fn lost(plan: &Plan) -> String {
    let lost: u64 = plan.findings.0.iter().filter(|f| f.code == UNPLACEABLE).map(|f| f.count).sum();
    match lost {
        0 => String::new(),
        1 => "; 1 demand fits no node, even if empty".to_owned(),
        n => format!("; {} demands fit no node, even if empty", count(n)),
    }
}

/// A number with its noun, such as `1 node` or `1,213 nodes`.
pub fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(n))
}

/// Such as `64 nodes, 392 GPUs (4 models)`.
fn cluster(plan: &Plan) -> String {
    let inventory = &plan.inventory;
    let mut text = counted(inventory.nodes.len() as u64, "node");
    for (kind, name) in [(DeviceKind::Gpu, "GPU"), (DeviceKind::Tpu, "TPU"), (DeviceKind::Nic, "NIC")] {
        let devices = inventory.count(kind);
        let mut used = vec![false; inventory.models.len()];
        inventory.devices.iter().for_each(|d| used[d.model.index()] |= inventory.models[d.model].kind == kind);
        let models = used.iter().filter(|u| **u).count() as u64;
        if devices > 0 {
            text.push_str(&format!(", {} ({})", counted(devices, name), counted(models, "model")));
        }
    }
    text
}

/// Where latencies come from.
fn about_latencies(plan: &Plan) -> Vec<String> {
    let prices = plan.cost.calibration().map_or("own prices".to_owned(), |name| format!("the calibration `{name}`"));
    let mut notes = vec![format!(
        "latencies are modelled: scheduling work is priced by {prices}, other delays are from documents and source; drasim's \
         results/calibration.md compares them with real ones"
    )];
    let (nodes, measured) = (plan.inventory.nodes.len(), CostModel::MEASURED_NODES);
    if nodes > measured {
        notes.push(format!("extrapolated: {nodes} nodes, and prices of scheduling work were measured with {measured}"));
    }
    notes
}

/// Sentences that belong beside every result.
fn notes(plan: &Plan, facts: &WorkloadFacts) -> Vec<String> {
    let mut notes = Vec::new();
    if !facts.notes.is_empty() {
        notes.push(format!("workload {}: {}", facts.source, facts.notes.join("; ")));
    }
    match plan.workload {
        WorkloadPlan::Sequence(_) => {
            notes.push("shares of a GPU are for packing research; neither device plugins nor DRA give them today".to_owned());
        }
        WorkloadPlan::Synthetic(_) | WorkloadPlan::Trace(_) if plan.control.profile == "ideal" => {
            notes.push("profile `ideal`: the control plane takes no time, so latencies are rule delays only".to_owned());
        }
        WorkloadPlan::Synthetic(_) | WorkloadPlan::Trace(_) => {
            notes.extend(about_latencies(plan));
        }
    }
    if plan.run.replicates == 1 && matches!(plan.workload, WorkloadPlan::Synthetic(_)) {
        notes.push("one replicate: other seeds give other differences; `--replicates 10` shows their range".to_owned());
    }
    if plan.run.warmup.0 == 0 && !matches!(plan.workload, WorkloadPlan::Sequence(_)) {
        let window = duration(plan.run.horizon.since(plan.run.warmup).0);
        notes.push(format!("no warm-up: the {window} begin with an empty cluster"));
    }
    notes
}
