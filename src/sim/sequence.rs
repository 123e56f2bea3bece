//! Sequence replay: pods are submitted one after the other, each is placed or dropped at once, nothing is retried and
//! nothing ends. The experiment of the FGD study (Weng et al., USENIX ATC 2023).
//!
//! It runs on the same engine and ledger as every other run: one event a pod, grants in all three books, a digest.

use crate::alloc::policy::{Fragmentation, GPUS_MAX, NodeState, PackingAsk, PackingCx, PackingPolicy, TypicalPods};
use crate::base::{AskId, DemandId, Digest, Findings, Id, IdVec, ModelId, NodeId, Place, PodId, Seed};
use crate::engine::{EventQueue, HeapQueue};
use crate::model::check::{check, check_agreement};
use crate::model::{Amounts, Book, DeviceKind, DeviceShare, Effort, Holder, Inventory, Ledger, Part, Workload};
use crate::observe::{MetricValue, Placement, RunRecord, ShapeRow};
use crate::sched::packing::{PackingDecision, PackingScheduler, empty_states, gpus_of};
use crate::sim::Event;
use crate::sim::curve::Curve;

/// A sequence replay: a pure function of these gives the record.
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'a> {
    /// The cluster, empty at the start.
    pub inventory: &'a Inventory,
    /// What is submitted: arrivals in submission order.
    pub workload: &'a Workload,
    /// What a random pod looks like, from the original list (not from the order, which holds clones).
    pub typical: &'a TypicalPods,
    /// Tie-break rank of each node, by node id; the lowest wins.
    pub rank: &'a [u32],
    /// The policy.
    pub policy: &'a dyn PackingPolicy,
    /// Seed of the policy's own draws.
    pub seed: Seed,
    /// Check every invariant and the oracle's decision at every event.
    pub check: bool,
}

/// Why a replay has no record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// Cluster or workload cannot be said in the study's terms.
    Rejected(Findings),
    /// An invariant does not hold, or the fast path left the oracle: a bug.
    Violated(Violation),
}

/// What was violated, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The event after which it showed.
    pub event: Event,
    /// One sentence for each violated invariant.
    pub broken: Vec<String>,
}

/// The state after one submission.
#[derive(Clone, Copy, Debug)]
pub struct Step<'s> {
    /// Position in the order, from 0.
    pub pos: u32,
    /// Where the pod went; `None` if it fitted nowhere.
    pub decision: Option<&'s PackingDecision>,
    /// GPU asked for so far, placed or not, in thousandths.
    pub arrived_milli: u64,
    /// GPU held, in thousandths.
    pub used_milli: u64,
    /// Fragmentation of the cluster, in thousandths of a GPU times `weight`.
    pub fragmented: i64,
    /// What one thousandth counts in `fragmented`.
    pub weight: i64,
}

/// Runs the replay. The strategy name of the record is left to the caller.
pub fn run(setup: &Sequence<'_>) -> Result<RunRecord, Stopped> {
    run_observed(setup, |_| {})
}

/// As [`run`]; `on_step` sees the state after every submission.
pub fn run_observed(setup: &Sequence<'_>, mut on_step: impl FnMut(&Step<'_>)) -> Result<RunRecord, Stopped> {
    let findings = validate(setup.inventory, setup.workload, setup.rank);
    if findings.has_errors() {
        return Err(Stopped::Rejected(findings));
    }
    let mut world = World::new(setup);
    let mut queue: HeapQueue<Event> = HeapQueue::default();
    world.schedule(&mut queue, DemandId(0));
    while let Some((_, event)) = queue.pop() {
        event.words().into_iter().for_each(|word| world.digest.word(word));
        let Event::DemandArrives(demand) = event else { unreachable!("a sequence replay has arrivals only") };
        world.schedule(&mut queue, DemandId(demand.0 + 1));
        let expected = world.oracle.as_ref().map(|cx| world.scheduler.decide_afresh(cx, world.ask(demand), demand.0));
        let decision = world.submit(demand);
        if let Some(expected) = expected {
            world.check(event, decision.as_ref(), expected.as_ref()).map_err(Stopped::Violated)?;
        }
        on_step(&world.step(demand, decision.as_ref()));
    }
    Ok(world.record())
}

