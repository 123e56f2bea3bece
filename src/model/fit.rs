//! One judge of neutral asks for all strategies: would this ask fit on this node, and if not, which single relaxation
//! would let it in? It looks at hardware, never at what a mechanism can say.

use crate::base::{BitSet, DeviceId, Id, NodeId};
use crate::model::{Alignment, Ask, Book, DeviceAsk, Inventory, Ledger, LinkLevel};

/// The answer of the judge, best first. The order is the fixed order in which relaxations are tried.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Fit {
    /// The ask fits as it is.
    Fits,
    /// It would fit if any model were accepted.
    Model,
    /// It would fit if device memory did not matter.
    DeviceMemory,
    /// It would fit if as many devices as are free here were enough.
    Fragment,
    /// It would fit if alignment did not matter.
    Topology,
    /// It would fit with more CPU on the node.
    Cpu,
    /// It would fit with more host memory (or pod slots) on the node.
    Memory,
    /// No single relaxation is enough.
    Combined,
}

/// What a judge looks past.
#[derive(Clone, Copy, Default)]
struct Relax {
    model: bool,
    device_memory: bool,
    fragment: bool,
    topology: bool,
    cpu: bool,
    memory: bool,
}

/// Judges `ask` on `node`. `free` are the devices of the node that nobody holds; CPU, memory and slots are as the
/// scheduler counts them.
pub fn judge(inventory: &Inventory, ledger: &Ledger, node: NodeId, ask: &Ask, free: &[DeviceId]) -> Fit {
    if ask.alignments.is_empty() {
        judge_counts(inventory, ledger, node, ask, free)
    } else {
        judge_all(inventory, ledger, node, ask, free)
    }
}

/// The readable form: tries one relaxation after the other.
fn judge_all(inventory: &Inventory, ledger: &Ledger, node: NodeId, ask: &Ask, free: &[DeviceId]) -> Fit {
    let tries = [
        (Fit::Fits, Relax::default()),
        (Fit::Model, Relax { model: true, ..Relax::default() }),
        (Fit::DeviceMemory, Relax { device_memory: true, ..Relax::default() }),
        (Fit::Fragment, Relax { fragment: true, ..Relax::default() }),
        (Fit::Topology, Relax { topology: true, ..Relax::default() }),
        (Fit::Cpu, Relax { cpu: true, ..Relax::default() }),
        (Fit::Memory, Relax { memory: true, ..Relax::default() }),
    ];
    let fits = |relax| fits(inventory, ledger, node, ask, free, relax);
    tries.into_iter().find(|(_, relax)| fits(*relax)).map_or(Fit::Combined, |(fit, _)| fit)
}

/// The same answer for asks without alignment, by counting devices once.
fn judge_counts(inventory: &Inventory, ledger: &Ledger, node: NodeId, ask: &Ask, free: &[DeviceId]) -> Fit {
    let have = ledger.free(Book::Sched, node);
    let cpu = ask.cpu_milli <= have.cpu_milli;
    let memory = ask.memory_bytes <= have.memory_bytes && have.pods >= 1;
    let (mut exact, mut any_model, mut any_memory, mut some) = (true, true, true, true);
    for entry in &ask.devices {
        let count = |relax| free.iter().filter(|&&d| accepts(inventory, entry, d, relax)).count() as u32;
        let found = count(Relax::default());
        exact &= found >= entry.count;
        some &= found >= 1;
        if found < entry.count {
            any_model &= count(Relax { model: true, ..Relax::default() }) >= entry.count;
            any_memory &= count(Relax { device_memory: true, ..Relax::default() }) >= entry.count;
        }
    }
    match (exact, cpu, memory) {
        (true, true, true) => Fit::Fits,
        (false, true, true) if any_model => Fit::Model,
        (false, true, true) if any_memory => Fit::DeviceMemory,
        (false, true, true) if some => Fit::Fragment,
        (true, false, true) => Fit::Cpu,
        (true, true, false) => Fit::Memory,
        _ => Fit::Combined,
    }
}

fn fits(inventory: &Inventory, ledger: &Ledger, node: NodeId, ask: &Ask, free: &[DeviceId], relax: Relax) -> bool {
    let have = ledger.free(Book::Sched, node);
    if !relax.cpu && ask.cpu_milli > have.cpu_milli {
        return false;
    }
    if !relax.memory && (ask.memory_bytes > have.memory_bytes || have.pods < 1) {
        return false;
    }
    let candidates: Vec<Vec<DeviceId>> =
        ask.devices.iter().map(|entry| free.iter().copied().filter(|&d| accepts(inventory, entry, d, relax)).collect()).collect();
    // Past a fragment, "as many as are free here" would be enough; with none free here nothing is.
    let needs: Vec<usize> = ask
        .devices
        .iter()
        .zip(&candidates)
        .map(|(entry, found)| if relax.fragment { found.len().clamp(1, entry.count as usize) } else { entry.count as usize })
        .collect();
    if !needs.iter().zip(&candidates).all(|(need, found)| found.len() >= *need) {
        return false;
    }
    relax.topology
        || ask
            .alignments
            .iter()
            .all(|alignment| can_align(inventory, alignment, &|i| (candidates[i as usize].as_slice(), needs[i as usize])))
}

