//! The kinds of case that this version knows.

use crate::verify::answer::{Answered, Search};
use crate::verify::case_file::Fault;
use crate::verify::compare::Difference;
use crate::verify::{Answer, alloc, alloc_bench, cel, compare, quantity, queue, schedule};
use serde_json::Value;

/// A kind of case; each has a file of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// One call of the device allocator.
    Alloc,
    /// A queue of equal pods, placed one after the other.
    AllocBench,
    /// One selector on one device.
    Cel,
    /// Parsing and arithmetic of quantities.
    Quantity,
    /// The scheduling queue, operation after operation.
    Queue,
    /// kube-scheduler, pod after pod.
    Schedule,
}

impl Kind {
    /// All kinds, in order of their names.
    pub const ALL: [Kind; 6] = [Kind::Alloc, Kind::AllocBench, Kind::Cel, Kind::Quantity, Kind::Queue, Kind::Schedule];

    /// The name in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Alloc => "alloc",
            Kind::AllocBench => "alloc-bench",
            Kind::Cel => "cel",
            Kind::Quantity => "quantity",
            Kind::Queue => "queue",
            Kind::Schedule => "schedule",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Answers the case in `line` by each of `searches`; kinds that know only one way to the answer give it once.
    pub fn answer(self, line: &str, searches: &[Search]) -> Result<Answered, Fault> {
        match self {
            Kind::Alloc => alloc::answer(line, searches),
            Kind::AllocBench => alloc_bench::answer(line, searches),
            Kind::Cel => cel::answer(line),
            Kind::Quantity => quantity::answer(line),
            Kind::Queue => queue::answer(line, searches),
            Kind::Schedule => schedule::answer(line),
        }
    }

    /// Where an answer differs from what upstream said.
    pub fn differences(self, answer: &Answer, want: &Value) -> Vec<Difference> {
        match self {
            Kind::Alloc => alloc::differences(answer, want),
            Kind::AllocBench => compare::wanted(&answer.got, want, &alloc_bench::KEYS),
            Kind::Cel => compare::wanted(&answer.got, want, &cel::KEYS),
            Kind::Quantity => quantity::differences(&answer.got, want),
            Kind::Queue => compare::wanted(&answer.got, want, &queue::KEYS),
            Kind::Schedule => schedule::differences(answer, want),
        }
    }
}
