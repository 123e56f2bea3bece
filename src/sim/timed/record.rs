//! What a finished timed run leaves behind.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::alloc::lower::LostTerm;
use crate::base::{AskId, DemandId, Id, Moment, NodeId, PodId, SimTime};
use crate::control::Request;
use crate::model::fit::fits_when_empty;
use crate::model::{Ask, DeviceKind, Inventory, Ledger};
use crate::observe::metrics::MetricValueMap;
use crate::observe::steps::{Columns, StepSeries, overlap, timeline};
use crate::observe::{Capacity, Cause, Heat, LostRow, MetricValue, PodRow, Reason, RunRecord, ShapeRow};
use crate::sim::pods::{DemandPhase, Pod, PodPhase, Times};
use crate::sim::timed::scrape::scrape;
use crate::sim::world::World;

/// Fewest samples for a 99th percentile: ten beyond it.
const P99_SAMPLES: usize = 1000;
/// Fewest samples for a median: ten beyond it.
const P50_SAMPLES: usize = 20;

/// The record of a world at its horizon.
pub fn make(mut world: World<'_>) -> RunRecord {
    censor(&mut world);
    let setup = world.setup;
    let capacity = capacity(&world);
    let metrics = metrics(&world, &capacity);
    let shapes = shapes(&mut world);
    let reasons = reasons(&world);
    let lost = lost(&world);
    let pods = if setup.options.keep_pods { pods(&world) } else { Vec::new() };
    let columns = Columns::over((setup.warmup, setup.horizon), setup.options.columns);
    let heat = heat(&mut world, columns);
    let offered = offered(&world, columns);
    let api_requests = api_requests(&world);
    let scrape = scrape(&world);
    let World { tally, explainer, effort, digest, log, .. } = world;
    let present = |i: &usize| setup.inventory.count(DeviceKind::ALL[*i]) > 0;
    let mut series = vec![tally.pending, tally.running, tally.nodes_used];
    let by_kind = [explainer.held, tally.asked_series, explainer.stranded, offered];
    for group in by_kind {
        series.extend(group.into_iter().enumerate().filter(|(i, _)| present(i)).map(|(_, s)| s));
    }
    RunRecord {
        strategy: setup.mechanism.name().to_owned(),
        replicate: setup.seed.replicate,
        digest: digest.hex(),
        window: (setup.warmup, setup.horizon),
        metrics,
        latency: tally.latency.into_iter().filter(|row| !row.histogram.is_empty() || !row.censored_ns.is_empty()).collect(),
        effort,
        api_requests,
        capacity,
        timeline: timeline(columns, series.into_iter().map(|s| s.finish(setup.horizon)).collect()),
        heat,
        reasons,
        lost,
        shapes,
        pods,
        events: log,
        scrape,
        ..RunRecord::default()
    }
}

