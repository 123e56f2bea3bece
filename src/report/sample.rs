//! Invented records to develop and test against: deterministic, with hostile names, of every kind of run.

use std::collections::BTreeMap;

use crate::base::{Finding, Place, Seed, Severity, SimDuration, SimRng, SimTime, Stream};
use crate::model::{DeviceKind, Effort};
use crate::observe::metrics::LATENCIES;
use crate::observe::{
    Capacity, Cause, CurvePoint, Heat, LatencyRow, LostRow, MetricValue, Placement, PodRow, Reason, RunRecord, Series, ShapeRow,
    Timeline,
};
use crate::report::{Constant, ReportInput, StrategyRecords};

const COLUMNS: usize = 288;
const HOUR: u64 = 3600 * crate::base::time::SECOND_NS;
const STEP: SimDuration = SimDuration(24 * HOUR / COLUMNS as u64);
const START: SimTime = SimTime(24 * HOUR);
const MODELS: [(&str, u64); 4] =
    [("NVIDIA A100-SXM4-80GB", 128), ("NVIDIA H100 80GB HBM3", 128), ("NVIDIA L40S", 96), ("Tesla T4", 40)];

/// Three strategies over a day.
pub fn timed() -> ReportInput {
    let one = |name: &str, quality: f64, i: u32| strategy(name, vec![record(name, quality, i, 0)]);
    let mut input =
        common("quickstart", "quickstart: 64 nodes, 392 GPUs (4 models), 4,812 demands in 24 h after 24 h of warm-up, seed 42");
    input.strategies = vec![one("device-plugin-naive", 0.80, 0), one("device-plugin", 0.90, 1), one("dra", 1.0, 2)];
    input.strategies[0].naive = true;
    input
}

/// Two strategies, three replicates each.
pub fn replicated() -> ReportInput {
    let three = |name: &str, quality: f64, i: u32| strategy(name, (0..3).map(|n| record(name, quality, i, n)).collect());
    let mut input = common("replicated", "replicated: 3 replicates, seeds from 42");
    input.strategies = vec![three("device-plugin", 0.90, 1), three("dra", 1.0, 2)];
    input
}

/// Six policies, sequence replay.
pub fn sequence() -> ReportInput {
    let mut input = common("fgd", "fgd: 1,213 nodes, 6,212 GPUs, 10,866 pods in sequence, seed 42");
    let policies =
        [("random", 0.80), ("dotprod", 0.86), ("clustering", 0.88), ("packing", 0.90), ("bestfit", 0.91), ("fgd", 0.955)];
    input.strategies = policies.iter().map(|&(name, best)| strategy(name, vec![replay(name, best)])).collect();
    input
}

fn common(scenario: &str, headline: &str) -> ReportInput {
    ReportInput {
        scenario: scenario.to_string(),
        title: format!("{scenario} <sample>"),
        headline: headline.to_string(),
        seed: 42,
        scenario_text: "[cluster]\nnodes = [{ preset = \"dgx-h100\", count = 16 }]\n# <script>alert(1)</script>\n".to_string(),
        manifest_text: "{\n  \"version\": \"0.1.0\",\n  \"seed\": 42\n}\n".to_string(),
        strategies: Vec::new(),
        nodes: (0..64).map(node_name).collect(),
        findings: vec![finding("W0301", "12 rows have no end in the source; they count as censored", 12)],
        notes: vec!["latencies are provisional until the control plane is modelled in full".to_string()],
        constants: vec![Constant { key: "scheduler.backoff_max".into(), value: "20s".into(), default: "10s".into() }],
        command: format!("drasim run {scenario}.toml --seed 42"),
    }
}

fn finding(code: &'static str, text: &str, count: u64) -> Finding {
    Finding { code, severity: Severity::Warning, place: Place::default(), text: text.to_string(), help: String::new(), count }
}

fn strategy(name: &str, records: Vec<RunRecord>) -> StrategyRecords {
    StrategyRecords { name: name.to_string(), title: String::new(), hypothetical: false, naive: false, records }
}

fn node_name(i: usize) -> String {
    if i == 3 { "<script>alert(1)</script>".to_string() } else { format!("node-{i:02}") }
}

fn rng(entity: u32, replicate: u32, occasion: u16) -> SimRng {
    Seed { root: 7, replicate }.stream(Stream::Policy, entity, occasion)
}

