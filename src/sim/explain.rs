//! Why free devices are free: the books of stranded capacity.
//!
//! Each node's free devices of each kind get one cause: idle if no waiting demand wants that kind, else the best answer
//! that the neutral judge (`model::fit`) gives for any waiting ask, refined by what the mechanism can do
//! (DESIGN 6.1). Answers are kept per (ask, node state), so only nodes that changed are judged again. In a cluster where
//! nothing waits for long, one ask after the other begins and ceases to wait alone: for that there are sums over all nodes by
//! ask, so that it costs no look at every node.

use crate::base::{AskId, BitSet, DeviceId, Id, IdVec, ModelId, NodeId, SimTime};
use crate::model::fit::{Fit, judge};
use crate::model::{Book, DeviceKind, Inventory, Ledger};
use crate::observe::Cause;
use crate::observe::steps::{Columns, StepIntegral, StepMeans, StepSeries};
use crate::sim::Setup;
use crate::sim::faults::Faults;
use crate::sim::world::World;

const CAUSES: usize = Cause::ALL.len();
const KINDS: usize = DeviceKind::ALL.len();

/// Most asks for which sums are kept.
const SUMS_MAX: usize = 32;

/// Free devices of one node, as last settled.
#[derive(Clone, Debug)]
struct NodeFree {
    devices: Vec<DeviceId>,
    /// Devices that nobody holds and nobody could use, since they are out of order or their node is down.
    out: Vec<DeviceId>,
    /// How many of the free ones are of each kind.
    by_kind: [u32; KINDS],
    /// The settled cause of each kind; meaningless for kinds of which nothing is free, and while books are kept by sums.
    causes: [Cause; KINDS],
}

impl NodeFree {
    const NOTHING: NodeFree = NodeFree { devices: vec![], out: vec![], by_kind: [0; KINDS], causes: [Cause::Idle; KINDS] };
}

/// How books were settled last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kept {
    /// Node by node.
    ByNode,
    /// Nothing waits.
    Idle,
    /// One ask waits, which has sums.
    Sole(AskId),
}

/// Free devices of the kinds that an ask wants, by model and by its answer, over all nodes.
#[derive(Clone, Debug)]
struct Sums {
    ask: AskId,
    totals: IdVec<ModelId, [i64; CAUSES]>,
    /// Nodes that are not in them, since their state is another than when the ask was answered last.
    stale: Vec<NodeId>,
    is_stale: BitSet,
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
    kept: Kept,
    /// Of the first asks that waited alone.
    sums: Vec<Sums>,
    /// Free devices by model.
    free: IdVec<ModelId, i64>,
    totals: IdVec<ModelId, [i64; CAUSES]>,
    /// Devices of each kind in the cluster.
    devices: [i64; KINDS],
    integrals: IdVec<ModelId, Vec<StepIntegral>>,
    /// Devices of each model that are out of order and that nobody holds.
    out: IdVec<ModelId, StepIntegral>,
    out_now: IdVec<ModelId, i64>,
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
            nodes: IdVec::filled(NodeFree::NOTHING, nodes),
            kept: Kept::ByNode,
            sums: Vec::new(),
            free: IdVec::filled(0, inventory.models.len()),
            totals: IdVec::filled([0; CAUSES], inventory.models.len()),
            devices: DeviceKind::ALL.map(|kind| inventory.count(kind) as i64),
            integrals: IdVec::filled(vec![StepIntegral::new(window); CAUSES], inventory.models.len()),
            out: IdVec::filled(StepIntegral::new(window), inventory.models.len()),
            out_now: IdVec::filled(0, inventory.models.len()),
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

    /// Device time of `model` that nobody held and nobody could have used, in device-nanoseconds.
    pub fn out_time(&self, model: ModelId) -> i128 {
        self.out[model].total()
    }
}

