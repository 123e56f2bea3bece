//! Why free devices are free: the books of stranded capacity.
//!
//! Each node's free devices of each kind get one cause: idle if no waiting demand wants that kind, else the best answer
//! that the neutral judge (`model::fit`) gives for any waiting ask, refined by what the mechanism can do
//! (DESIGN 6.1). Answers are kept per (ask, node state), so only nodes that changed are judged again.

use crate::base::{AskId, BitSet, DeviceId, Id, IdVec, ModelId, NodeId, SimTime};
use crate::model::fit::{Fit, judge};
use crate::model::{Book, DeviceKind, Inventory, Ledger};
use crate::observe::Cause;
use crate::observe::steps::{Columns, StepIntegral, StepMeans, StepSeries};
use crate::sim::Setup;
use crate::sim::world::World;

const CAUSES: usize = Cause::ALL.len();
const KINDS: usize = DeviceKind::ALL.len();

/// Free devices of one node, as last settled.
#[derive(Clone, Debug)]
struct NodeFree {
    devices: Vec<DeviceId>,
    /// How many of them are of each kind.
    by_kind: [u32; KINDS],
    /// The settled cause of each kind; meaningless for kinds of which nothing is free.
    causes: [Cause; KINDS],
}

/// The books of free devices.
#[derive(Debug)]
pub struct Explainer {
    /// Waiting demands by ask.
    waiting: IdVec<AskId, u32>,
    /// Kinds that an ask wants; none for CPU-only asks, which explain no free device.
    wants: IdVec<AskId, [bool; KINDS]>,
    /// Asks with waiting demands that want devices, as last settled, ascending.
    active: Vec<AskId>,
    /// Asks that began or ceased to wait since then.
    flipped: Vec<AskId>,
    dirty: Vec<NodeId>,
    is_dirty: BitSet,
    versions: IdVec<NodeId, u32>,
    /// Per ask that ever waited: (version of the node, cause) by node.
    answers: IdVec<AskId, Vec<(u32, Cause)>>,
    nodes: IdVec<NodeId, NodeFree>,
    totals: IdVec<ModelId, [i64; CAUSES]>,
    /// Devices of each kind in the cluster.
    devices: [i64; KINDS],
    integrals: IdVec<ModelId, Vec<StepIntegral>>,
    /// Stranded devices by kind, over time.
    pub stranded: [StepSeries; KINDS],
    /// Held devices by kind, over time.
    pub held: [StepSeries; KINDS],
    /// Held devices by node, over time.
    pub heat: StepMeans,
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
            wants: setup.workload.asks.iter().map(|ask| DeviceKind::ALL.map(|k| ask.milli_of(k) > 0)).collect(),
            active: Vec::new(),
            flipped: Vec::new(),
            dirty: Vec::new(),
            is_dirty: BitSet::new(nodes),
            versions: IdVec::filled(1, nodes),
            answers: IdVec::filled(Vec::new(), setup.workload.asks.len()),
            nodes: IdVec::filled(NodeFree { devices: vec![], by_kind: [0; KINDS], causes: [Cause::Idle; KINDS] }, nodes),
            totals: IdVec::filled([0; CAUSES], inventory.models.len()),
            devices: DeviceKind::ALL.map(|kind| inventory.count(kind) as i64),
            integrals: IdVec::filled(vec![StepIntegral::new(window); CAUSES], inventory.models.len()),
            stranded: STRANDED.map(|name| StepSeries::new(name, columns)),
            held: HELD.map(|name| StepSeries::new(name, columns)),
            heat: StepMeans::new(columns, inventory.nodes.ids().map(|node| inventory.devices_of(node).len() as i64).collect()),
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
        if (before == 0) != (self.waiting[ask] == 0) && self.wants[ask] != [false; KINDS] {
            self.flipped.push(ask);
        }
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

/// Brings the books up to date with everything that happened up to `now`. Called before time moves on. Returns false if
/// nothing had happened.
pub fn settle(world: &mut World<'_>, now: SimTime) -> bool {
    if world.explainer.dirty.is_empty() && world.explainer.flipped.is_empty() {
        return false;
    }
    let World { explainer, ledger, schedulers, negotiations, lowered, setup, .. } = world;
    let inventory = setup.inventory;
    let mut drivers_have =
        |shape, node| negotiations.as_mut().is_none_or(|negotiations| negotiations.devices.suit_all(shape, node));
    let dirty = std::mem::take(&mut explainer.dirty);
    for &node in &dirty {
        explainer.is_dirty.set(node.index(), false);
        explainer.versions[node] += 1;
        let free = free_devices(inventory, ledger, setup.mechanism.uses_claims(), node);
        explainer.replace(inventory, node, free);
        let held = inventory.devices_of(node).len() - explainer.nodes[node].devices.len();
        explainer.heat.set(node.index(), now, held as i64);
    }
    let mut answer = |explainer: &mut Explainer, ask: AskId, node: NodeId| {
        let known = &mut explainer.answers[ask];
        if known.is_empty() {
            known.resize(inventory.nodes.len(), (0, Cause::Combined));
        }
        let version = explainer.versions[node];
        if known[node.index()].0 != version {
            let fit = judge(inventory, ledger, node, &setup.workload.asks[ask], &explainer.nodes[node].devices);
            let shape = lowered.shape_of(ask);
            let by_mechanism = fit == Fit::Fits && schedulers.fits(shape, node) && drivers_have(shape, node);
            known[node.index()] = (version, cause_of(fit, by_mechanism));
        }
        known[node.index()].1
    };
    let (began, ceased) = explainer.update_active();
    for node in inventory.nodes.ids() {
        explainer.follow(inventory, node, &began, &ceased, &mut answer);
    }
    for node in dirty {
        explainer.explain(inventory, node, &mut answer);
    }
    explainer.publish(inventory, now);
    true
}

impl Explainer {
    /// Brings `active` up to date; returns the asks that began and those that ceased to wait.
    fn update_active(&mut self) -> (Vec<AskId>, Vec<AskId>) {
        let mut flipped = std::mem::take(&mut self.flipped);
        flipped.sort_unstable();
        flipped.dedup();
        let (mut began, mut ceased) = (Vec::new(), Vec::new());
        for ask in flipped {
            match (self.active.binary_search(&ask), self.waiting[ask] > 0) {
                (Err(place), true) => {
                    self.active.insert(place, ask);
                    began.push(ask);
                }
                (Ok(place), false) => {
                    self.active.remove(place);
                    ceased.push(ask);
                }
                // It flipped back before anything was settled.
                (Ok(_), true) | (Err(_), false) => {}
            }
        }
        (began, ceased)
    }