/// True if some node could hold `ask` if it were empty. `empty` is a fresh ledger of `inventory`. Nodes of one type have
/// the same devices, so one of each type is looked at.
pub fn fits_when_empty(inventory: &Inventory, empty: &Ledger, ask: &Ask) -> bool {
    let mut seen = BitSet::new(inventory.node_types.len());
    let mut kinds = inventory.nodes.iter_ids().filter(|(_, node)| seen.set(node.kind.index(), true));
    kinds.any(|(node, _)| {
        let free: Vec<DeviceId> = inventory.devices_of(node).collect();
        judge(inventory, empty, node, ask, &free) == Fit::Fits
    })
}

/// True if `device` is of the kind, model and memory that `entry` accepts.
pub fn device_suits(inventory: &Inventory, entry: &DeviceAsk, device: DeviceId) -> bool {
    accepts(inventory, entry, device, Relax::default())
}

fn accepts(inventory: &Inventory, entry: &DeviceAsk, device: DeviceId, relax: Relax) -> bool {
    let id = inventory.devices[device].model;
    let model = &inventory.models[id];
    model.kind == entry.kind
        && (relax.model || entry.models.is_empty() || entry.models.contains(&id))
        && (relax.device_memory || model.memory_bytes >= entry.memory_bytes_min)
}

/// The value of `level` at `device`, or `None` where the device has none.
pub fn link_value(inventory: &Inventory, level: LinkLevel, device: DeviceId) -> Option<u16> {
    let link = inventory.devices[device].link;
    let value = match level {
        LinkLevel::Link => link.domain,
        LinkLevel::PcieRoot => link.pcie_root,
        LinkLevel::Numa => link.numa,
    };
    (value != u16::MAX).then_some(value)
}

/// Values of `level` with, for each entry, how many devices have it.
fn tally(inventory: &Inventory, level: LinkLevel, lists: &[&[DeviceId]]) -> Vec<Vec<usize>> {
    let mut values: Vec<u16> = lists.iter().flat_map(|l| l.iter()).filter_map(|&d| link_value(inventory, level, d)).collect();
    values.sort_unstable();
    values.dedup();
    let count = |list: &&[DeviceId], value: u16| list.iter().filter(|&&d| link_value(inventory, level, d) == Some(value)).count();
    values.into_iter().map(|value| lists.iter().map(|list| count(list, value)).collect()).collect()
}

/// True if the alignment can be met when entry `i` offers the devices and needs the count that `entry(i)` says.
fn can_align<'a>(inventory: &Inventory, alignment: &Alignment, entry: &dyn Fn(u32) -> (&'a [DeviceId], usize)) -> bool {
    let (lists, needs): (Vec<&[DeviceId]>, Vec<usize>) = alignment.entries.iter().map(|&i| entry(i)).unzip();
    let per_value = tally(inventory, alignment.level, &lists);
    if is_paired(alignment) {
        // "Near each": every device of the first entry has one of each other entry on its own root.
        let pairs: usize = per_value.iter().map(|counts| counts.iter().copied().min().unwrap_or(0)).sum();
        return pairs >= needs.iter().copied().max().unwrap_or(0);
    }
    per_value.iter().any(|counts| counts.iter().zip(&needs).all(|(have, need)| have >= need))
}

/// True if the alignment means "one near each" and not "all in one place".
pub fn is_paired(alignment: &Alignment) -> bool {
    alignment.level == LinkLevel::PcieRoot && alignment.entries.len() > 1
}

/// True if `devices` have what every entry asks for: kind, model, memory and count.
pub fn suits(inventory: &Inventory, ask: &Ask, devices: &[DeviceId]) -> bool {
    ask.devices.iter().all(|entry| devices.iter().filter(|&&d| device_suits(inventory, entry, d)).count() >= entry.count as usize)
}

