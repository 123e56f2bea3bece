//! That the scheduler's own sums are those of the ledger.

use crate::base::{BitSet, Id, IdVec, NameId, NodeId, ResourceId};
use crate::model::{Book, Inventory, Ledger};
use crate::sched::framework::NodeInfo;
use crate::sched::simulated::Simulated;
use crate::sched::simulated::scheduler::device_of;

impl Simulated {
    /// What differs between snapshot and claims here and the scheduler's book, as sentences. `held_by_drivers` are devices that they have
    /// given away, where only they know devices (classic DRA).
    pub fn differences(&self, inventory: &Inventory, ledger: &Ledger, held_by_drivers: &BitSet) -> Vec<String> {
        let exact = &self.scheduler.exact;
        let resources: IdVec<ResourceId, Option<NameId>> =
            inventory.resources.iter().map(|resource| exact.names.find(resource)).collect();
        let mut broken = Vec::new();
        for (id, node) in exact.snapshot.nodes.iter_ids() {
            let (found, want) = (in_snapshot(node, &resources), in_ledger(inventory, ledger, id));
            if found != want {
                broken.push(format!("{}: the snapshot has {found:?}, the book {want:?}", inventory.nodes[id].name));
            }
        }
        let mut held = held_by_drivers.clone();
        let tracker = exact.dra.tracker();
        for key in tracker.allocated().dedicated.iter().filter(|key| tracker.is_claimed(**key)) {
            held.set(device_of(*key).index(), true);
        }
        for device in inventory.devices.ids() {
            let (in_claims, in_book) = (held.contains(device.index()), !ledger.is_whole(Book::Sched, device));
            if in_claims != in_book {
                broken.push(format!("{device:?}: held by a claim: {in_claims}, in the book: {in_book}"));
            }
        }
        broken
    }
}

/// CPU, memory, pods and extended resources that are taken.
type Taken = (i64, i64, i64, Vec<i64>);

fn in_snapshot(node: &NodeInfo, resources: &IdVec<ResourceId, Option<NameId>>) -> Taken {
    let requested = &node.requested;
    let scalars = resources.iter().map(|name| name.map_or(0, |name| requested.scalar(name))).collect();
    (requested.milli_cpu, requested.memory, node.pods.len() as i64, scalars)
}

fn in_ledger(inventory: &Inventory, ledger: &Ledger, id: NodeId) -> Taken {
    let (node_type, free) = (inventory.type_of(id), ledger.free(Book::Sched, id));
    let capacity = inventory.extended_capacity(id);
    let extended =
        inventory.resources.ids().map(|resource| capacity[resource.index()] - ledger.extended_free(Book::Sched, id, resource));
    (
        node_type.cpu_milli - free.cpu_milli,
        node_type.memory_bytes - free.memory_bytes,
        i64::from(node_type.pods_max) - free.pods,
        extended.collect(),
    )
}