/// What a sequence replay cannot take: nodes with more than [`GPUS_MAX`] GPUs or mixed models, asks beyond CPU, memory,
/// one share of a GPU or whole GPUs, a rank that is not one number a node.
pub fn validate(inventory: &Inventory, workload: &Workload, rank: &[u32]) -> Findings {
    let mut findings = Findings::default();
    let mut reject = |code, text: String, help: &str| findings.error(code, Place::default(), text, help);
    if inventory.nodes.is_empty() {
        reject("E0601", "a sequence replay needs at least one node".to_owned(), "");
    }
    if workload.arrivals.is_empty() {
        reject("E0602", "a sequence replay needs at least one pod".to_owned(), "");
    }
    if rank.len() != inventory.nodes.len() {
        let text = format!("the order ranks {} nodes, the cluster has {}", rank.len(), inventory.nodes.len());
        reject("E0603", text, "use the order that was made for this node list");
    }
    for (node, row) in inventory.nodes.iter_ids() {
        let models: Vec<ModelId> = gpus_of(inventory, node).map(|gpu| inventory.devices[gpu].model).collect();
        if models.len() > GPUS_MAX || models.iter().any(|model| *model != models[0]) {
            let text = format!("node `{}` has {} GPUs of one or more models", row.name, models.len());
            reject("E0604", text, "a sequence replay takes up to 16 GPUs of one model on a node");
        }
    }
    for ask in workload.asks.iter() {
        if let Err(why) = PackingAsk::from_ask(ask) {
            let help = "a sequence replay takes CPU, memory, and a share of one GPU or whole GPUs";
            reject("E0605", format!("`{}` {why}", ask.name), help);
        }
    }
    findings
}

struct World<'a> {
    setup: Sequence<'a>,
    scheduler: PackingScheduler<'a>,
    /// What the oracle decides with; `None` without `check`.
    oracle: Option<PackingCx>,
    ledger: Ledger,
    asks: IdVec<AskId, PackingAsk>,
    curve: Curve,
    arrived_milli: u64,
    used_milli: u64,
    placements: Vec<Placement>,
    bound: u64,
    /// Pods on each node.
    pods: IdVec<NodeId, u32>,
    shapes: Vec<ShapeRow>,
    effort: Effort,
    digest: Digest,
}