fn record(name: &str, quality: f64, index: u32, replicate: u32) -> RunRecord {
    let wobble = rng(index, replicate, 9).unit() * 0.01;
    let (timeline, heat) = (timeline(quality, index, replicate), heat(quality, index, replicate));
    let capacity = capacity(quality - wobble);
    RunRecord {
        strategy: name.to_string(),
        replicate,
        digest: format!("{:016x}", 0x1234_5678_9abc_0000_u64 + u64::from(index * 16 + replicate)),
        window: (START, START + SimDuration(24 * HOUR)),
        metrics: metrics(quality - wobble, &capacity),
        latency: latencies(quality, index, replicate),
        effort: Effort { attempts: 9000 + u64::from(index), nodes_filtered: 500_000, api_writes: 9624, ..Effort::default() },
        api_requests: [("POST pods/binding", 4_800), ("PUT resourceclaims/status", 4_812 * u64::from(index / 2))].into(),
        capacity,
        timeline,
        heat,
        reasons: reasons(quality),
        lost: lost(index),
        shapes: shapes(quality),
        pods: pods(index, replicate),
        findings: vec![finding("W0401", "7 demands fit no node even when the cluster is empty", 7)],
        ..RunRecord::default()
    }
}

fn metrics(quality: f64, capacity: &[Capacity]) -> BTreeMap<&'static str, MetricValue> {
    let share = |pick: &dyn Fn(&Capacity) -> u128| {
        let total: u128 = capacity.iter().map(|c| c.asked + c.unasked + c.free.iter().sum::<u128>()).sum();
        MetricValue::Ratio(capacity.iter().map(pick).sum::<u128>() as f64 / total as f64)
    };
    let stranded = |c: &Capacity| Cause::ALL.iter().filter(|x| x.is_stranded()).map(|&x| c.free[x as usize]).sum();
    let served = (4812.0 * quality) as u64;
    let mut metrics: BTreeMap<&'static str, MetricValue> = [
        ("demand_served_ratio", MetricValue::Ratio(quality * 0.976)),
        ("held_per_asked", MetricValue::Ratio(1.0 + (1.0 - quality) * 2.7)),
        ("gpu_allocated_ratio", share(&|c| c.asked + c.unasked)),
        ("gpu_stranded_ratio", share(&stranded)),
        ("gpu_queued_ratio", share(&|c| c.free[Cause::Queued as usize])),
        ("gpu_idle_ratio", share(&|c| c.free[Cause::Idle as usize])),
        ("nodes_used", MetricValue::Count(61)),
        ("aligned_ratio", MetricValue::Ratio(quality * quality)),
        ("demands_arrived", MetricValue::Count(4812)),
        ("demands_running", MetricValue::Count(400)),
        ("demands_finished", MetricValue::Count(served - 400)),
        ("demands_pending", MetricValue::Count(4812 - served)),
        ("pods_bound", MetricValue::Count(served)),
        ("pods_failed", MetricValue::Count(3)),
    ]
    .into();
    for metric in crate::observe::METRICS {
        for cause in Cause::ALL.into_iter().filter(|c| c.is_stranded()) {
            if metric.name == format!("gpu_stranded_{}_ratio", cause.name()) {
                metrics.insert(metric.name, share(&|c| c.free[cause as usize]));
            }
        }
    }
    metrics
}

fn capacity(quality: f64) -> Vec<Capacity> {
    let waste = 1.0 - quality;
    let of = |(i, &(model, devices)): (usize, &(&str, u64))| {
        let total = u128::from(devices) * 24 * u128::from(HOUR);
        let part = |x: f64| (x * 1e6) as u128 * total / 1_000_000;
        let mut free = [0; Cause::ALL.len()];
        free[Cause::Queued as usize] = part(0.005);
        free[Cause::Fragment as usize] = part(0.01 + waste * 0.4);
        free[Cause::DeviceMemory as usize] = part(waste * 0.25 * (i % 2) as f64);
        free[Cause::Model as usize] = part(waste * 0.1);
        free[Cause::Mechanism as usize] = part(waste * 0.05);
        let (asked, unasked) = (part(0.80 - waste - 0.05 * i as f64), part(waste * 0.9));
        free[Cause::Idle as usize] = total - asked - unasked - free.iter().sum::<u128>();
        Capacity { kind: DeviceKind::Gpu, model: model.to_string(), devices, asked, unasked, free, out: 0 }
    };
    let mut rows: Vec<Capacity> = MODELS.iter().enumerate().map(of).collect();
    let mut free = [0; Cause::ALL.len()];
    free[Cause::Idle as usize] = 700;
    rows.push(Capacity {
        kind: DeviceKind::Nic,
        model: "ConnectX-7 <b>".into(),
        devices: 128,
        asked: 300,
        unasked: 0,
        free,
        out: 0,
    });
    rows
}