/// True if `devices` meet every alignment of `ask`, judged by the hardware.
pub fn is_aligned(inventory: &Inventory, ask: &Ask, devices: &[DeviceId]) -> bool {
    let lists: Vec<Vec<DeviceId>> = ask
        .devices
        .iter()
        .map(|entry| devices.iter().copied().filter(|&d| inventory.kind_of(d) == entry.kind).collect())
        .collect();
    ask.alignments
        .iter()
        .all(|a| can_align(inventory, a, &|i| (lists[i as usize].as_slice(), ask.devices[i as usize].count as usize)))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::base::PodId;
    use crate::model::*;
    use std::collections::BTreeMap;

    /// One node of 4 CPUs and 16 GiB with two 40 GiB GPUs on different roots of one NUMA node.
    pub fn two_gpu_node() -> Inventory {
        gpu_node(&[(0, 0), (0, 1)])
    }

    /// One node of 4 CPUs and 16 GiB with a 40 GiB GPU for each (NUMA node, PCIe root).
    pub fn gpu_node(links: &[(u16, u16)]) -> Inventory {
        let mut b = InventoryBuilder::default();
        let resource = b.resource("nvidia.com/gpu");
        let model = b.model(Model {
            name: "TEST".into(),
            kind: DeviceKind::Gpu,
            memory_bytes: 40 << 30,
            resource,
            class: "gpu.nvidia.com".into(),
        });
        let root = |root: u16| AttrValue::String(format!("pci0000:{root:02x}"));
        let device = |&(numa, pcie_root): &(u16, u16)| DeviceSpec {
            model,
            profile: DeviceProfile {
                driver: "gpu.nvidia.com".into(),
                attributes: BTreeMap::from([("resource.kubernetes.io/pcieRoot".to_owned(), root(pcie_root))]),
                capacity: BTreeMap::new(),
                allow_multiple_allocations: false,
            },
            link: Link { numa, pcie_root, domain: u16::MAX },
        };
        let kind = b.node_type(NodeTypeSpec {
            node_type: NodeType {
                name: "test".into(),
                cpu_milli: 4000,
                memory_bytes: 16 << 30,
                pods_max: 110,
                numa_nodes: 1,
                labels: vec![],
                evidence: String::new(),
            },
            devices: links.iter().map(device).collect(),
        });
        b.node("node-0".into(), kind);
        b.finish()
    }

    fn ask(count: u32, memory_gib: i64, cpu_milli: i64) -> Ask {
        Ask {
            name: String::new(),
            cpu_milli,
            memory_bytes: 0,
            priority: 0,
            devices: vec![DeviceAsk {
                kind: DeviceKind::Gpu,
                count,
                share_milli: 1000,
                models: vec![],
                memory_bytes_min: memory_gib << 30,
            }],
            alignments: vec![],
        }
    }

    #[test]
    fn names_the_first_relaxation_that_helps() {
        let inventory = two_gpu_node();
        let mut ledger = Ledger::new(&inventory);
        let judge = |ledger: &Ledger, ask: &Ask| {
            let free: Vec<DeviceId> = (0..2).map(DeviceId).filter(|&d| ledger.is_whole(Book::Sched, d)).collect();
            let answer = judge(&inventory, ledger, NodeId(0), ask, &free);
            assert_eq!(answer, judge_all(&inventory, ledger, NodeId(0), ask, &free), "both forms agree");
            answer
        };
        assert_eq!(judge(&ledger, &ask(2, 40, 4000)), Fit::Fits);
        assert_eq!(judge(&ledger, &ask(2, 80, 4000)), Fit::DeviceMemory);
        assert_eq!(judge(&ledger, &ask(3, 0, 4000)), Fit::Fragment);
        assert_eq!(judge(&ledger, &ask(1, 0, 5000)), Fit::Cpu);
        assert_eq!(judge(&ledger, &ask(1, 80, 5000)), Fit::Combined);
        assert_eq!(judge(&ledger, &Ask { memory_bytes: 1 << 40, ..ask(1, 0, 0) }), Fit::Memory);
        let mut other_model = ask(1, 0, 0);
        other_model.devices[0].models = vec![crate::base::ModelId(9)];
        assert_eq!(judge(&ledger, &other_model), Fit::Model);
        let mut aligned = ask(2, 0, 0);
        aligned.alignments = vec![Alignment { level: LinkLevel::PcieRoot, entries: vec![0] }];
        assert_eq!(judge(&ledger, &aligned), Fit::Topology);
        aligned.alignments[0].level = LinkLevel::Numa;
        assert_eq!(judge(&ledger, &aligned), Fit::Fits);
        let held = Part::of_devices(NodeId(0), [DeviceShare { device: DeviceId(1), milli: 1000 }]);
        ledger.grant(Book::Sched, Holder::Pod(PodId(0)), held);
        assert_eq!(judge(&ledger, &ask(2, 0, 0)), Fit::Fragment);
    }
}
