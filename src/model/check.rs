//! Every invariant that inventory and ledger alone can tell, as sentences. Any test may call it; `--check` calls it at
//! every event.

use crate::base::{Id, IdVec};
use crate::model::ledger::{NodeFree, WHOLE};
use crate::model::{Book, Inventory, Ledger};

/// All violated invariants: nothing held twice, and free = published - held for every resource and device in every book.
/// Empty if the ledger is sound.
pub fn check(inventory: &Inventory, ledger: &Ledger) -> Vec<String> {
    let mut broken = Vec::new();
    for book in Book::ALL {
        check_book(inventory, ledger, book, &mut broken);
    }
    broken
}

/// All disagreements between the books; call it when nothing is in flight. Devices are compared by how many thousandths
/// of each node are held, since a device plugin's scheduler knows counts and no identities.
pub fn check_agreement(inventory: &Inventory, ledger: &Ledger) -> Vec<String> {
    let mut broken = Vec::new();
    for node in inventory.nodes.ids() {
        let [api, sched, kubelet] = Book::ALL.map(|book| ledger.free(book, node));
        if api != sched || sched != kubelet {
            broken
                .push(format!("{}: books disagree: api {api:?}, sched {sched:?}, node {kubelet:?}", inventory.nodes[node].name));
        }
        for resource in inventory.resources.ids() {
            let [api, sched, kubelet] = Book::ALL.map(|book| ledger.extended_free(book, node, resource));
            if api != sched || sched != kubelet {
                broken.push(format!(
                    "{}: {} free: api {api}, sched {sched}, node {kubelet}",
                    inventory.nodes[node].name, inventory.resources[resource]
                ));
            }
        }
    }
    broken
}

fn check_book(inventory: &Inventory, ledger: &Ledger, book: Book, broken: &mut Vec<String>) {
    let mut nodes: IdVec<_, NodeFree> = inventory
        .nodes
        .ids()
        .map(|n| {
            let t = inventory.type_of(n);
            NodeFree { cpu_milli: t.cpu_milli, memory_bytes: t.memory_bytes, pods: i64::from(t.pods_max) }
        })
        .collect();
    let mut extended: Vec<Vec<i64>> = inventory.nodes.ids().map(|n| inventory.extended_capacity(n)).collect();
    let mut devices = IdVec::filled(i64::from(WHOLE), inventory.devices.len());
    for (holder, part) in ledger.holders(book) {
        let free = &mut nodes[part.node];
        free.cpu_milli -= part.cpu_milli;
        free.memory_bytes -= part.memory_bytes;
        free.pods -= part.pods;
        for &(resource, n) in &part.extended {
            extended[part.node.index()][resource.index()] -= n;
        }
        for (i, share) in part.devices.iter().enumerate() {
            devices[share.device] -= i64::from(share.milli);
            if part.devices[..i].iter().any(|other| other.device == share.device) {
                broken.push(format!("{book:?}: {holder:?} holds {:?} twice", share.device));
            }
            if inventory.devices[share.device].node != part.node {
                broken.push(format!("{book:?}: {holder:?} holds {:?} of another node", share.device));
            }
        }
    }
    for (node, want) in nodes.iter_ids() {
        let name = &inventory.nodes[node].name;
        let found = ledger.free(book, node);
        if found != *want {
            broken.push(format!("{book:?}: {name}: free is {found:?}, published - held is {want:?}"));
        }
        for resource in inventory.resources.ids() {
            let (found, want) = (ledger.extended_free(book, node, resource), extended[node.index()][resource.index()]);
            if found != want || want < 0 {
                broken.push(format!("{book:?}: {name}: {} free {found}, published - held {want}", inventory.resources[resource]));
            }
        }
    }
    for (device, want) in devices.iter_ids() {
        let found = i64::from(ledger.device_free_milli(book, device));
        if found != *want || *want < 0 {
            broken.push(format!("{book:?}: {device:?} has {found} thousandths free, published - held is {want}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{DeviceId, NodeId, PodId};
    use crate::model::{Amounts, DeviceShare, Holder, Part};

    fn part(milli: u16) -> Part {
        let amounts = Amounts { cpu_milli: 1000, pods: 1, ..Amounts::default() };
        Part::new(NodeId(0), amounts).with([DeviceShare { device: DeviceId(0), milli }])
    }

    #[test]
    fn grants_and_releases_balance() {
        let inventory = crate::model::fit::tests::two_gpu_node();
        let mut ledger = Ledger::new(&inventory);
        let fresh = ledger.clone();
        for (pod, milli) in [(0, 300), (1, 700)] {
            ledger.grant(Book::Sched, Holder::Pod(PodId(pod)), part(milli));
        }
        assert_eq!(check(&inventory, &ledger), Vec::<String>::new());
        assert_eq!(check_agreement(&inventory, &ledger).len(), 1);
        assert_eq!(ledger.device_free_milli(Book::Sched, DeviceId(0)), 0);
        for pod in [0, 1] {
            ledger.release(Book::Sched, Holder::Pod(PodId(pod)));
        }
        assert_eq!(ledger.free(Book::Sched, NodeId(0)), fresh.free(Book::Sched, NodeId(0)));
        assert_eq!(check_agreement(&inventory, &ledger), Vec::<String>::new());
    }

    #[test]
    #[should_panic(expected = "thousandths left")]
    fn a_device_is_not_given_twice() {
        let inventory = crate::model::fit::tests::two_gpu_node();
        let mut ledger = Ledger::new(&inventory);
        ledger.grant(Book::Sched, Holder::Pod(PodId(0)), part(600));
        ledger.grant(Book::Sched, Holder::Pod(PodId(1)), part(600));
    }
}
