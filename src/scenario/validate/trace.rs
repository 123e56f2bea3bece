//! A workload from a trace: replayed by its own times, or as a sequence.

use crate::alloc::policy::{TypicalPods, TypicalRow};
use crate::base::time::SECOND_NS;
use crate::base::{Findings, Seed, SimTime};
use crate::model::{DeviceKind, Inventory, Workload};
use crate::scenario::plan::{SequencePlan, TracePlan};
use crate::scenario::raw;
use crate::scenario::validate::context::Context;
use crate::trace::{Order, PodList, Timed, make_order, read_order, read_pods};

/// Reads the pod list that `workload.pods` names.
pub fn pods(cx: &mut Context<'_>, raw: &raw::Workload) -> Option<PodList> {
    let Some(written) = &raw.pods else {
        cx.absent("E0103", "workload.pods", "a trace needs `workload.pods`", "it names a pod list");
        return None;
    };
    let text = cx.read("workload.pods", written)?;
    let mut findings = Findings::default();
    let list = read_pods(&text, written, &mut findings);
    let is_good = !findings.has_errors();
    cx.findings.append(findings);
    is_good.then_some(list)
}

/// Judges a timed replay. Returns the plan, and the end of the trace on the clock of the replay.
pub fn timed(
    cx: &mut Context<'_>,
    raw: &raw::Workload,
    list: Option<PodList>,
    inventory: Option<&mut Inventory>,
    seed: Seed,
) -> Option<(TracePlan, SimTime)> {
    let why = "it is for a sequence replay (replay = \"sequence\")";
    cx.refuse("workload", &["orders", "order_seed", "tune"], why);
    let speedup = cx.positive("workload.speedup", raw.speedup.unwrap_or(1.0), 1e6);
    let from_s = raw.from.map_or(0, |d| d.0.0 / SECOND_NS);
    let (list, inventory) = (list?, inventory?);
    let plan = TracePlan { list, from_s, speedup_milli: milli(speedup?) };
    let workload = plan.list.to_workload(inventory, plan.how(seed), &mut cx.findings);
    let last = workload.arrivals.iter().next_back()?.at;
    let end = end_of(&plan).max(last);
    Some((plan, end))
}

/// When the recording ends, on the clock of the replay: the last deletion, since the first arrival that is kept.
fn end_of(plan: &TracePlan) -> SimTime {
    let times = || plan.list.rows.iter().filter_map(|row| row.times);
    let zero_s = times().map(|t| t.created_s).filter(|&s| s >= plan.from_s).min().unwrap_or(0);
    let end_s = times().map(|t| t.deleted_s).max().unwrap_or(0).saturating_sub(zero_s);
    let ns = u128::from(end_s) * u128::from(SECOND_NS) * 1000 / u128::from(plan.speedup_milli);
    u64::try_from(ns).map_or(SimTime::FAR, SimTime)
}

/// A factor in thousandths, at least one.
pub fn milli(factor: f64) -> u64 {
    (libm::round(factor * 1000.0) as u64).max(1)
}

/// Judges a sequence replay: one order per replicate, of seeds that follow each other.
pub fn sequence(
    cx: &mut Context<'_>,
    raw: &raw::Workload,
    list: Option<PodList>,
    inventory: Option<&mut Inventory>,
    run: &raw::Run,
) -> Option<SequencePlan> {
    cx.refuse("workload", &["from", "speedup"], "a sequence replay has no time");
    if raw.orders.is_some() {
        cx.refuse("workload", &["tune"], "the orders of a file are used as they are");
    }
    let tune = cx.positive("workload.tune", raw.tune.unwrap_or(1.3), 1000.0);
    let text = raw.orders.as_ref().map(|written| (written, cx.read("workload.orders", written)));
    let (list, inventory) = (list?, inventory?);
    let order_seed = raw.order_seed.or(run.seed).unwrap_or(1);
    let nodes = inventory.nodes.len();
    let mut orders: Vec<Order> = Vec::new();
    for replicate in 0..run.replicates.unwrap_or(1) {
        let order = match &text {
            Some((written, text)) => {
                let seed = order_seed.saturating_add(replicate.into());
                read_order(text.as_ref()?, written, seed, list.rows.len(), nodes, &mut cx.findings)?
            }
            None => {
                let seed = Seed { root: order_seed, replicate };
                make_order(&list, inventory.count(DeviceKind::Gpu) * 1000, nodes, milli(tune?), seed)
            }
        };
        orders.push(Order { rank: rank_by_id(inventory, &order.rank), rows: order.rows });
    }
    let all = list.to_list(inventory);
    let typical = typical_pods(&list, &all);
    // The same demands lack a node whatever the order is: once is enough.
    list.to_sequence(inventory, &orders.first()?.rows, &mut cx.findings);
    Some(SequencePlan { list, typical, order_seed, orders })
}

/// Ranks are given by node name; runs want them by node id.
fn rank_by_id(inventory: &Inventory, by_name: &[u32]) -> Vec<u32> {
    let mut ids: Vec<usize> = (0..inventory.nodes.len()).collect();
    let nodes = inventory.nodes.as_slice();
    ids.sort_by(|&a, &b| nodes[a].name.cmp(&nodes[b].name));
    let mut rank = vec![0; ids.len()];
    for (position, id) in ids.into_iter().enumerate() {
        rank[id] = by_name[position];
    }
    rank
}

/// What a random pod looks like: the rows of the list as they were recorded, grouped by the text of their model lists.
fn typical_pods(list: &PodList, all: &Workload) -> TypicalPods {
    let rows = list.rows.iter().zip(all.arrivals.iter()).map(|(row, arrival)| {
        let gpu = all.asks[arrival.ask].devices.first();
        TypicalRow {
            cpu_milli: row.cpu_milli,
            gpu_milli: row.gpu_milli,
            gpus: row.num_gpu,
            spec: list.spec(row),
            models: gpu.map_or(&[], |d| d.models.as_slice()),
        }
    });
    TypicalPods::from_rows(rows)
}

/// The workload of a sequence replay.
pub fn sequence_workload(plan: &SequencePlan, inventory: &Inventory, replicate: u32) -> Workload {
    // All models were added when the plan was made, so the copy is only read.
    let mut inventory = inventory.clone();
    plan.list.to_sequence(&mut inventory, &plan.order(replicate).rows, &mut Findings::default())
}

impl TracePlan {
    /// How the list is replayed for one replicate.
    pub(in crate::scenario) fn how(&self, seed: Seed) -> Timed {
        Timed { from_s: self.from_s, speedup_milli: self.speedup_milli, seed }
    }
}
