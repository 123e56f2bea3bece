//! NodeResourcesFit: pod slots, CPU, memory, extended resources. All failing resources are reported together.

use crate::base::NodeId;
use crate::model::{Book, Shape, ShapeDevices};
use crate::sched::filter::{FilterCx, Lacks};

/// Rejects nodes on which something the pod requests is insufficient (B5.3). A request of 0 is never insufficient.
pub(super) fn filter(cx: &FilterCx<'_>, shape: &Shape, node: NodeId) -> Lacks {
    let free = cx.ledger.free(Book::Sched, node);
    let mut lacks = Lacks::default();
    if free.pods < 1 {
        lacks = lacks.and(Lacks::PODS);
    }
    if shape.cpu_milli > 0 && shape.cpu_milli > free.cpu_milli {
        lacks = lacks.and(Lacks::CPU);
    }
    if shape.memory_bytes > 0 && shape.memory_bytes > free.memory_bytes {
        lacks = lacks.and(Lacks::MEMORY);
    }
    if let ShapeDevices::Extended(list) = &shape.devices {
        for (position, &(resource, count)) in list.iter().enumerate() {
            if count > 0 && count > cx.ledger.extended_free(Book::Sched, node, resource) {
                lacks = lacks.and(Lacks::extended(position));
            }
        }
    }
    lacks
}
