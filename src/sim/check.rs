//! What `--check` verifies at every event: the ledger's invariants, and that queue, schedulers and ledger agree. That fast and
//! reference path decide alike is seen to where they decide ([`crate::sim::schedulers`]).

use crate::base::{BitSet, Id, SimTime};
use crate::model::check::{check, check_agreement};
use crate::model::{Book, Holder};
use crate::sim::explain::audit;
use crate::sim::negotiations;
use crate::sim::world::World;

/// Stops collecting after this many broken invariants: the first ones tell.
const BROKEN_MAX: usize = 20;

/// What has been checked last. Equal inputs need no second look, since every check is a function of them.
#[derive(Debug, Default)]
pub struct Checked {
    ledger_version: Option<u64>,
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