fn timeline(quality: f64, index: u32, replicate: u32) -> Timeline {
    let mut noise = rng(index, replicate, 0);
    let wave = |i: usize| 0.70 + 0.25 * libm::sin(i as f64 / COLUMNS as f64 * 2.0 * std::f64::consts::PI - 1.0);
    let held: Vec<f64> = (0..COLUMNS).map(|i| (wave(i) * 392_000.0 * quality + noise.unit() * 9000.0).min(385_000.0)).collect();
    let series = |name, values: &dyn Fn(usize) -> f64, spread: f64| Series {
        name,
        min: (0..COLUMNS).map(|i| (values(i) - spread).max(0.0) as i64).collect(),
        max: (0..COLUMNS).map(|i| (values(i) + spread) as i64).collect(),
        integral: (0..COLUMNS).map(|i| values(i) as i128 * i128::from(STEP.0)).collect(),
    };
    let waits = |i: usize| (wave(i) - 0.85).max(0.0) * 3000.0 * (1.2 - quality);
    Timeline {
        start: START,
        step: STEP,
        series: vec![
            series("gpu_offered_milli", &|i| wave(i) * 395_000.0 + 5000.0, 2000.0),
            series("gpu_held_milli", &|i| held[i], 4000.0),
            series("gpu_stranded_milli", &|i| (1.08 - quality) * 392_000.0 * (wave(i) - 0.4), 2000.0),
            series("demands_waiting", &waits, 3.0),
        ],
    }
}

fn heat(quality: f64, index: u32, replicate: u32) -> Heat {
    let types = [("dgx-a100", 16), ("dgx-h100", 16), ("l40s-pcie", 24), ("<script>", 8)];
    let mut names = 0..64;
    let nodes: Vec<(String, String)> = types
        .iter()
        .flat_map(|&(kind, n)| names.by_ref().take(n).map(move |i| (node_name(i), kind.to_string())).collect::<Vec<_>>())
        .collect();
    let mut noise = rng(index, replicate, 1);
    let mut held_milli = Vec::new();
    for node in 0..nodes.len() {
        let mut level: f64 = 0.5;
        for column in 0..96 {
            let wave = 0.6 + 0.4 * libm::sin(column as f64 / 16.0 + node as f64 / 20.0);
            if noise.unit() < 0.2 {
                level = (noise.unit() * 0.6 + wave * quality).min(1.0);
            }
            held_milli.push((libm::floor(level * 8.0) * 125.0) as u16);
        }
    }
    Heat { start: START, step: SimDuration(HOUR / 4), nodes, held_milli }
}

fn latencies(quality: f64, index: u32, replicate: u32) -> Vec<LatencyRow> {
    let base = [7e9, 2e8, if index == 2 { 4.8e6 } else { 1.2e6 }, 3e6, 5e8, 1.8e9, 8e6, 2e9, 4e9];
    let row = |(i, (l, base)): (usize, (&crate::observe::metrics::Latency, f64))| {
        let mut draws = rng(index, replicate, 20 + i as u16);
        let mut histogram = hdrhistogram::Histogram::new(3).unwrap();
        let n = if i == 0 { (4812.0 * quality) as u64 } else { 4600 };
        for _ in 0..n {
            let tail = if i < 2 && draws.unit() < 0.06 { 60.0 * (1.3 - quality) / 0.3 } else { 1.0 };
            histogram.record((base * tail * draws.lognormal(0.0, 0.5)) as u64).unwrap();
        }
        let mut censored_ns: Vec<u64> = (0..if i == 0 { 4812 - n } else { 0 }).map(|_| draws.below(12 * HOUR)).collect();
        censored_ns.sort_unstable();
        LatencyRow { name: l.name, histogram, censored_ns }
    };
    let rows = LATENCIES.iter().zip(base).enumerate().map(row);
    rows.filter(|l| index == 2 || l.name != "claim_ready").collect()
}