/// Kinds of request share names, so they are added up.
fn api_requests(world: &World<'_>) -> BTreeMap<&'static str, u64> {
    let mut by_name = BTreeMap::new();
    for (request, count) in Request::ALL.into_iter().zip(world.requests).filter(|(_, count)| *count > 0) {
        *by_name.entry(request.name()).or_default() += count;
    }
    by_name
}

/// Demands of the window that never ran enter as lower bounds.
fn censor(world: &mut World<'_>) {
    let (from, to) = (world.setup.warmup, world.setup.horizon);
    let mut waits: Vec<u64> = Vec::new();
    for demand in world.setup.workload.arrivals.ids() {
        let (state, at) = (&world.demands[demand], world.arrived(demand));
        if state.phase != DemandPhase::Future && !state.first_ran.has_come() && at >= from && at < to {
            waits.push(to.since(at).0);
        }
    }
    waits.sort_unstable();
    let row = world.tally.latency.iter_mut().find(|row| row.name == "demand_to_running").expect("in the dictionary");
    row.censored_ns = waits;
}

fn capacity(world: &World<'_>) -> Vec<Capacity> {
    let setup = world.setup;
    let inventory = setup.inventory;
    let span = u128::from(setup.horizon.since(setup.warmup).0);
    let mut rows = Vec::new();
    for (model, facts) in inventory.models.iter_ids() {
        let devices = inventory.devices.iter().filter(|d| d.model == model).count() as u64;
        if devices == 0 {
            continue;
        }
        let free = world.explainer.free_time(model).map(|t| u128::try_from(t).expect("free time is not negative"));
        let asked = u128::try_from(world.tally.asked[model].total()).expect("asked time is not negative") / 1000;
        let out = u128::try_from(world.explainer.out_time(model)).expect("such time is not negative");
        let held = u128::from(devices) * span - free.iter().sum::<u128>() - out;
        rows.push(Capacity {
            kind: facts.kind,
            model: facts.name.clone(),
            devices,
            asked,
            unasked: held.saturating_sub(asked),
            free,
            out,
        });
    }
    rows.sort_by(|a, b| (a.kind, &a.model).cmp(&(b.kind, &b.model)));
    rows
}

/// Asked-for device time that the workload would have run unqueued inside the window, in thousandths x nanoseconds.
fn unqueued(world: &World<'_>, kind: DeviceKind) -> i128 {
    let setup = world.setup;
    let window = (setup.warmup, setup.horizon);
    let part = |(demand, a): (DemandId, &crate::model::Arrival)| {
        let (milli, at) = (setup.workload.asks[a.ask].milli_of(kind), world.arrived(demand).min(setup.horizon));
        i128::from(milli) * i128::from(overlap(window, (at, at + a.runs_for)).0)
    };
    setup.workload.arrivals.iter_ids().map(part).sum()
}

fn metrics(world: &World<'_>, capacity: &[Capacity]) -> MetricValueMap {
    let setup = world.setup;
    let span = setup.horizon.since(setup.warmup).0 as f64;
    let mut metrics = BTreeMap::new();
    let mut ratio = |name: &'static str, value: f64| {
        metrics.insert(name, MetricValue::Ratio(value));
    };
    let served = |kinds: &[DeviceKind]| {
        let ran: i128 = kinds.iter().map(|&k| world.tally.served[k as usize].total() - world.tally.lost[k as usize]).sum();
        let offered: i128 = kinds.iter().map(|&k| unqueued(world, k)).sum();
        (offered > 0).then(|| ran as f64 / offered as f64)
    };
    if let Some(value) = served(&[DeviceKind::Gpu, DeviceKind::Tpu]).or_else(|| served(&[DeviceKind::Nic])) {
        ratio("demand_served_ratio", value);
    }
    for (kind, name) in
        DeviceKind::ALL.iter().zip(["gpu_demand_served_ratio", "tpu_demand_served_ratio", "nic_demand_served_ratio"])
    {
        if let Some(value) = served(&[*kind]) {
            ratio(name, value);
        }
    }
    let asked: u128 = capacity.iter().filter(|c| c.kind != DeviceKind::Nic).map(|c| c.asked).sum();
    let unasked: u128 = capacity.iter().filter(|c| c.kind != DeviceKind::Nic).map(|c| c.unasked).sum();
    if asked > 0 {
        ratio("held_per_asked", (asked + unasked) as f64 / asked as f64);
    }
    for kind in DeviceKind::ALL {
        let rows: Vec<&Capacity> = capacity.iter().filter(|c| c.kind == kind).collect();
        let all = rows.iter().map(|c| c.devices as f64).sum::<f64>() * span;
        if all == 0.0 {
            continue;
        }
        let [allocated, stranded] = KIND_METRICS[kind as usize];
        ratio(allocated, rows.iter().map(|c| (c.asked + c.unasked) as f64).sum::<f64>() / all);
        let free = |cause: Cause| rows.iter().map(|c| c.free[cause as usize] as f64).sum::<f64>() / all;
        ratio(stranded, Cause::ALL.into_iter().filter(|c| c.is_stranded()).map(free).sum());
        if kind == DeviceKind::Gpu {
            for (cause, name) in Cause::ALL.into_iter().zip(GPU_CAUSES) {
                ratio(name, free(cause));
            }
        }
    }
    let (wished, got) = world.tally.aligned.iter().fold((0, 0), |sum, a| (sum.0 + a.0, sum.1 + a.1));
    if wished > 0 {
        ratio("aligned_ratio", got as f64 / wished as f64);
    }
    for (name, n) in counts(world) {
        metrics.insert(name, MetricValue::Count(n));
    }
    if !setup.failures.is_empty() {
        metrics.extend(damage(world));
    }
    metrics
}