    /// What changes on a node when asks begin or cease to wait. The cause is the least answer of all that wait, so one
    /// more can only lower it, and one less matters only where it gave the answer.
    fn follow(
        &mut self,
        inventory: &Inventory,
        node: NodeId,
        began: &[AskId],
        ceased: &[AskId],
        answer: &mut impl FnMut(&mut Explainer, AskId, NodeId) -> Cause,
    ) {
        let concerns = |me: &Explainer, ask: AskId| (0..KINDS).any(|k| me.wants[ask][k] && me.nodes[node].by_kind[k] > 0);
        for &ask in ceased {
            if concerns(self, ask) {
                let gave = answer(self, ask, node);
                if (0..KINDS).any(|k| self.wants[ask][k] && self.nodes[node].causes[k] == gave) {
                    return self.explain(inventory, node, answer);
                }
            }
        }
        for &ask in began {
            if concerns(self, ask) {
                let cause = answer(self, ask, node);
                let mut causes = self.nodes[node].causes;
                for k in (0..KINDS).filter(|&k| self.wants[ask][k]) {
                    causes[k] = better(causes[k], cause);
                }
                self.assign(inventory, node, causes);
            }
        }
    }

    /// Finds the cause of each kind on the node afresh.
    fn explain(&mut self, inventory: &Inventory, node: NodeId, answer: &mut impl FnMut(&mut Explainer, AskId, NodeId) -> Cause) {
        let mut causes = [Cause::Idle; KINDS];
        let by_kind = self.nodes[node].by_kind;
        for i in 0..self.active.len() {
            let ask = self.active[i];
            let wants = self.wants[ask];
            if (0..KINDS).any(|k| wants[k] && by_kind[k] > 0) {
                let cause = answer(self, ask, node);
                for k in (0..KINDS).filter(|&k| wants[k]) {
                    causes[k] = better(causes[k], cause);
                }
            }
        }
        self.assign(inventory, node, causes);
    }