fn reasons(quality: f64) -> Vec<Reason> {
    let reason =
        |text: &str, count, example: &str| Reason { text: text.into(), count, demands: count / 3 + 1, example: example.into() };
    let mut out = vec![
        reason(
            "0/64 nodes are available: 24 Insufficient nvidia.com/gpu, 40 node(s) didn't match Pod's node affinity/selector",
            1500,
            "train-8 #312",
        ),
        reason("0/64 nodes are available: 64 Insufficient cpu", 20, "<script>alert(1)</script> #7"),
    ];
    if quality >= 1.0 {
        out[0].text = "0/64 nodes are available: 64 cannot allocate all claims".into();
        out[0].count = 300;
    }
    out
}

fn lost(index: u32) -> Vec<LostRow> {
    let row = |ask: &str, term: &str, demands| LostRow { ask: ask.into(), term: term.into(), demands };
    let share = row("<script>alert(1)</script>", "500 thousandths of a gpu: a whole one is taken", 1000);
    if index == 2 {
        return vec![share];
    }
    let alignment = "alignment: the kubelet picks the devices";
    vec![row("train-8", alignment, 300), row("infer-40g", alignment, 1200), share]
}

fn shapes(quality: f64) -> Vec<ShapeRow> {
    let shape = |ask: &str, wants: &str, arrived: u64| ShapeRow {
        ask: ask.into(),
        wants: wants.into(),
        arrived,
        ran: (arrived as f64 * quality) as u64,
        wait_ns: (Some(7_000_000_000), (arrived > 1000).then_some(400_000_000_000)),
        aligned: if ask == "train-8" { (arrived, arrived / 2) } else { (0, 0) },
    };
    vec![
        shape("train-1", "1 GPU, 8 CPU, 64 GiB", 1900),
        shape("train-8", "8 GPUs on one link domain, a NIC near each, 96 CPU", 300),
        shape("infer-40g", "1 GPU with at least 40 GiB", 1200),
        shape("<script>alert(1)</script>", "0.5 GPU", 1000),
        shape("cpu", "16 CPU", 412),
    ]
}

fn pods(index: u32, replicate: u32) -> Vec<PodRow> {
    let mut draws = rng(index, replicate, 50);
    let pod = |i: u32| {
        let created = START + SimDuration(u64::from(i) * 15_000_000_000);
        let mut now = created;
        let mut after = |mean: f64| {
            now += SimDuration((mean * draws.lognormal(0.0, 0.5)) as u64);
            Some(now)
        };
        let claim_created = if index == 2 { after(5e8) } else { None };
        let (attempted, bound) = (after(if i.is_multiple_of(50) { 9e10 } else { 2e8 }), after(1.2e7));
        let (admitted, prepared, running) = (after(2e7), after(if index == 2 { 3e8 } else { 1e7 }), after(2e9));
        PodRow {
            demand: i,
            row: i,
            ask: i % 5,
            attempt: 0,
            node: Some(i % 64),
            phase: "running",
            reason: String::new(),
            created,
            claim_created,
            queued: claim_created.or(Some(created)),
            attempted,
            placed: attempted,
            allocated: bound.filter(|_| claim_created.is_some()),
            bound,
            admitted,
            prepared,
            running,
            finished: None,
            attempts: 1,
        }
    };
    (0..2500).map(pod).collect()
}

fn replay(name: &str, best: f64) -> RunRecord {
    let point = |p: u32| {
        let x = f64::from(p) / 100.0;
        let alloc = if x < best - 0.05 { x } else { best - 0.05 * libm::exp(-(x - best + 0.05) / 0.05) };
        let frag = (1.0 - best) * 1.8 * (1.0 - libm::exp(-x * 2.0)) * 100.0;
        let two = |v: f64| (v * 100.0).round() / 100.0;
        CurvePoint { arrived_pct: p, alloc_pct: two(alloc * 100.0), frag_pct: two(frag) }
    };
    let placed = |pos: u32| {
        let fits = f64::from(pos % 100) < best * 100.0;
        let node = fits.then(|| format!("openb-node-{:04}", pos % 1213));
        Placement { pos, row: pos * 7 % 500, node, gpus: if fits { vec![pos % 8] } else { vec![] } }
    };
    RunRecord {
        strategy: name.to_string(),
        digest: "00000000000000ff".to_string(),
        metrics: [
            ("nodes_used", MetricValue::Count(1213)),
            ("alloc_ratio", MetricValue::Ratio(best)),
            ("frag_ratio", MetricValue::Ratio((1.0 - best) * 1.7)),
        ]
        .into(),
        curve: (0..=130).map(point).collect(),
        placements: (0..500).map(placed).collect(),
        ..RunRecord::default()
    }
}