/// What failures did, where something can fail.
fn damage(world: &World<'_>) -> Vec<(&'static str, MetricValue)> {
    let damage = &world.faults.damage;
    let span = world.setup.horizon.since(world.setup.warmup).0 as f64;
    let out = |(kind, name): (DeviceKind, &'static str)| {
        let all = world.setup.inventory.count(kind) as f64 * span;
        (all > 0.0).then(|| (name, MetricValue::Ratio(damage.out[kind as usize].total() as f64 / all)))
    };
    let names = ["gpu_out_of_order_ratio", "tpu_out_of_order_ratio", "nic_out_of_order_ratio"];
    let mut metrics: Vec<_> = DeviceKind::ALL.into_iter().zip(names).filter_map(out).collect();
    metrics.extend([
        ("node_failures", MetricValue::Count(damage.nodes)),
        ("device_failures", MetricValue::Count(damage.devices)),
        ("pods_interrupted", MetricValue::Count(damage.interrupted)),
        ("pods_evicted", MetricValue::Count(damage.evicted)),
    ]);
    metrics
}

/// Held and stranded, by kind.
const KIND_METRICS: [[&str; 2]; 3] = [
    ["gpu_allocated_ratio", "gpu_stranded_ratio"],
    ["tpu_allocated_ratio", "tpu_stranded_ratio"],
    ["nic_allocated_ratio", "nic_stranded_ratio"],
];

/// In the order of [`Cause::ALL`].
const GPU_CAUSES: [&str; 10] = [
    "gpu_idle_ratio",
    "gpu_queued_ratio",
    "gpu_stranded_mechanism_ratio",
    "gpu_stranded_model_ratio",
    "gpu_stranded_device_memory_ratio",
    "gpu_stranded_fragment_ratio",
    "gpu_stranded_topology_ratio",
    "gpu_stranded_cpu_ratio",
    "gpu_stranded_memory_ratio",
    "gpu_stranded_combined_ratio",
];

fn counts(world: &World<'_>) -> [(&'static str, u64); 13] {
    let in_phase = |phases: &[DemandPhase]| world.demands.iter().filter(|d| phases.contains(&d.phase)).count() as u64;
    let tally = &world.tally;
    let used = |node: &NodeId| tally.node_was_used[*node] || world.ledger.holders_on(*node);
    let nodes = world.setup.inventory.nodes.len() as u64;
    let was_used = world.setup.inventory.nodes.ids().filter(used).count() as u64;
    [
        ("nodes_used", tally.nodes_used_max.max(tally.nodes_used.value()) as u64),
        ("nodes_empty", nodes - was_used),
        ("demands_arrived", tally.demands_arrived),
        ("demands_running", in_phase(&[DemandPhase::Running])),
        ("demands_finished", tally.demands_finished),
        ("demands_pending", in_phase(&[DemandPhase::Waiting, DemandPhase::Starting, DemandPhase::Stopped])),
        ("demands_failed", tally.demands_failed),
        ("demands_unplaceable", unplaceable(world)),
        ("pods_arrived", tally.pods_arrived),
        ("pods_bound", tally.pods_bound),
        ("pods_failed", tally.pods_failed),
        ("pods_preempted", tally.pods_preempted),
        ("allocator_steps", world.effort.allocator_steps),
    ]
}

/// Demands that fit no node of the empty cluster.
fn unplaceable(world: &World<'_>) -> u64 {
    let setup = world.setup;
    let empty = Ledger::new(setup.inventory);
    let hopeless: Vec<bool> = setup.workload.asks.iter().map(|ask| !fits_when_empty(setup.inventory, &empty, ask)).collect();
    let arrived = setup.workload.arrivals.iter_ids().filter(|(demand, _)| world.demands[*demand].phase != DemandPhase::Future);
    arrived.filter(|(_, a)| hopeless[a.ask.index()]).count() as u64
}