impl<'a> World<'a> {
    fn new(setup: &Sequence<'a>) -> World<'a> {
        let Sequence { inventory, workload, typical, rank, policy, seed, check } = *setup;
        let asks: IdVec<AskId, PackingAsk> =
            workload.asks.iter().map(|ask| PackingAsk::from_ask(ask).expect("validated before")).collect();
        let nodes: IdVec<NodeId, NodeState> = empty_states(inventory);
        let fragmentation = Fragmentation::new(typical.clone(), inventory.models.len());
        let weight = fragmentation.weight();
        let scheduler = PackingScheduler::new(policy, &nodes, rank, asks.clone(), fragmentation, seed);
        let total_milli = 1000 * inventory.count(DeviceKind::Gpu);
        let curve = Curve::new(total_milli, weight, scheduler.fragmentation_sum());
        World {
            oracle: check.then(|| scheduler.oracle_cx(typical)),
            scheduler,
            ledger: Ledger::new(inventory),
            asks,
            curve,
            arrived_milli: 0,
            used_milli: 0,
            placements: Vec::with_capacity(workload.arrivals.len()),
            bound: 0,
            pods: IdVec::filled(0, inventory.nodes.len()),
            shapes: workload.asks.iter().map(|ask| ShapeRow { ask: ask.name.clone(), ..ShapeRow::default() }).collect(),
            effort: Effort::default(),
            digest: Digest::new(),
            setup: *setup,
        }
    }

    fn ask(&self, demand: DemandId) -> AskId {
        self.setup.workload.arrivals[demand].ask
    }

    /// Schedules the arrival of `demand`, if there is one.
    fn schedule(&self, queue: &mut HeapQueue<Event>, demand: DemandId) {
        if let Some(arrival) = self.setup.workload.arrivals.get(demand) {
            let event = Event::DemandArrives(demand);
            queue.schedule(arrival.at.max(queue.now()), event.phase() as u8, event);
        }
    }

    /// Places the pod of `demand`, or drops it.
    fn submit(&mut self, demand: DemandId) -> Option<PackingDecision> {
        let ask = self.ask(demand);
        let milli = self.asks[ask].total_milli() as u64;
        self.arrived_milli += milli;
        let decision = self.scheduler.decide(ask, demand.0);
        self.effort.attempts += 1;
        self.effort.nodes_filtered += self.pods.len() as u64;
        self.shapes[ask.index()].arrived += 1;
        if let Some(decision) = &decision {
            // A single feasible node is taken without scoring (schedule_one.go, schedulePod).
            self.effort.nodes_scored += if decision.feasible > 1 { u64::from(decision.feasible) } else { 0 };
            self.effort.api_writes += 1;
            self.scheduler.assume(ask, decision);
            self.grant(demand, ask, decision);
            self.used_milli += milli;
            self.bound += 1;
            self.pods[decision.node] += 1;
            self.shapes[ask.index()].ran += 1;
        }
        self.curve.add(self.arrived_milli, self.used_milli, self.scheduler.fragmentation_sum());
        self.placements.push(Placement {
            pos: demand.0,
            row: self.setup.workload.arrivals[demand].row,
            node: decision.as_ref().map(|d| self.setup.inventory.nodes[d.node].name.clone()),
            gpus: decision.as_ref().map_or_else(Vec::new, |d| d.gpus.clone()),
        });
        decision
    }

    /// Gives the pod its part in all three books at once: nothing is ever in flight.
    fn grant(&mut self, demand: DemandId, ask: AskId, decision: &PackingDecision) {
        let PackingDecision { node, gpus, .. } = decision;
        let ask = &self.asks[ask];
        let amounts = Amounts { pods: 1, cpu_milli: ask.cpu_milli, memory_bytes: ask.memory_bytes, extended: Vec::new() };
        self.digest.word(u64::from(demand.0) << 32 | u64::from(node.0));
        let mut shares = Vec::new();
        if !gpus.is_empty() {
            let devices: Vec<_> = gpus_of(self.setup.inventory, *node).collect();
            for &gpu in gpus {
                let device = devices[gpu as usize];
                shares.push(DeviceShare { device, milli: ask.gpu_milli });
                self.digest.word(u64::from(device.0) << 16 | u64::from(ask.gpu_milli));
            }
        }
        let (holder, part) = (Holder::Pod(PodId(demand.0)), Part::new(*node, amounts).with(shares));
        self.ledger.grant(Book::Sched, holder, part.clone());
        self.ledger.grant(Book::Api, holder, part.clone());
        self.ledger.grant(Book::Node, holder, part);
    }

    fn check(
        &self,
        event: Event,
        decision: Option<&PackingDecision>,
        expected: Option<&PackingDecision>,
    ) -> Result<(), Violation> {
        let inventory = self.setup.inventory;
        let mut broken = check(inventory, &self.ledger);
        broken.extend(check_agreement(inventory, &self.ledger));
        broken.extend(self.scheduler.disagreements(inventory, &self.ledger));
        if decision != expected {
            broken.push(format!("fast path decides {decision:?}, the oracle {expected:?}"));
        }
        if broken.is_empty() { Ok(()) } else { Err(Violation { event, broken }) }
    }

    fn step<'s>(&self, demand: DemandId, decision: Option<&'s PackingDecision>) -> Step<'s> {
        Step {
            pos: demand.0,
            decision,
            arrived_milli: self.arrived_milli,
            used_milli: self.used_milli,
            fragmented: self.scheduler.fragmentation_sum(),
            weight: self.scheduler.fragmentation().weight(),
        }
    }

    fn record(self) -> RunRecord {
        let total_milli = (1000 * self.setup.inventory.count(DeviceKind::Gpu)).max(1) as f64;
        let weight = self.scheduler.fragmentation().weight() as f64;
        let pods = self.placements.len() as u64;
        let used = self.pods.iter().filter(|&&pods| pods > 0).count() as u64;
        let metrics = [
            ("alloc_ratio", MetricValue::Ratio(self.used_milli as f64 / total_milli)),
            ("frag_ratio", MetricValue::Ratio(self.scheduler.fragmentation_sum() as f64 / weight / total_milli)),
            ("demands_arrived", MetricValue::Count(pods)),
            ("demands_running", MetricValue::Count(self.bound)),
            ("demands_failed", MetricValue::Count(pods - self.bound)),
            ("pods_arrived", MetricValue::Count(pods)),
            ("pods_bound", MetricValue::Count(self.bound)),
            ("nodes_used", MetricValue::Count(used)),
            ("nodes_empty", MetricValue::Count(self.pods.len() as u64 - used)),
        ];
        RunRecord {
            replicate: self.setup.seed.replicate,
            digest: self.digest.hex(),
            metrics: metrics.into_iter().collect(),
            effort: self.effort,
            shapes: self.shapes,
            curve: self.curve.points(),
            placements: self.placements,
            ..RunRecord::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::policy::{POLICIES, find};
    use crate::base::{SimDuration, SimTime};
    use crate::model::{
        Arrival, Ask, DeviceAsk, DeviceProfile, DeviceSpec, InventoryBuilder, Link, Model, NodeType, NodeTypeSpec,
    };

    /// `nodes` nodes with 8 CPUs and `gpus` GPUs each, of the models 0, 1, 0, 1 and so on if `mixed`.
    fn cluster(nodes: usize, gpus: usize, mixed: bool) -> Inventory {
        let mut builder = InventoryBuilder::default();
        let resource = builder.resource("nvidia.com/gpu");
        let class = || "gpu.nvidia.com".to_owned();
        let mut gpu = |name: &str| DeviceSpec {
            model: builder.model(Model {
                name: name.to_owned(),
                kind: DeviceKind::Gpu,
                memory_bytes: 0,
                resource,
                class: class(),
            }),
            profile: DeviceProfile {
                driver: class(),
                attributes: Default::default(),
                capacity: Default::default(),
                allow_multiple_allocations: false,
            },
            link: Link { numa: 0, pcie_root: 0, domain: u16::MAX },
        };
        let (a, b) = (gpu("A"), gpu("B"));
        let devices = (0..gpus).map(|i| if mixed && i % 2 == 1 { b.clone() } else { a.clone() }).collect();
        let node_type = NodeType {
            name: "box".to_owned(),
            cpu_milli: 8000,
            memory_bytes: 64 << 30,
            pods_max: 110,
            numa_nodes: 1,
            labels: Vec::new(),
            evidence: String::new(),
        };
        let kind = builder.node_type(NodeTypeSpec { node_type, devices });
        for i in 0..nodes {
            builder.node(format!("node-{i}"), kind);
        }
        builder.finish()
    }

    fn ask(gpus: u32, share_milli: u32) -> Ask {
        let gpu = DeviceAsk { kind: DeviceKind::Gpu, count: gpus, share_milli, models: Vec::new(), memory_bytes_min: 0 };
        Ask {
            name: format!("{gpus}x{share_milli}"),
            cpu_milli: 1000,
            memory_bytes: 1 << 30,
            priority: 0,
            devices: if gpus > 0 { vec![gpu] } else { Vec::new() },
            alignments: Vec::new(),
        }
    }

    fn workload(asks: &[Ask]) -> Workload {
        let mut workload = Workload::default();
        for (row, ask) in asks.iter().enumerate() {
            let ask = workload.intern(ask.clone());
            let (at, runs_for) = (SimTime::ZERO, SimDuration::ZERO);
            workload.arrivals.push(Arrival { at, runs_for, ask, row: row as u32, censored: false });
        }
        workload
    }

    fn replay(inventory: &Inventory, workload: &Workload, policy: &str) -> Result<RunRecord, Stopped> {
        let policy = (find(policy).expect("listed").build)(toml::Table::new()).expect("no options");
        let (typical, rank) = (TypicalPods::from_workload(workload), (0..inventory.nodes.len() as u32).collect::<Vec<_>>());
        let (typical, rank, policy, seed) = (&typical, rank.as_slice(), policy.as_ref(), Seed { root: 1, replicate: 3 });
        run(&Sequence { inventory, workload, typical, rank, policy, seed, check: true })
    }

    fn check_codes(inventory: &Inventory, asks: &[Ask], want: &[&str]) {
        let Err(Stopped::Rejected(findings)) = replay(inventory, &workload(asks), "fgd") else { panic!("accepted: {want:?}") };
        assert_eq!(findings.0.iter().map(|finding| finding.code).collect::<Vec<_>>(), want);
    }

    #[test]
    fn what_the_study_cannot_say_is_rejected() {
        check_codes(&cluster(0, 1, false), &[], &["E0601", "E0602"]);
        check_codes(&cluster(1, 17, false), &[ask(1, 1000)], &["E0604"]);
        check_codes(&cluster(1, 2, true), &[ask(1, 1000), ask(2, 500)], &["E0604", "E0605"]);
        let findings = validate(&cluster(2, 1, false), &workload(&[ask(0, 0)]), &[0]);
        assert_eq!(findings.0[0].code, "E0603");
    }

    #[test]
    fn every_policy_fills_and_drops_under_check() {
        let inventory = cluster(2, 2, false);
        let asks: Vec<Ask> =
            [(1, 500), (1, 500), (2, 1000), (1, 600), (0, 0), (2, 1000), (1, 400)].map(|(n, m)| ask(n, m)).into();
        let workload = workload(&asks);
        for entry in POLICIES {
            let record = replay(&inventory, &workload, entry.name).expect(entry.name);
            let count = |name| record.metrics[name].as_f64() as u64;
            let bound = record.placements.iter().filter(|p| p.node.is_some()).count() as u64;
            assert_eq!((count("pods_arrived"), count("pods_bound"), count("demands_failed")), (7, bound, 7 - bound));
            assert_eq!(record.metrics["alloc_ratio"].as_f64(), held_milli(&record, &asks) / 4000.0, "{}", entry.name);
            assert_eq!(count("nodes_used") + count("nodes_empty"), 2);
            assert_eq!((record.curve.len(), record.replicate), (131, 3));
            assert_eq!(replay(&inventory, &workload, entry.name).expect(entry.name).digest, record.digest);
        }
    }

    fn held_milli(record: &RunRecord, asks: &[Ask]) -> f64 {
        let placed = record.placements.iter().filter(|p| p.node.is_some());
        placed.map(|p| asks[p.row as usize].milli_of(DeviceKind::Gpu) as f64).sum()
    }

    #[test]
    fn fgd_keeps_a_node_whole_for_the_pair() {
        let record = replay(&cluster(2, 2, false), &workload(&[ask(1, 500), ask(1, 500), ask(2, 1000)]), "fgd").expect("fits");
        let found: Vec<_> = record.placements.iter().map(|p| (p.node.as_deref(), p.gpus.as_slice())).collect();
        assert_eq!(found, [(Some("node-0"), &[0][..]), (Some("node-0"), &[0][..]), (Some("node-1"), &[0, 1][..])]);
    }
}
