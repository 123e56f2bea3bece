//! What `--check` verifies at every event: the ledger's invariants, that queue, schedulers and ledger agree, and that nobody works
//! on what has failed. That fast and reference path decide alike is seen to where they decide ([`crate::sim::schedulers`]).

use crate::base::{BitSet, Id, PodId, SimTime};
use crate::model::check::{check, check_agreement};
use crate::model::{Book, Holder, Part};
use crate::sim::explain::audit;
use crate::sim::handle::kubelet::devices_of;
use crate::sim::negotiations;
use crate::sim::pods::PodPhase;
use crate::sim::world::World;

/// Stops collecting after this many broken invariants: the first ones tell.
const BROKEN_MAX: usize = 20;

/// What has been checked last. Equal inputs need no second look, since every check is a function of them.
#[derive(Debug, Default)]
pub struct Checked {
    ledger_version: Option<u64>,
}

/// Pods that run on a node that is down, or on a device that is out of order.
fn working_in_vain(world: &World<'_>) -> Vec<String> {
    if world.faults.nodes.is_empty() && world.faults.devices.broken.is_empty() {
        return Vec::new();
    }
    let runs = |pod: &PodId| world.pods[*pod].phase == PodPhase::Running;
    let is_in_vain = |pod: &PodId, part: &Part| {
        let is_broken = |device| world.faults.devices.broken.contains(device);
        world.faults.is_down(part.node) || devices_of(world, *pod).iter().any(is_broken)
    };
    let found = world.ledger.holders(Book::Node).filter_map(|(holder, part)| match holder {
        Holder::Pod(pod) if runs(&pod) && is_in_vain(&pod, &part) => Some(format!("{pod:?} runs on what has failed")),
        Holder::Pod(_) | Holder::Claim(_) | Holder::Negotiated(..) => None,
    });
    found.collect()
}

/// Every invariant of the world after an event.
pub fn check_world(world: &mut World<'_>, now: SimTime) {
    if world.broken.len() >= BROKEN_MAX {
        return;
    }
    let version = world.ledger.version();
    let mut broken = Vec::new();
    if world.checked.ledger_version.replace(version) != Some(version) {
        broken = check(world.setup.inventory, &world.ledger);
        let mut held = BitSet::new(world.setup.inventory.devices.len());
        let by_drivers = world.negotiations.iter().flat_map(|all| all.devices.held());
        for device in by_drivers {
            held.set(device.index(), true);
        }
        broken.extend(world.schedulers.differences(world.setup, &world.ledger, &held));
        broken.extend(negotiations::differences(world));
        if nothing_in_flight(world) {
            broken.extend(check_agreement(world.setup.inventory, &world.ledger));
        }
    }
    let deciding = world.cycle.as_ref().map(|cycle| cycle.queued.id());
    for (holder, _) in world.ledger.holders(Book::Sched) {
        if let Holder::Pod(pod) = holder
            && world.queue.queue.holds(pod)
            && deciding != Some(pod)
        {
            broken.push(format!("{pod:?} is queued and holds a part in the scheduler's book"));
        }
    }
    for (holder, _) in world.ledger.holders(Book::Node) {
        if !world.ledger.holds(Book::Sched, holder) {
            broken.push(format!("{holder:?} holds a part on the node and none in the scheduler's book"));
        }
    }
    broken.extend(working_in_vain(world));
    world.broken.extend(broken.into_iter().map(|text| format!("{now:?}: {text}")));
}

/// The books of free devices against a fresh look at everything.
pub fn check_explanations(world: &mut World<'_>, now: SimTime) {
    if world.broken.len() < BROKEN_MAX {
        let wrong = audit(world);
        world.broken.extend(wrong.into_iter().map(|text| format!("{now:?}: {text}")));
    }
}

/// True if every holder of one book is a holder of all: no binding, admission or release is on its way.
fn nothing_in_flight(world: &World<'_>) -> bool {
    let [api, sched, node] = Book::ALL.map(|book| world.ledger.holder_count(book));
    api == sched
        && sched == node
        && world.ledger.holders(Book::Sched).all(|(holder, _)| Book::ALL.iter().all(|&b| world.ledger.holds(b, holder)))
}