/// Brings the books up to date with everything that happened up to `now`. Called before time moves on. Returns false if
/// nothing had happened.
pub fn settle(world: &mut World<'_>, now: SimTime) -> bool {
    if world.explainer.dirty.is_empty() && world.explainer.flipped.is_empty() {
        return false;
    }
    let World { explainer, ledger, schedulers, negotiations, lowered, setup, faults, .. } = world;
    let inventory = setup.inventory;
    let mut drivers_have =
        |shape, node| negotiations.as_mut().is_none_or(|negotiations| negotiations.devices.suit_all(shape, node));
    let dirty = std::mem::take(&mut explainer.dirty);
    for &node in &dirty {
        explainer.is_dirty.set(node.index(), false);
        explainer.versions[node] += 1;
        let free = free_devices(inventory, ledger, faults, setup.mechanism.uses_claims(), node);
        explainer.replace(inventory, node, free);
        let state = &explainer.nodes[node];
        let held = inventory.devices_of(node).len() - state.devices.len() - state.out.len();
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
    let kept = explainer.keeping(inventory);
    match (std::mem::replace(&mut explainer.kept, kept), kept) {
        (Kept::ByNode, Kept::ByNode) => {
            if !began.is_empty() || !ceased.is_empty() {
                inventory.nodes.ids().for_each(|node| explainer.follow(inventory, node, &began, &ceased, &mut answer));
            }
            dirty.into_iter().for_each(|node| explainer.explain(inventory, node, &mut answer));
        }
        (_, Kept::ByNode) => {
            explainer.forget_causes(inventory);
            inventory.nodes.ids().for_each(|node| explainer.explain(inventory, node, &mut answer));
        }
        (_, Kept::Idle) => explainer.all_idle(),
        (_, Kept::Sole(ask)) => explainer.sum_up(inventory, ask, &mut answer),
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

    /// How books are kept for what waits now. The first asks that wait alone get sums, which begin with every node to be looked at.
    fn keeping(&mut self, inventory: &Inventory) -> Kept {
        let ask = match self.active[..] {
            [] => return Kept::Idle,
            [ask] => ask,
            _ => return Kept::ByNode,
        };
        if !self.sums.iter().any(|sums| sums.ask == ask) {
            if self.sums.len() == SUMS_MAX {
                return Kept::ByNode;
            }
            let totals = IdVec::filled([0; CAUSES], inventory.models.len());
            let mut is_stale = BitSet::new(inventory.nodes.len());
            for node in inventory.nodes.ids() {
                is_stale.set(node.index(), true);
            }
            self.sums.push(Sums { ask, totals, stale: inventory.nodes.ids().collect(), is_stale });
        }
        Kept::Sole(ask)
    }

    /// The totals of free devices for which nothing waits.
    fn all_idle(&mut self) {
        for (totals, free) in self.totals.as_mut_slice().iter_mut().zip(self.free.iter()) {
            *totals = [0; CAUSES];
            totals[Cause::Idle as usize] = *free;
        }
    }

    /// The totals while this ask waits alone.
    fn sum_up(&mut self, inventory: &Inventory, ask: AskId, answer: &mut impl FnMut(&mut Explainer, AskId, NodeId) -> Cause) {
        let at = self.sums.iter().position(|sums| sums.ask == ask).expect("it has sums");
        for node in std::mem::take(&mut self.sums[at].stale) {
            let cause = answer(self, ask, node);
            self.sums[at].is_stale.set(node.index(), false);
            self.add_to_sums(inventory, at, node, (cause, 1));
        }
        self.all_idle();
        for (model, sums) in self.sums[at].totals.iter_ids() {
            if self.wants[ask][inventory.models[model].kind as usize] {
                self.totals[model] = *sums;
            }
        }
    }

    fn add_to_sums(&mut self, inventory: &Inventory, at: usize, node: NodeId, (cause, sign): (Cause, i64)) {
        let sums = &mut self.sums[at];
        for &device in &self.nodes[node].devices {
            sums.totals[inventory.devices[device].model][cause as usize] += sign;
        }
    }

    /// The node's state is about to be another: what it was is taken out of all sums.
    fn leave_sums(&mut self, inventory: &Inventory, node: NodeId) {
        for at in 0..self.sums.len() {
            let ask = self.sums[at].ask;
            if self.sums[at].is_stale.set(node.index(), true) {
                self.sums[at].stale.push(node);
                let cause = self.answers[ask][node.index()].1;
                self.add_to_sums(inventory, at, node, (cause, -1));
            }
        }
    }

    /// Node by node again, from nothing: no device has a cause yet.
    fn forget_causes(&mut self, inventory: &Inventory) {
        self.totals.as_mut_slice().iter_mut().for_each(|totals| *totals = [0; CAUSES]);
        for node in inventory.nodes.ids() {
            self.nodes[node].causes = [Cause::Idle; KINDS];
            self.count(inventory, node, 1);
        }
    }

    /// The settled cause of each kind on a node.
    fn causes(&self, node: NodeId) -> [Cause; KINDS] {
        match self.kept {
            Kept::ByNode => self.nodes[node].causes,
            Kept::Idle => [Cause::Idle; KINDS],
            Kept::Sole(ask) => {
                let cause = self.answers[ask][node.index()].1;
                self.wants[ask].map(|wants| if wants { cause } else { Cause::Idle })
            }
        }
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
    fn replace(&mut self, inventory: &Inventory, node: NodeId, (free, out): (Vec<DeviceId>, Vec<DeviceId>)) {
        self.count(inventory, node, -1);
        self.leave_sums(inventory, node);
        let state = &mut self.nodes[node];
        state.devices.iter().for_each(|device| self.free[inventory.devices[*device].model] -= 1);
        state.out.iter().for_each(|device| self.out_now[inventory.devices[*device].model] -= 1);
        (state.devices, state.out) = (free, out);
        state.out.iter().for_each(|device| self.out_now[inventory.devices[*device].model] += 1);
        state.by_kind = [0; KINDS];
        for &device in &state.devices {
            state.by_kind[inventory.kind_of(device) as usize] += 1;
            self.free[inventory.devices[device].model] += 1;
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
            self.out[model].set(now, self.out_now[model]);
            free[kind] += self.out_now[model];
        }
        for k in 0..KINDS {
            self.stranded[k].set(now, stranded[k] * 1000);
            self.held[k].set(now, (self.devices[k] - free[k]) * 1000);
        }
    }
}

/// Nodes whose settled causes differ from what a fresh look at everything says: what `--check` holds the books to.
pub fn audit(world: &mut World<'_>) -> Vec<String> {
    let World { explainer, ledger, schedulers, negotiations, lowered, setup, faults, .. } = world;
    let inventory = setup.inventory;
    let drivers_have = |shape, node| negotiations.as_ref().is_none_or(|all| all.devices.suit_all_afresh(shape, node));
    let mut wrong = Vec::new();
    for node in inventory.nodes.ids() {
        let (free, out) = free_devices(inventory, ledger, faults, setup.mechanism.uses_claims(), node);
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
        let (settled, told) = (&explainer.nodes[node], explainer.causes(node));
        let differs = |k: usize| settled.by_kind[k] > 0 && told[k] != causes[k];
        if (&settled.devices, &settled.out) != (&free, &out) || (0..KINDS).any(differs) {
            wrong.push(format!(
                "{}: free devices are explained by {:?}, and should be by {causes:?}",
                inventory.nodes[node].name, told
            ));
        }
    }
    wrong
}

/// The better of two causes; a device is idle only while nothing waits for it.
fn better(a: Cause, b: Cause) -> Cause {
    if a == Cause::Idle { b } else { a.min(b) }
}

/// Devices of the node that nobody holds: those that could be used, and those that are out of order. A device plugin's
/// scheduler counts before the kubelet picks, so of the devices free on the node only as many are free as are not counted for
/// somebody on the way. What is counted is taken from those that could be used, since the kubelet gives no others, and from the
/// others where that is not enough: on a node that is down, or where the scheduler does not know yet.
fn free_devices(
    inventory: &Inventory,
    ledger: &Ledger,
    faults: &Faults,
    by_claims: bool,
    node: NodeId,
) -> (Vec<DeviceId>, Vec<DeviceId>) {
    let is_free = |d: &DeviceId| ledger.is_whole(Book::Node, *d) && (!by_claims || ledger.is_whole(Book::Sched, *d));
    let (mut out, mut free): (Vec<DeviceId>, Vec<DeviceId>) =
        inventory.devices_of(node).filter(is_free).partition(|d| faults.is_out(inventory, *d));
    if !by_claims {
        let resource = |d: &DeviceId| inventory.models[inventory.devices[*d].model].resource.index();
        let mut left: Vec<i64> = inventory.resources.ids().map(|r| ledger.extended_free(Book::Sched, node, r)).collect();
        out.iter().for_each(|d| left[resource(d)] -= 1);
        let mut owed: Vec<i64> = left.iter().map(|left| -left.min(&0)).collect();
        out.retain(|d| {
            owed[resource(d)] -= 1;
            owed[resource(d)] < 0
        });
        free.retain(|d| {
            left[resource(d)] -= 1;
            left[resource(d)] >= 0
        });
    }
    (free, out)
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
