//! Why free devices are free: the books of stranded capacity.
//!
//! Each node's free devices of each kind get one cause: idle if no waiting demand wants that kind, else the best answer
//! that the neutral judge (`model::fit`) gives for any waiting ask, refined by what the mechanism can do
//! (DESIGN 6.1). Answers are kept per (ask, node state), so only nodes that changed are judged again.

use crate::base::{AskId, BitSet, DeviceId, Id, IdVec, ModelId, NodeId, SimTime};
use crate::model::fit::{Fit, judge};
use crate::model::{Book, DeviceKind, Inventory, Ledger};
use crate::observe::Cause;
use crate::observe::steps::{Columns, StepIntegral, StepSeries};
use crate::sched::CycleCx;
use crate::sim::Setup;
use crate::sim::world::World;

const CAUSES: usize = Cause::ALL.len();

/// Free devices of one node, as last settled.
#[derive(Clone, Debug, Default)]
struct NodeFree {
    devices: Vec<DeviceId>,
    causes: [Option<Cause>; DeviceKind::ALL.len()],
}

/// The books of free devices.
#[derive(Debug)]
pub struct Explainer {
    /// Waiting demands by ask.
    waiting: IdVec<AskId, u32>,
    /// Asks with waiting demands that want devices.
    active: Vec<AskId>,
    set_changed: bool,
    dirty: Vec<NodeId>,
    is_dirty: BitSet,
    versions: IdVec<NodeId, u32>,
    /// Per ask that ever waited: (version of the node, cause) by node.
    answers: IdVec<AskId, Vec<(u32, Cause)>>,
    nodes: IdVec<NodeId, NodeFree>,
    totals: IdVec<ModelId, [i64; CAUSES]>,
    integrals: IdVec<ModelId, Vec<StepIntegral>>,
    /// Stranded devices by kind, over time.
    pub stranded: [StepSeries; DeviceKind::ALL.len()],
    /// Held devices by kind, over time.
    pub held: [StepSeries; DeviceKind::ALL.len()],
    /// Held thousandths by node, over time.
    pub heat: IdVec<NodeId, StepSeries>,
}

/// Names of the series by kind.
const STRANDED: [&str; 3] = ["gpu_stranded_milli", "tpu_stranded_milli", "nic_stranded_milli"];
const HELD: [&str; 3] = ["gpu_held_milli", "tpu_held_milli", "nic_held_milli"];

impl Explainer {
    /// Everything free, nothing waiting.
    pub fn new(setup: &Setup<'_>) -> Explainer {
        let inventory = setup.inventory;
        let window = (setup.warmup, setup.horizon);
        let columns = Columns::over(window, setup.options.columns);
        let nodes = inventory.nodes.len();
        let mut explainer = Explainer {
            waiting: IdVec::filled(0, setup.workload.asks.len()),
            active: Vec::new(),
            set_changed: true,
            dirty: Vec::new(),
            is_dirty: BitSet::new(nodes),
            versions: IdVec::filled(1, nodes),
            answers: IdVec::filled(Vec::new(), setup.workload.asks.len()),
            nodes: IdVec::filled(NodeFree::default(), nodes),
            totals: IdVec::filled([0; CAUSES], inventory.models.len()),
            integrals: IdVec::filled(vec![StepIntegral::new(window); CAUSES], inventory.models.len()),
            stranded: STRANDED.map(|name| StepSeries::new(name, columns)),
            held: HELD.map(|name| StepSeries::new(name, columns)),
            heat: IdVec::filled(StepSeries::new("held_milli", columns), nodes),
        };
        for node in inventory.nodes.ids() {
            explainer.touch(node);
        }
        explainer
    }

    /// `change` more demands of this ask wait.
    pub fn waits(&mut self, ask: AskId, change: i32) {
        let before = self.waiting[ask];
        self.waiting[ask] = before.checked_add_signed(change).expect("no fewer than no demands wait");
        self.set_changed |= (before == 0) != (self.waiting[ask] == 0);
    }

    /// Something was given or taken on `node`.
    pub fn touch(&mut self, node: NodeId) {
        if self.is_dirty.set(node.index(), true) {
            self.dirty.push(node);
        }
    }

    /// Free device time of `model` by cause, in device-nanoseconds.
    pub fn free_time(&self, model: ModelId) -> [i128; CAUSES] {
        std::array::from_fn(|cause| self.integrals[model][cause].total())
    }
}