fn shapes(world: &mut World<'_>) -> Vec<ShapeRow> {
    let row = |(id, ask): (AskId, &Ask)| {
        let waits = &mut world.tally.waits[id];
        waits.sort_unstable();
        let at = |percent: usize, least: usize| (waits.len() >= least).then(|| waits[(waits.len() * percent).div_ceil(100) - 1]);
        ShapeRow {
            ask: ask.name.clone(),
            wants: wants(world.setup.inventory, ask),
            arrived: world.tally.arrived[id],
            ran: waits.len() as u64,
            wait_ns: (at(50, P50_SAMPLES), at(99, P99_SAMPLES)),
            aligned: world.tally.aligned[id],
        }
    };
    world.setup.workload.asks.iter_ids().map(row).collect()
}

/// An ask in words: `2 GPU (>= 40 GiB), 8 CPU, 64 GiB`.
fn wants(inventory: &Inventory, ask: &Ask) -> String {
    let mut parts: Vec<String> = Vec::new();
    for entry in &ask.devices {
        let kind = entry.kind.name().to_uppercase();
        let amount = if entry.share_milli < 1000 {
            format!("{:.2}", f64::from(entry.share_milli) / 1000.0)
        } else {
            entry.count.to_string()
        };
        let mut terms: Vec<String> = entry.models.iter().map(|&m| inventory.models[m].name.clone()).collect();
        if entry.memory_bytes_min > 0 {
            terms.push(format!(">= {} GiB", entry.memory_bytes_min >> 30));
        }
        parts.push(if terms.is_empty() {
            format!("{amount} {kind}")
        } else {
            format!("{amount} {kind} ({})", terms.join(" or "))
        });
    }
    parts.push(format!("{} CPU", ask.cpu_milli as f64 / 1000.0));
    parts.push(format!("{} GiB", ask.memory_bytes >> 30));
    parts.join(", ")
}

/// Reasons by text, over all shapes, most attempts first.
fn reasons(world: &World<'_>) -> Vec<Reason> {
    let mut by_text: BTreeMap<String, Reason> = BTreeMap::new();
    for (shape, counts) in world.tally.reasons.iter_ids() {
        for (number, count) in counts.iter().enumerate().filter(|(_, c)| c.attempts > 0) {
            let text = world.refusals.text(number).to_owned();
            let ask = &world.setup.workload.asks[world.lowered.shapes[shape].ask];
            let entry = by_text.entry(text.clone()).or_insert_with(|| Reason {
                text,
                count: 0,
                demands: 0,
                example: format!("{}: {}", ask.name, wants(world.setup.inventory, ask)),
            });
            entry.count += count.attempts;
            entry.demands += count.demands;
        }
    }
    let mut reasons: Vec<Reason> = by_text.into_values().collect();
    reasons.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    reasons
}

fn lost(world: &World<'_>) -> Vec<LostRow> {
    let row = |term: &LostTerm| LostRow {
        ask: world.setup.workload.asks[term.ask].name.clone(),
        term: term.term.clone(),
        demands: world.tally.arrived[term.ask],
    };
    world.lowered.lost.iter().map(row).filter(|row| row.demands > 0).collect()
}

