//! NodeResourcesBalancedAllocation over CPU and memory: does the pod make the node more or less even? (B6)

use crate::base::NodeId;
use crate::model::{Book, Shape};
use crate::sched::filter::FilterCx;

/// 50 to 100; about 75 where the pod changes nothing. Pods that request neither resource are skipped upstream: 0 for all.
pub(super) fn score(cx: &FilterCx<'_>, shape: &Shape, node: NodeId) -> i64 {
    if shape.cpu_milli == 0 && shape.memory_bytes == 0 {
        return 0;
    }
    let node_type = cx.inventory.type_of(node);
    let free = cx.ledger.free(Book::Sched, node);
    let used = [node_type.cpu_milli - free.cpu_milli, node_type.memory_bytes - free.memory_bytes];
    let capacity = [node_type.cpu_milli, node_type.memory_bytes];
    let with = [used[0] + shape.cpu_milli, used[1] + shape.memory_bytes];
    50 + (50 + balance(with, capacity) - balance(used, capacity)) / 2
}

/// 100 where both resources are used in the same proportion. Doubles in upstream's order of operations.
fn balance(used: [i64; 2], capacity: [i64; 2]) -> i64 {
    let fraction = |i: usize| (used[i] as f64 / capacity[i] as f64).min(1.0);
    let deviation = match (capacity[0] != 0, capacity[1] != 0) {
        (true, true) => ((fraction(0) - fraction(1)) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * 100.0) as i64
}

#[cfg(test)]
mod tests {
    use super::balance;

    #[test]
    fn the_published_example() {
        // 32 CPU, 128 GiB holding 8 and 64, pod 8 and 8: 96 against 87, score 79.
        let capacity = [32_000, 128 << 30];
        let (with, without) = (balance([16_000, 72 << 30], capacity), balance([8_000, 64 << 30], capacity));
        assert_eq!((with, without, 50 + (50 + with - without) / 2), (96, 87, 79));
    }
}