/// Brings the books up to date with everything that happened up to `now`. Called before time moves on.
pub fn settle(world: &mut World<'_>, now: SimTime) {
    let explainer = &world.explainer;
    if explainer.dirty.is_empty() && !explainer.set_changed {
        return;
    }
    let World { explainer, ledger, scheduler, lowered, setup, .. } = world;
    let inventory = setup.inventory;
    let dirty = std::mem::take(&mut explainer.dirty);
    for &node in &dirty {
        explainer.is_dirty.set(node.index(), false);
        explainer.versions[node] += 1;
        explainer.forget(inventory, node);
        explainer.nodes[node].devices = free_devices(inventory, ledger, setup.mechanism.uses_claims(), node);
        explainer.nodes[node].causes = [None; 3];
    }
    let everywhere = std::mem::take(&mut explainer.set_changed);
    if everywhere {
        let wants = |ask: &AskId| explainer.waiting[*ask] > 0 && !setup.workload.asks[*ask].is_cpu_only();
        explainer.active = setup.workload.asks.ids().filter(wants).collect();
        for node in inventory.nodes.ids() {
            explainer.forget(inventory, node);
        }
    }
    let cx = CycleCx { inventory, ledger, lowered, profile: setup.profile };
    let mut answer = |explainer: &mut Explainer, ask: AskId, node: NodeId| {
        let known = &mut explainer.answers[ask];
        if known.is_empty() {
            known.resize(inventory.nodes.len(), (0, Cause::Combined));
        }
        let version = explainer.versions[node];
        if known[node.index()].0 != version {
            let fit = judge(inventory, ledger, node, &setup.workload.asks[ask], &explainer.nodes[node].devices);
            let by_mechanism = fit == Fit::Fits && scheduler.fits(&cx, lowered.shape_of(ask), node);
            known[node.index()] = (version, cause_of(fit, by_mechanism));
        }
        known[node.index()].1
    };
    let changed: Vec<NodeId> = if everywhere { inventory.nodes.ids().collect() } else { dirty };
    for node in changed {
        explainer.explain(setup, node, &mut answer);
        let free = explainer.nodes[node].devices.len();
        let held = inventory.devices_of(node).len() - free;
        explainer.heat[node].set(now, held as i64 * 1000);
    }
    explainer.publish(inventory, now);
}

impl Explainer {
    /// Takes the node's contribution out of the totals.
    fn forget(&mut self, inventory: &Inventory, node: NodeId) {
        let state = &mut self.nodes[node];
        for &device in &state.devices {
            let model = inventory.devices[device].model;
            if let Some(cause) = state.causes[inventory.models[model].kind as usize] {
                self.totals[model][cause as usize] -= 1;
            }
        }
        state.causes = [None; 3];
    }

    /// Finds the cause of each kind on the node and adds its devices to the totals.
    fn explain(&mut self, setup: &Setup<'_>, node: NodeId, answer: &mut impl FnMut(&mut Explainer, AskId, NodeId) -> Cause) {
        let inventory = setup.inventory;
        let has = |kind| self.nodes[node].devices.iter().any(|&d| inventory.kind_of(d) == kind);
        let present = DeviceKind::ALL.map(has);
        let mut causes = present.map(|p| p.then_some(Cause::Idle));
        if present.iter().any(|p| *p) {
            for i in 0..self.active.len() {
                let ask = self.active[i];
                let wanted = &setup.workload.asks[ask].devices;
                if !wanted.iter().any(|entry| present[entry.kind as usize]) {
                    continue;
                }
                let cause = answer(self, ask, node);
                for entry in wanted {
                    if let Some(best) = &mut causes[entry.kind as usize] {
                        *best = if *best == Cause::Idle { cause } else { cause.min(*best) };
                    }
                }
            }
        }
        self.nodes[node].causes = causes;
        for &device in &self.nodes[node].devices {
            let model = inventory.devices[device].model;
            let cause = causes[inventory.models[model].kind as usize].expect("the kind is present");
            self.totals[model][cause as usize] += 1;
        }
    }

    fn publish(&mut self, inventory: &Inventory, now: SimTime) {
        let (mut stranded, mut free) = ([0; 3], [0; 3]);
        for (model, totals) in self.totals.iter_ids() {
            let kind = inventory.models[model].kind as usize;
            for (cause, &n) in Cause::ALL.iter().zip(totals) {
                self.integrals[model][*cause as usize].set(now, n);
                free[kind] += n;
                stranded[kind] += if cause.is_stranded() { n } else { 0 };
            }
        }
        for kind in DeviceKind::ALL {
            let i = kind as usize;
            self.stranded[i].set(now, stranded[i] * 1000);
            let held = inventory.count(kind) as i64 - free[i];
            self.held[i].set(now, held * 1000);
        }
    }
}

/// Devices of the node that nobody holds. A device plugin's scheduler counts before the kubelet picks, so of the devices
/// free on the node only as many are free as are not counted for somebody on the way.
fn free_devices(inventory: &Inventory, ledger: &Ledger, by_claims: bool, node: NodeId) -> Vec<DeviceId> {
    let on_node = |d: &DeviceId| ledger.is_whole(Book::Node, *d);
    if by_claims {
        return inventory.devices_of(node).filter(|d| on_node(d) && ledger.is_whole(Book::Sched, *d)).collect();
    }
    let mut left: Vec<i64> = inventory.resources.ids().map(|r| ledger.extended_free(Book::Sched, node, r)).collect();
    inventory
        .devices_of(node)
        .filter(on_node)
        .filter(|&d| {
            let resource = inventory.models[inventory.devices[d].model].resource;
            left[resource.index()] -= 1;
            left[resource.index()] >= 0
        })
        .collect()
}

fn cause_of(fit: Fit, by_mechanism: bool) -> Cause {
    match fit {
        Fit::Fits if by_mechanism => Cause::Queued,
        Fit::Fits => Cause::Mechanism,
        Fit::Model => Cause::Model,
        Fit::DeviceMemory => Cause::DeviceMemory,
        Fit::Fragment => Cause::Fragment,
        Fit::Topology => Cause::Topology,
        Fit::Cpu => Cause::Cpu,
        Fit::Memory => Cause::Memory,
        Fit::Combined => Cause::Combined,
    }
}