fn pods(world: &World<'_>) -> Vec<PodRow> {
    let (from, to) = (world.setup.warmup, world.setup.horizon);
    let row = |(id, pod): (PodId, &Pod)| {
        let arrival = &world.setup.workload.arrivals[pod.demand];
        let times = world.pods.times.get(id).unwrap_or(&Times::NOTHING);
        let past = |t: Moment| t.get().filter(|t| *t <= to);
        let reason = match pod.phase {
            PodPhase::UnexpectedAdmission => "UnexpectedAdmissionError".to_owned(),
            PodPhase::Mismatch => "containers failed: hardware does not suit".to_owned(),
            PodPhase::Preempted => "Preempted".to_owned(),
            PodPhase::Stopped => "its node or a device failed".to_owned(),
            PodPhase::Evicted => "evicted: its node or a device has a taint".to_owned(),
            PodPhase::Pending => world.refusals.last(id),
            _ => String::new(),
        };
        PodRow {
            demand: pod.demand.0,
            row: arrival.row,
            ask: arrival.ask.0,
            attempt: pod.attempt,
            node: pod.node.map(|n| n.0),
            phase: phase_name(pod.phase),
            reason,
            created: pod.created,
            claim_created: past(times.claim_created),
            queued: past(times.queued),
            attempted: past(times.attempted),
            placed: past(times.placed),
            allocated: past(times.allocated),
            bound: past(times.bound),
            admitted: past(times.admitted),
            prepared: past(times.prepared),
            running: past(pod.running),
            finished: past(times.finished),
            attempts: pod.attempts,
        }
    };
    world.pods.iter_ids().filter(|(_, pod)| pod.created >= from).map(row).collect()
}

fn phase_name(phase: PodPhase) -> &'static str {
    match phase {
        PodPhase::Pending => "pending",
        PodPhase::Starting => "starting",
        PodPhase::Running => "running",
        PodPhase::Finished => "finished",
        PodPhase::UnexpectedAdmission | PodPhase::Mismatch | PodPhase::Preempted => "failed",
        PodPhase::Stopped | PodPhase::Evicted => "failed",
    }
}

fn heat(world: &mut World<'_>, columns: Columns) -> Heat {
    let inventory = world.setup.inventory;
    let mut order: Vec<NodeId> = inventory.nodes.ids().filter(|n| inventory.devices_of(*n).len() > 0).collect();
    order.sort_by_key(|&n| (&inventory.type_of(n).name, &inventory.nodes[n].name));
    let mut heat = Heat { start: columns.start, step: columns.step, ..Heat::default() };
    for node in order {
        heat.nodes.push((inventory.nodes[node].name.clone(), inventory.type_of(node).name.clone()));
        heat.held_milli.extend_from_slice(world.explainer.heat.finish(node.index(), world.setup.horizon));
    }
    heat
}

/// What would be held if nothing ever queued: the same for every strategy.
fn offered(world: &World<'_>, columns: Columns) -> [StepSeries; 3] {
    const OFFERED: [&str; 3] = ["gpu_offered_milli", "tpu_offered_milli", "nic_offered_milli"];
    let workload = world.setup.workload;
    let mut series = OFFERED.map(|name| StepSeries::new(name, columns));
    let mut step = |at: SimTime, ask: AskId, sign: i64| {
        for kind in DeviceKind::ALL {
            series[kind as usize].add(at, sign * workload.asks[ask].milli_of(kind) as i64);
        }
    };
    // Those without a time of their own come in between.
    let mut late: Vec<(SimTime, DemandId)> = world.arrived.iter().map(|(demand, at)| (*at, *demand)).collect();
    late.sort_unstable();
    let mut late = late.into_iter().peekable();
    let mut timed = workload.arrivals.iter_ids().map(|(demand, a)| (a.at, demand)).peekable();
    let arrivals = std::iter::from_fn(|| match (timed.peek(), late.peek()) {
        (Some(a), Some(b)) if b < a => late.next(),
        (None, _) => late.next(),
        _ => timed.next(),
    });
    let mut ends: BinaryHeap<Reverse<(SimTime, AskId)>> = BinaryHeap::new();
    for (arrived, demand) in arrivals.filter(|(at, _)| *at < world.setup.horizon) {
        let arrival = &workload.arrivals[demand];
        while let Some(&Reverse((at, ask))) = ends.peek().filter(|Reverse((at, _))| *at <= arrived) {
            ends.pop();
            step(at, ask, -1);
        }
        step(arrived, arrival.ask, 1);
        ends.push(Reverse((arrived + arrival.runs_for, arrival.ask)));
    }
    while let Some(Reverse((at, ask))) = ends.pop() {
        step(at, ask, -1);
    }
    series
}