    /// Other devices are free on the node now; their cause is to be found.
    fn replace(&mut self, inventory: &Inventory, node: NodeId, free: Vec<DeviceId>) {
        self.count(inventory, node, -1);
        let state = &mut self.nodes[node];
        state.devices = free;
        state.by_kind = [0; KINDS];
        for &device in &state.devices {
            state.by_kind[inventory.kind_of(device) as usize] += 1;
        }
        self.count(inventory, node, 1);
    }

    fn assign(&mut self, inventory: &Inventory, node: NodeId, causes: [Cause; KINDS]) {
        if self.nodes[node].causes != causes {
            self.count(inventory, node, -1);
            self.nodes[node].causes = causes;
            self.count(inventory, node, 1);
        }
    }

    /// Adds the node's free devices to the totals, or takes them out.
    fn count(&mut self, inventory: &Inventory, node: NodeId, sign: i64) {
        let state = &self.nodes[node];
        for &device in &state.devices {
            let model = inventory.devices[device].model;
            let cause = state.causes[inventory.models[model].kind as usize];
            self.totals[model][cause as usize] += sign;
        }
    }

    fn publish(&mut self, inventory: &Inventory, now: SimTime) {
        let (mut stranded, mut free) = ([0; KINDS], [0; KINDS]);
        for (model, totals) in self.totals.iter_ids() {
            let kind = inventory.models[model].kind as usize;
            for (cause, &n) in Cause::ALL.iter().zip(totals) {
                self.integrals[model][*cause as usize].set(now, n);
                free[kind] += n;
                stranded[kind] += if cause.is_stranded() { n } else { 0 };
            }
        }
        for k in 0..KINDS {
            self.stranded[k].set(now, stranded[k] * 1000);
            self.held[k].set(now, (self.devices[k] - free[k]) * 1000);
        }
    }
}

/// Nodes whose settled causes differ from what a fresh look at everything says: what `--check` holds the books to.
pub fn audit(world: &mut World<'_>) -> Vec<String> {
    let World { explainer, ledger, schedulers, negotiations, lowered, setup, .. } = world;
    let inventory = setup.inventory;
    let drivers_have = |shape, node| negotiations.as_ref().is_none_or(|all| all.devices.suit_all_afresh(shape, node));
    let mut wrong = Vec::new();
    for node in inventory.nodes.ids() {
        let free = free_devices(inventory, ledger, setup.mechanism.uses_claims(), node);
        let mut causes = [Cause::Idle; KINDS];
        for (ask, wanted) in setup.workload.asks.iter_ids().filter(|(ask, _)| explainer.waiting[*ask] > 0) {
            let fit = judge(inventory, ledger, node, wanted, &free);
            let shape = lowered.shape_of(ask);
            let by_mechanism = fit == Fit::Fits && schedulers.fits_again(shape, node) && drivers_have(shape, node);
            for entry in &wanted.devices {
                let best = &mut causes[entry.kind as usize];
                *best = better(*best, cause_of(fit, by_mechanism));
            }
        }
        let settled = &explainer.nodes[node];
        let differs = |k: usize| settled.by_kind[k] > 0 && settled.causes[k] != causes[k];
        if settled.devices != free || (0..KINDS).any(differs) {
            wrong.push(format!(
                "{}: free devices are explained by {:?}, and should be by {causes:?}",
                inventory.nodes[node].name, settled.causes
            ));
        }
    }
    wrong
}

/// The better of two causes; a device is idle only while nothing waits for it.
fn better(a: Cause, b: Cause) -> Cause {
    if a == Cause::Idle { b } else { a.min(b) }
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
