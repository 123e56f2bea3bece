//! NVIDIA's `GetPreferredAllocation` for whole GPUs: go-gpuallocator's best-effort policy (`scheduler-kubelet.md` A10).
//!
//! It scores the packing of the whole node and not just the set that is asked for: partitions of the free GPUs into sets
//! of the wanted size are compared by the sum of their pair scores. On NVSwitch machines the far end of an NVLink is a
//! switch, so only the PCIe level tells pairs apart.

use crate::base::DeviceId;
use crate::model::Inventory;

/// Points of a pair below one PCIe switch, on one NUMA node, and across sockets.
const SAME_SWITCH: u32 = 50;
const SAME_NUMA: u32 = 20;
const CROSS: u32 = 10;

/// More free GPUs than this are not enumerated here: the partitions of nine and more explode.
pub(super) const ENUMERABLE: usize = 8;

/// The set of `size` GPUs that go-gpuallocator prefers among `free`, whose order decides ties. `free` has at least `size`
/// and at most [`ENUMERABLE`] entries.
pub(super) fn preferred(inventory: &Inventory, free: &[DeviceId], size: usize) -> Vec<DeviceId> {
    assert!(size >= 1 && size <= free.len() && free.len() <= ENUMERABLE);
    if size == 1 {
        return vec![free[0]];
    }
    // Padding fills the last set; a set holds either no padding or all of it.
    let padded = free.len().div_ceil(size) * size;
    let mut best = Best { total: 0, sets: Vec::new() };
    let mut sets = Vec::new();
    partition(&Slots { inventory, free, size }, (0..padded).collect(), &mut sets, &mut best);
    let mut answer: Option<(u32, &Vec<usize>)> = None;
    for set in best.sets.iter().filter(|set| set.iter().all(|&i| i < free.len())) {
        let score = set_score(inventory, free, set);
        if answer.is_none_or(|(top, _)| score > top) {
            answer = Some((score, set));
        }
    }
    let (_, set) = answer.expect("some set of every partition has no padding");
    set.iter().map(|&i| free[i]).collect()
}

struct Slots<'a> {
    inventory: &'a Inventory,
    free: &'a [DeviceId],
    size: usize,
}

struct Best {
    total: u32,
    sets: Vec<Vec<usize>>,
}

/// Walks all partitions: the first slot left always goes into the next set, its companions in increasing order.
fn partition(slots: &Slots<'_>, left: Vec<usize>, sets: &mut Vec<Vec<usize>>, best: &mut Best) {
    let Some((&first, rest)) = left.split_first() else {
        let total: u32 = sets.iter().map(|set| set_score(slots.inventory, slots.free, set)).sum();
        if best.sets.is_empty() || total > best.total {
            *best = Best { total, sets: sets.clone() };
        }
        return;
    };
    let padding = left.iter().filter(|&&i| i >= slots.free.len()).count();
    for companions in combinations(rest, slots.size - 1) {
        let mut set = vec![first];
        set.extend(companions);
        let pads = set.iter().filter(|&&i| i >= slots.free.len()).count();
        if pads != 0 && pads != padding {
            continue;
        }
        let next = left.iter().copied().filter(|i| !set.contains(i)).collect();
        sets.push(set);
        partition(slots, next, sets, best);
        sets.pop();
    }
}

/// All `k`-subsets of `items`, in lexicographic order of positions.
fn combinations(items: &[usize], k: usize) -> Vec<Vec<usize>> {
    if k == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (i, &first) in items.iter().enumerate() {
        for mut tail in combinations(&items[i + 1..], k - 1) {
            tail.insert(0, first);
            all.push(tail);
        }
    }
    all
}

fn set_score(inventory: &Inventory, free: &[DeviceId], set: &[usize]) -> u32 {
    let gpus: Vec<DeviceId> = set.iter().filter(|&&i| i < free.len()).map(|&i| free[i]).collect();
    let mut score = 0;
    for (i, &a) in gpus.iter().enumerate() {
        for &b in &gpus[i + 1..] {
            score += pair_score(inventory, a, b);
        }
    }
    score
}

fn pair_score(inventory: &Inventory, a: DeviceId, b: DeviceId) -> u32 {
    let (a, b) = (inventory.devices[a].link, inventory.devices[b].link);
    if a.pcie_root == b.pcie_root && a.pcie_root != u16::MAX {
        SAME_SWITCH
    } else if a.numa == b.numa {
        SAME_NUMA
    } else {
        CROSS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fit::tests::gpu_node;

    /// PCIe pairs (0,1)(2,3)(4,5)(6,7), sockets {0-3} and {4-7}: the examples of A10.
    #[test]
    fn answers_the_published_examples() {
        let inventory = gpu_node(&[(0, 0), (0, 0), (0, 1), (0, 1), (1, 2), (1, 2), (1, 3), (1, 3)]);
        let check = |free: &[u32], size: usize, want: &[u32]| {
            let free: Vec<DeviceId> = free.iter().map(|&i| DeviceId(i)).collect();
            let want: Vec<DeviceId> = want.iter().map(|&i| DeviceId(i)).collect();
            assert_eq!(preferred(&inventory, &free, size), want, "{size} of {free:?}");
        };
        check(&[0, 1, 2, 3, 4, 5, 6, 7], 2, &[0, 1]);
        check(&[0, 2, 3, 4, 6, 7], 2, &[2, 3]);
        check(&[0, 1, 2, 4, 6], 2, &[0, 1]);
        check(&[0, 1, 2, 3, 4, 5, 6, 7], 4, &[0, 1, 2, 3]);
        check(&[1, 2, 4, 5, 6, 7], 4, &[4, 5, 6, 7]);
        check(&[5, 3], 1, &[5]);
    }
}
